"""config.json: which run this is, and what it was made with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from serjax.config import PATHS, Config, Role, as_text, group_of, sort_attributes
from serjax.methods import Method
from serjax.records.metrics import METRICS
from serjax.records.record import Count, Names, Number, Record
from serjax.records.result import Result

# What makes a run, beside its settings; device and versions are free.
_FACTS = ("classes", "dataset", "batch_size", "own_code")
_USUAL = "JAX's default"


class FeatureFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Which features a run was given, in place of a front end's."""

    source: str  # npy, csv, parquet, kaldi
    dims: Count  # of a frame
    dtype: str
    frame_shift_ms: Number | None = None  # if it is known
    digest: str  # of all that were used


class DatasetFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which data a run was given."""

    identity: str  # digest of all that training sees of them
    utterances: dict[str, Count]  # of train, valid, test, ood
    ood: list[str]
    skipped: Count
    features: FeatureFacts | None = None  # None of a front end's


class RunConfig(Record, frozen=True, kw_only=True, omit_defaults=True):
    """What config.json of a run holds."""

    FILE = "config.json"

    settings: dict[str, Any]  # as `Config.to_flat` gives them; an older run has fewer
    config_hash: str  # of the settings that can change a result
    batch_size: Count  # by the setting or by the rule
    classes: Names
    dataset: DatasetFacts
    # Utterances in training by corpus and class; an older run has none.
    training_classes: dict[str, dict[str, Count]] = msgspec.field(default_factory=dict)
    # The user's own: digests of encoder and methods, and `Method.describe` of these.
    own_code: dict[str, str] = msgspec.field(default_factory=dict)
    methods: list[dict[str, Any]] = msgspec.field(default_factory=list)
    backend: str
    device: str
    threads: Count | None = None  # of a CPU; an older run has none
    # Settings of JAX that change bits, where they are not its default.
    jax: dict[str, Any] = msgspec.field(default_factory=dict)
    versions: dict[str, str]

    def __post_init__(self) -> None:
        choice = msgspec.convert(self.settings, _Choice)
        _ = sort_attributes(choice.attributes), [*map(Role.parse, choice.roles)]
        _ = [*map(Method.described, self.methods)]


class AnyConfig(Record, frozen=True, kw_only=True):
    """What any config.json holds: that of `experiments.prepare` is another `kind`."""

    FILE = "config.json"

    settings: dict[str, Any]
    kind: str = "run"


class _Choice(msgspec.Struct):
    """Settings that are read off a run of any version."""

    approach: str
    attributes: list[str]
    seed: Count
    epochs: Count
    roles: list[str] = []


def holds_run(
    folder: Path, settings: Mapping[str, Any], record: RunConfig | None = None
) -> bool:
    """Whether a folder, a run's or a checkpoint's, holds a run of all these settings.

    By a record, classes, data and batch size must agree, too. No run is no error.

    Raises:
      ValueError: another run lives there; the message lists the differences.
    """
    try:
        stored = RunConfig.read(folder)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except ValueError as error:
        raise ValueError(
            f"{error}. So it is not known which run this is; choose another folder, or "
            "move this one away."
        ) from error
    # A setting that did not exist yet had the effect of its default.
    known = {**Config().to_flat(), **stored.settings}
    # Where a run lives, and by which path its data are reached, are free.
    names = [n for n in settings if group_of(n) != "run" and n not in (*PATHS, "ood")]
    values = [(n, known[n], settings[n]) for n in names]
    if record:
        values += [(n, getattr(stored, n), getattr(record, n)) for n in _FACTS]
        names = {**stored.jax, **record.jax}
        values += [
            (n, stored.jax.get(n, _USUAL), record.jax.get(n, _USUAL)) for n in names
        ]
    differences = [
        f"{name}={as_text(there) or 'none'} there, {as_text(given) or 'none'} given"
        for name, there, given in values
        if there != given
    ]
    if differences:
        raise ValueError(
            f"{folder} is of a run with other settings: {'; '.join(differences)}. "
            "Choose another --workdir, or give the settings of the run there."
        )
    return True


def open_run(folder: Path, record: RunConfig, epochs_done: int = 0) -> None:
    """Write config.json, or check that the run there is this very one.

    Args:
      epochs_done: of the checkpoint that the run is to go on from.

    Raises:
      ValueError: another run lives there; the message lists the differences. Or it
        would go on with another number of threads.
    """
    if holds_run(folder, record.settings, record):
        threads = RunConfig.read(folder).threads
        if threads == record.threads or None in (threads, record.threads):
            return
        if epochs_done:
            raise ValueError(
                f"{folder} was begun with {threads} threads, and {record.threads} are "
                "given: they add in another order, so it would end as another run. "
                f"Give --threads={threads}, or choose another --workdir."
            )
        return record.write(folder)
    if (folder / Result.FILE).exists() or (folder / METRICS).exists():
        raise ValueError(
            f"{folder} holds a run without its config.json; choose another --workdir."
        )
    record.write(folder)
