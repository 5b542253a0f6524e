"""How far labels of an unseen corpus would bring a model: trained on it alone.

Its own speakers are split as any training corpus' are. These runs are no part of the
grid: they are tested on other rows, and so compared with none of it.
"""

import dataclasses
from collections.abc import Mapping, Sequence

from serjax.config import Config
from serjax.corpora.utterance import Utterance
from serjax.data import (
    Dataset,
    check_split,
    count_parts,
    load_dataset,
    split_by_speaker,
)
from serjax.records.folder import UPPER_BOUND
from serjax.reporting.formatting import counted


@dataclasses.dataclass(frozen=True, eq=False)
class Bound:
    """The upper bound of an unseen corpus.

    Attributes:
      corpus: its name.
      config: settings of a run that trains on it alone, but for method and seed.
      dataset: its rows; None where it cannot be split and trained on.
      note: whom it trains and tests on, or why there is none, for a reader.
    """

    corpus: str
    config: Config
    dataset: Dataset | None
    note: str

    @property
    def key(self) -> str:
        """By which its runs find their data among a study's; no corpus has it."""
        return f"{UPPER_BOUND}/{self.corpus}"


def load_bounds(
    config: Config, folds: Mapping[str, Dataset], progress: bool = True
) -> tuple[Bound, ...]:
    """Load each unseen corpus by itself; features are those of the cache.

    Args:
      config: of the study.
      folds: its data, as of `load_folds`.
      progress: as of `load_folds`.

    Raises:
      ValueError: no corpus is unseen.
    """
    unseen = folds[""].ood if "" in folds else tuple(folds)
    if not unseen:
        raise ValueError(
            "upper_bound: no corpus is unseen; expected one or more. Name some in "
            "--ood, or give --protocol=leave_one_out."
        )
    dataset = next(iter(folds.values()))
    return tuple(_load(config, dataset, corpus, progress) for corpus in unseen)


def _load(config: Config, studied: Dataset, corpus: str, progress: bool) -> Bound:
    split, reason = _choose_split(config, studied, corpus)
    # A setting that names a corpus which is not read would be refused.
    names = "", corpus.lower()
    channel = [
        it for it in config.data.channel if it.rpartition(":")[0].lower() in names
    ]
    config = config.replace(
        corpora=(corpus,),
        ood=(),
        protocol="given",
        held_out=(),
        split=split,
        channel=tuple(channel) or ("first",),
        epst_speakers=config.data.epst_speakers if corpus == "epst" else "",
    )
    if reason:
        note = f"No upper bound of {corpus}: {reason}."
        return Bound(corpus, config, None, note)
    dataset = load_dataset(config, progress)
    return Bound(corpus, config, dataset, _describe(dataset, corpus))


def _choose_split(config: Config, studied: Dataset, corpus: str) -> tuple[str, str]:
    """Choose the study's split, or `shared_heldout` where speakers are too few.

    The reason why neither is possible stands beside it.
    """
    own = [n for n, row in enumerate(studied.utterances) if row.corpus == corpus]
    rows: Sequence[Utterance] = [studied.utterances[n] for n in own]
    prints = [studied.recordings[n].fingerprint for n in own]
    files = [row.file for row in rows]
    asked, reason = config.data.split, ""
    # To ignore the parts that are given, and share a speaker, is no split of serjax.
    for split in dict.fromkeys(
        (asked, asked if asked == "ignore" else "shared_heldout")
    ):
        try:
            parts = split_by_speaker(rows, (), config.data.split_seed, split)
            check_split(rows, parts, files, studied.classes, split, prints)
            return split, ""
        except ValueError as error:
            reason = str(error).split(". ")[0]
    return asked, reason


def _describe(dataset: Dataset, corpus: str) -> str:
    counts = count_parts(dataset)
    train, test = (
        f"{counted(it.speakers, 'speaker')}, {counted(it.utterances, 'utterance')}"
        for it in (counts["train"], counts["test"])
    )
    heard = [
        {dataset.utterances[row].speaker for row in dataset.rows(part)} - {None}
        for part in ("valid", "test")
    ]
    note = f"Upper bound of {corpus}: tested on {test}; trained on {train}"
    if heard[0] & heard[1]:
        return f"{note}; speakers are few, so valid and test share one."
    return f"{note}."
