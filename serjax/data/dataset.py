"""All rows of a run with features, parts and labels: what training sees of data."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from serjax.cache import cache_root
from serjax.config import ATTRIBUTES, Config, sort_attributes
from serjax.corpora import Corpora, Reader, read_corpora
from serjax.corpora.utterance import Skip, Utterance
from serjax.data.copies import check_copies
from serjax.data.joined import FeatureStore
from serjax.data.leaks import check_split
from serjax.data.named import check_named
from serjax.data.recording import Recording
from serjax.data.splits import resolve_ood, split_by_speaker
from serjax.data.store import StoredUtterances, store_features
from serjax.files import write_csv
from serjax.memory import budget_bytes, host_memory_bytes


@dataclasses.dataclass(frozen=True, eq=False)
class Attribute:
    """An attribute that training can use: two values or more in the training rows.

    Attributes:
      name: 'corpus', 'speaker', 'gender', 'language' or a further column.
      values: the values of training rows, sorted; a label is an index into them.
      labels: int32[rows]; -1 where the value is unknown or not one of training's.
    """

    name: str
    values: tuple[str, ...]
    labels: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """Usable utterances with everything that is known of them, row by row.

    Attributes:
      utterances: the rows, by file and start.
      recordings: what was measured of their audio.
      store: their features.
      parts: 'train', 'valid', 'test' or 'ood' per row.
      labels: int32[rows], indices into `classes`.
      classes: the emotion classes.
      attributes: those that training can use, in the order C S G L, then by name.
      inapplicable: the others, each with the reason.
      skipped: recordings left out by the readers or without usable audio.
      paths: where each `file` lies.
      identity: digest of all that training can learn from.
      ood: out-of-domain corpora, sorted.
      notes: what may be a slip in the settings, in words.
    """

    utterances: tuple[Utterance, ...]
    recordings: tuple[Recording, ...]
    store: FeatureStore
    parts: tuple[str, ...]
    labels: np.ndarray
    classes: tuple[str, ...]
    attributes: dict[str, Attribute]
    inapplicable: dict[str, str]
    skipped: tuple[Skip, ...]
    paths: Mapping[str, str]
    identity: str
    ood: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def rows(self, part: str, corpus: str | None = None) -> np.ndarray:
        """Row indices of a part, of one corpus if given: int64[n], increasing."""
        return np.array(
            [
                row
                for row, utterance in enumerate(self.utterances)
                if self.parts[row] == part and corpus in (None, utterance.corpus)
            ],
            np.int64,
        )

    def evaluation_parts(self) -> dict[str, np.ndarray]:
        """Rows to report results on: 'valid', 'test', then each ood corpus by name."""
        parts = {part: self.rows(part) for part in ("valid", "test")}
        return parts | {corpus: self.rows("ood", corpus) for corpus in self.ood}


def load_dataset(
    config: Config, progress: bool = True, readers: Sequence[Reader] | None = None
) -> Dataset:
    """Read the corpora, get their features, split them and encode their labels.

    Args:
      config: of the run; `data`, `features`, `run.cache_dir` and
        `run.memory_budget_gb` are used.
      progress: show a bar on stderr while features are computed.
      readers: which readers of corpora to ask; None for serjax's own.

    Returns:
      The data set, the same for the same files and settings.

    Raises:
      ValueError: nothing usable in the folder, a corpus named that is not there, too
        few speakers to split, a leaking split, or a class that training lacks.
    """
    corpora = read_corpora(config.data, config.run.cache_dir, readers)
    # Before the features, which may take minutes.
    check_named(config.data, corpora.corpora)
    ood = resolve_ood(config.data.ood, corpora.corpora)
    check_copies(corpora)
    stored = store_features(
        corpora.paths,
        corpora.utterances,
        config.features,
        cache_root(config.run.cache_dir) / "features",
        config.data,
        progress,
        budget_bytes(config.run.memory_budget_gb, host_memory_bytes()),
    )
    _check_usable(corpora, stored, ood)
    parts = split_by_speaker(
        stored.utterances, ood, config.data.split_seed, config.data.split
    )
    check_split(
        stored.utterances,
        parts,
        stored.digests,
        corpora.classes,
        config.data.split,
        [recording.fingerprint for recording in stored.recordings],
    )
    attributes, inapplicable = encode_attributes(stored.utterances, parts)
    return Dataset(
        utterances=stored.utterances,
        recordings=stored.recordings,
        store=stored.store,
        parts=parts,
        labels=np.array(
            [corpora.classes.index(it.emotion) for it in stored.utterances], np.int32
        ),
        classes=corpora.classes,
        attributes=attributes,
        inapplicable=inapplicable,
        skipped=tuple(
            sorted(
                (*corpora.skipped, *stored.skipped),
                key=lambda skip: (skip.file, skip.reason),
            )
        ),
        paths=corpora.paths,
        identity=_identity(stored, parts, corpora.classes, config),
        ood=ood,
        notes=corpora.unused_labels,
    )


def encode_attributes(
    utterances: Sequence[Utterance], parts: Sequence[str]
) -> tuple[dict[str, Attribute], dict[str, str]]:
    """Number the values that each attribute has in the training rows.

    Speakers of validation and test, and unseen corpora, are never a class: to training
    they are missing labels, -1.

    Args:
      utterances: the rows.
      parts: the part of each row.

    Returns:
      The attributes that training can use, and for each of the others the reason.
    """
    extra = {name for utterance in utterances for name, _ in utterance.extra}
    attributes, inapplicable = {}, {}
    for name in sort_attributes({*ATTRIBUTES.values(), *extra}):
        column = [_attribute(utterance, name) for utterance in utterances]
        pairs = zip(column, parts, strict=True)
        trained = {value for value, part in pairs if part == "train"} - {None}
        values = tuple(sorted(value for value in trained if value is not None))
        if not values:
            inapplicable[name] = f"{name} is unknown for every training row"
        elif len(values) == 1:
            inapplicable[name] = f"{name} has one value in training: {values[0]!r}"
        else:
            index = {value: number for number, value in enumerate(values)}
            labels = [-1 if v is None else index.get(v, -1) for v in column]
            attributes[name] = Attribute(name, values, np.array(labels, np.int32))
    return attributes, inapplicable


def write_splits(path: Path, dataset: Dataset) -> None:
    """Write `splits.csv`: file and part of every row, whole or not at all."""
    header, stretches = stretch_columns(dataset.utterances)
    rows = zip(dataset.utterances, dataset.parts, stretches, strict=True)
    write_csv(
        path,
        ("file", "part", *header),
        ((it.file, part, *stretch) for it, part, stretch in rows),
    )


def stretch_columns(
    utterances: Sequence[Utterance],
) -> tuple[tuple[str, ...], list[tuple[float | None, ...]]]:
    """Columns that tell utterances of one file apart: none where no file has several.

    Returns:
      The columns' names, and the cells of each utterance.
    """
    if not any(utterance.is_segment for utterance in utterances):
        return (), [()] * len(utterances)
    return ("start", "end"), [
        (it.start_s, it.end_s) if it.is_segment else (None, None) for it in utterances
    ]


def write_skipped(path: Path, skipped: Iterable[Skip]) -> None:
    """Write `skipped.csv`: every recording left out and why, whole or not at all."""
    rows = ((skip.file, skip.reason) for skip in skipped)
    write_csv(path, ("file", "reason"), rows)


def _attribute(utterance: Utterance, name: str) -> str | None:
    """Value of an attribute; None where unknown or where the corpus has no such one."""
    if name in ATTRIBUTES.values():
        return utterance.attribute(name)
    return dict(utterance.extra).get(name)


def _check_usable(
    corpora: Corpora, stored: StoredUtterances, ood: Sequence[str]
) -> None:
    """Refuse data of which a whole corpus is gone, rather than train on the rest."""
    usable = {utterance.corpus for utterance in stored.utterances}
    lost = [name for name in corpora.corpora if name not in usable]
    if lost:
        first = stored.skipped[0]
        kind = "out-of-domain " if set(lost) <= set(ood) else ""
        raise ValueError(
            f"No usable recording of the {kind}corpus {', '.join(lost)}: "
            f"{len(stored.skipped)} are left out, the first, "
            f"{first.file}, because: {first.reason}. Replace the files, or remove them."
        )


def _identity(
    stored: StoredUtterances,
    parts: Sequence[str],
    classes: Sequence[str],
    config: Config,
) -> str:
    """Digest of what training can learn from: recordings, labels, parts, features."""
    digest = hashlib.sha256()
    header = {
        **dataclasses.asdict(config.features),
        "channel": config.data.channel,
        "classes": classes,
    }
    digest.update(json.dumps(header, sort_keys=True).encode())
    rows = zip(stored.utterances, stored.digests, parts, strict=True)
    for utterance, content, part in rows:
        row = [dataclasses.asdict(utterance), content, part]
        digest.update(json.dumps(row, sort_keys=True).encode())
    return digest.hexdigest()
