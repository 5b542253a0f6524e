"""A trained classifier in one file: weights, settings and card, and nothing to run.

A bundle is a zip of three parts, stored and never packed, so that none is larger than
the file itself. It is read in memory, and nothing is extracted. What it says is checked
before it is used: it may come from anyone.
"""

import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from flax import traverse_util
from safetensors import numpy as safetensors

from serjax import __version__
from serjax.config import PATHS, Config, group_of
from serjax.data.front_end import make_front_end
from serjax.data.normalisation import Moments
from serjax.data.signal import describe_signal
from serjax.files import replacing
from serjax.inference.bundle_checks import check_sizes, check_weights
from serjax.inference.trained import Trained
from serjax.json_files import check_json, parse_json
from serjax.records.record import Count, Names
from serjax.records.run_config import FeatureFacts

FORMAT = 1
"""Of the bundles that are written, and the newest that is read."""

_RECORD, _WEIGHTS, _CARD = PARTS = ("model.json", "weights.safetensors", "README.md")
_MOST_BYTES = 1 << 30
_TIME = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever they are written


class MomentsRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Statistics of training rows, by which frames are normalised."""

    num_frames: Count
    mean: list[float]
    squares: list[float]


class BundleRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What model.json holds."""

    format: Count
    serjax: str  # the version that wrote it
    settings: dict[str, Any]  # without paths, and without those of a machine
    classes: Names
    front_end: dict[str, Any]  # what the numbers of a frame depend on
    dims: Count
    batch_size: Count
    own_code: dict[str, str] = {}
    features: FeatureFacts | None = None  # that the model expects, if it hears nothing
    moments: MomentsRecord | None = None
    weights_sha256: str
    facts: dict[str, Any] = {}  # for a reader; no prediction depends on them


class _Format(msgspec.Struct):
    format: Count


def write_bundle(
    path: Path, trained: Trained, card: str, facts: Mapping[str, Any] | None = None
) -> None:
    """Write a classifier to one file, whole or not at all; the same bytes each time.

    An encoder of the user's own is kept as weights and a digest of its code: whoever
    reads the bundle must have the code.

    Args:
      path: by custom `NAME.serjax`.
      trained: the classifier.
      card: Markdown, kept as README.md.
      facts: further JSON values for model.json, of which no prediction depends.

    Raises:
      ValueError: a weight is not finite, or the settings are such that no bundle is
        read with them.
    """
    check_sizes(trained)
    check_weights(trained)
    flat = traverse_util.flatten_dict(trained.params, sep="/")
    # safetensors takes an array's memory as it lies.
    weights = safetensors.save({n: np.ascontiguousarray(it) for n, it in flat.items()})
    settings = trained.config.to_flat()
    record = BundleRecord(
        format=FORMAT,
        serjax=__version__,
        settings={name: it for name, it in settings.items() if _is_kept(name)},
        classes=list(trained.classes),
        front_end=_describe_front_end(trained.config),
        dims=trained.dims,
        batch_size=trained.batch_size,
        own_code=dict(trained.own_code),
        features=trained.features,
        moments=_as_record(trained.moments),
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        facts=dict(facts or {}),
    )
    text = json.dumps(msgspec.to_builtins(record), indent=2, sort_keys=True) + "\n"
    contents = text.encode(), weights, card.encode("utf-8", "backslashreplace")
    with (
        replacing(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive,
    ):
        for name, content in zip(PARTS, contents, strict=True):
            info = zipfile.ZipInfo(name, _TIME)
            info.create_system, info.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            archive.writestr(info, content)


def read_bundle(path: Path) -> Trained:
    """Read a classifier from its file.

    Raises:
      OSError: it is not there, or cannot be read.
      ValueError: it is no whole bundle, of a newer format, or not what it should be;
        with the reason.
    """
    try:
        return _read(path)
    except ValueError as error:
        raise ValueError(f"{path} is no bundle that can be used: {error}") from error


def _read(path: Path) -> Trained:
    parts = _read_parts(path)
    value = parse_json(parts[_RECORD], _RECORD)
    found = check_json(value, _Format, _RECORD).format
    if not 1 <= found <= FORMAT:
        raise ValueError(
            f"it is of format {found}, and this serjax ({__version__}) reads formats "
            f"up to {FORMAT}. Update serjax."
        )
    record = check_json(value, BundleRecord, _RECORD)
    if hashlib.sha256(parts[_WEIGHTS]).hexdigest() != record.weights_sha256:
        raise ValueError(f"{_WEIGHTS} is damaged: its digest is another. Copy it anew.")
    if barred := [name for name in record.settings if not _is_kept(name)]:
        raise ValueError(f"{_RECORD} sets {barred[0]}, which is the user's own.")
    where = _RECORD
    try:
        config = Config.from_flat(record.settings)
        where = _WEIGHTS
        weights = sorted(safetensors.load(parts[_WEIGHTS]).items())  # in any order
        params = traverse_util.unflatten_dict(dict(weights), sep="/")
    except Exception as error:  # whatever huge numbers and safetensors' parser raise
        raise ValueError(f"{where}: {error}") from error
    trained = Trained(
        config=config,
        classes=tuple(record.classes),
        dims=record.dims,
        batch_size=record.batch_size,
        params={"encoder": {}, **params},
        own_code=record.own_code,
        features=record.features,
        moments=_as_moments(record.moments),
    )
    check_sizes(trained)
    check_weights(trained)
    if _describe_front_end(config) != record.front_end:
        raise ValueError(
            f"its front end is {record.front_end}, and this serjax ({__version__}) has "
            f"{_describe_front_end(config)}. Use the version {record.serjax}."
        )
    return trained


def _read_parts(path: Path) -> dict[str, bytes]:
    """The contents by name: each is there once, and is as long as it says."""
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError(f"it has over {_MOST_BYTES:,} bytes.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            names = [it.filename for it in infos]
            if sorted(names) != sorted(PARTS):
                shown = ", ".join(map(repr, names[:5])) + ", ..." * (len(names) > 5)
                raise ValueError(
                    f"it holds {shown or 'nothing'}; expected {', '.join(PARTS)}."
                )
            for info in infos:
                kind = stat.S_IFMT(info.external_attr >> 16)
                is_stored = info.compress_type == zipfile.ZIP_STORED
                is_whole = info.file_size == info.compress_size <= len(content)
                if kind not in (0, stat.S_IFREG) or not (is_stored and is_whole):
                    raise ValueError(f"{info.filename} is no plain, unpacked file.")
            return {info.filename: archive.read(info) for info in infos}
    except ValueError:
        raise
    except Exception as error:  # whatever zipfile raises of a damaged file
        raise ValueError(f"it is no whole zip file: {error}") from error


def _describe_front_end(config: Config) -> dict[str, Any]:
    front_end = make_front_end(config.features, config.data)
    return {**front_end.describe(), **describe_signal(config.features)}


def _as_record(moments: Moments | None) -> MomentsRecord | None:
    if moments is None:
        return None
    numbers = {n: np.asarray(vars(moments)[n]).tolist() for n in ("mean", "squares")}
    return MomentsRecord(num_frames=moments.num_frames, **numbers)


def _as_moments(record: MomentsRecord | None) -> Moments | None:
    if record is None:
        return None
    return Moments(record.num_frames, np.array(record.mean), np.array(record.squares))


def _is_kept(name: str) -> bool:
    """Whether a setting is of the model, and not of the machine where it was made."""
    return name not in PATHS and group_of(name) != "run"
