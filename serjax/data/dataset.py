"""All rows of a run with features, parts and labels: what training sees of data."""

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from serjax.config import Config, require
from serjax.corpora import Reader, read_corpora
from serjax.corpora.utterance import Skip, Utterance
from serjax.data.attributes import Attribute, encode_attributes
from serjax.data.copies import draw_rows, store_copies
from serjax.data.folds import ALL, count_smallest, find_whole, resolve_held_out
from serjax.data.function import Function
from serjax.data.groups import Groups, find_groups, note_groups
from serjax.data.joined import FeatureStore
from serjax.data.leaks import check_split
from serjax.data.normalisation import Moments
from serjax.data.recording import Recording
from serjax.data.splits import PARTS, resolve_ood, split_by_speaker
from serjax.data.store import StoredUtterances
from serjax.data.usable import (
    all_skipped,
    check_frames,
    check_usable,
    store_corpora,
)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Usable utterances with everything that is known of them, row by row.

    Of these `utterances`, `paths`, `labels`, `classes`, `store.frames` and
    `store.offsets` are public: others' analyses read them, so they keep their names.

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
      copy_of: int64[copies], of further rows of `store` the row that each is a copy of;
        an epoch may have a copy in its row's place.
      smallest_train: training rows of the smallest of several folds, by which the batch
        size of them all is chosen; 0 where there is one.
      moments: of the training rows' frames, where all rows are normalised by them.
      features: what is known of features that were given, or are by a function:
        source, dims, dtype, frame_shift_ms, digest; None of serjax's front ends.
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
    smallest_train: int = 0
    copy_of: np.ndarray = dataclasses.field(
        default_factory=lambda: np.empty(0, np.int64)
    )
    moments: Moments | None = None
    features: Mapping[str, Any] | None = None

    def __repr__(self) -> str:
        counts = Counter(self.parts)
        parts = ", ".join(f"{counts[part]} {part}" for part in PARTS)
        return f"Dataset({len(self.utterances)} utterances: {parts})"

    def rows(self, part: str, corpus: str | None = None) -> np.ndarray:
        """Row indices of a part, of one corpus if given: int64[n], increasing."""
        rows = zip(self.utterances, self.parts, strict=True)
        return np.flatnonzero(
            [its == part and corpus in (None, it.corpus) for it, its in rows]
        )

    @property
    def row_of(self) -> np.ndarray:
        """The row of each row of `store`, a copy's its own's: int64[rows + copies]."""
        return np.concatenate([np.arange(len(self.labels)), self.copy_of])

    def draw_training_rows(self, seed: int, epoch: int) -> np.ndarray:
        """Rows of `store` to train on, of each training row itself or a copy: int64[n].

        Drawn from (seed, epoch) alone.
        """
        rows, num_rows = self.rows("train"), len(self.labels)
        return draw_rows(rows, self.copy_of, num_rows, seed, epoch)

    def evaluation_parts(self) -> dict[str, np.ndarray]:
        """Rows to report results on: 'valid', 'test', then each ood corpus by name."""
        parts = {part: self.rows(part) for part in ("valid", "test")}
        return parts | {corpus: self.rows("ood", corpus) for corpus in self.ood}

    def evaluation_rows(self) -> np.ndarray:
        """Rows of all these parts: int64[n], increasing."""
        return np.sort(np.concatenate([*self.evaluation_parts().values()]))


def load_dataset(
    config: Config,
    progress: bool = True,
    readers: Sequence[Reader] | None = None,
    front_end: Function | None = None,
) -> Dataset:
    """Read the corpora, get their features, split them and encode their labels.

    The same files and settings give the same data set.

    Args:
      config: of the run; `data`, `features`, `run.cache_dir` and
        `run.memory_budget_gb` are used.
      progress: show a bar on stderr while features are computed.
      readers: which readers of corpora to ask; None for serjax's own.
      front_end: your own in place of the settings': a function from float32[samples]
        and their rate in Hz to [frames, dims], or to [dims]; see docs/features.md.

    Raises:
      ValueError: nothing usable in the folder, a corpus named that is not there, too
        few speakers to split, a leaking split, or a class that training lacks.
    """
    data = config.data
    require(
        not data.leaves_one_out or (len(data.held_out) == 1 and data.held_out != ALL),
        "held_out",
        ",".join(data.held_out),
        "one corpus, for one run; a study and load_folds take several",
    )
    (dataset,) = load_folds(config, progress, readers, front_end).values()
    return dataset


def load_folds(
    config: Config,
    progress: bool = True,
    readers: Sequence[Reader] | None = None,
    front_end: Function | None = None,
) -> dict[str, Dataset]:
    """Load a data set for each corpus that is held out; they share their features.

    Where features are normalised by corpus each has its own: statistics are of training
    rows, and of all rows where a corpus is held out.

    Parts of a corpus are the same whichever other is out. One of two speakers or fewer,
    or that lacks a class, trains whole unless its split is given: a note says so.

    Args:
      config: as of `load_dataset`, whose errors this raises too.

    Returns:
      Data sets by the corpus held out, by name; where `data.protocol` is 'given' the
      one, by ''.
    """
    data = config.data
    corpora = read_corpora(data, config.run.cache_dir, readers)
    # Before the features, which may take minutes.
    given = () if data.leaves_one_out and data.ood is None else data.ood
    ood = resolve_ood(given, corpora.corpora)
    held_out = resolve_held_out(data, corpora.corpora, ood)
    stored = store_corpora(corpora, config, progress, front_end)
    check_usable(corpora, stored, ood)
    rows, classes = stored.utterances, corpora.classes
    whole = find_whole(rows, classes, ood, data) if held_out else {}
    parts = split_by_speaker(rows, ood, data.split_seed, data.split, whole)
    smallest = count_smallest(rows, parts, corpora.corpora) if held_out else 0
    recordings, fingerprints = stored.recordings, stored.fingerprints
    normalisation = config.features.normalisation
    parts_of = {
        out: tuple(
            "ood" if row.corpus == out else part
            for row, part in zip(rows, parts, strict=True)
        )
        for out in held_out or ("",)
    }
    for ours in parts_of.values():
        check_split(rows, ours, stored.origins, classes, data.split, fingerprints)
    # Folds whose rows are normalised alike share them.
    groups = {out: find_groups(normalisation, rows, it) for out, it in parts_of.items()}
    different = {*groups.values()}
    check_frames(stored, normalisation)
    asked = config, progress, front_end
    copies, missing = store_copies(corpora, stored, parts, *asked)
    trained: dict[Groups | None, Moments] = {}
    if normalisation == "train":
        trained = {it: stored.measure(it)[0] for it in different if it}
    stores = {
        it: stored.join(it, len(different), copies, trained.get(it)) for it in different
    }

    def make_fold(out: str, ours: tuple[str, ...]) -> Dataset:
        attributes, inapplicable = encode_attributes(rows, ours)
        return Dataset(
            utterances=rows,
            recordings=recordings,
            store=stores[groups[out]],
            parts=ours,
            labels=np.array([classes.index(it.emotion) for it in rows], np.int32),
            classes=classes,
            attributes=attributes,
            inapplicable=inapplicable,
            skipped=all_skipped(corpora, stored),
            paths=corpora.paths,
            identity=_identity(stored, ours, classes, config),
            ood=tuple(sorted({*ood, out} - {""})),
            notes=(
                *corpora.notes,
                *(why for name, why in whole.items() if name != out),
                *note_groups(normalisation, groups[out]),
                *missing,
            ),
            smallest_train=smallest,
            copy_of=np.array([row for _, row in copies], np.int64),
            moments=trained.get(groups[out]),
            features=stored.facts,
        )

    return {out: make_fold(out, ours) for out, ours in parts_of.items()}


def _identity(
    stored: StoredUtterances,
    parts: Sequence[str],
    classes: Sequence[str],
    config: Config,
) -> str:
    """Digest of what training can learn from: recordings, labels, parts, features."""
    header = {
        **stored.described,
        "normalisation": config.features.normalisation,
        "channel": config.data.channel,
        "classes": classes,
    }
    if config.features.augment != "none":
        header["augment"] = config.features.augment, config.features.augment_copies
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    rows = zip(stored.utterances, stored.digests, parts, strict=True)
    for utterance, content, part in rows:
        row = [vars(utterance), content, part]  # `asdict` takes ten times as long
        digest.update(json.dumps(row, sort_keys=True).encode())
    return digest.hexdigest()
