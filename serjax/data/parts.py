"""What the parts of a data set hold: counted, as a table and in sentences."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from serjax.corpora import Utterance
from serjax.data.dataset import Dataset
from serjax.data.splits import DRAWN_PARTS


@dataclasses.dataclass(frozen=True)
class Holding:
    """What some rows of a data set hold.

    Attributes:
      utterances: how many.
      duration_s: of them together, in seconds.
      speakers: how many are known.
      speakerless: utterances whose speaker is unknown.
      classes: utterances of each class; every class is there.
    """

    utterances: int
    duration_s: float
    speakers: int
    speakerless: int
    classes: dict[str, int]


def count_parts(dataset: Dataset, corpus: str | None = None) -> dict[str, Holding]:
    """Count what train, valid, test and each ood corpus hold, of all corpora or one."""
    parts = {"train": dataset.rows("train"), **dataset.evaluation_parts()}
    if corpus is not None:
        of_corpus = np.array([it.corpus == corpus for it in dataset.utterances])
        parts = {part: rows[of_corpus[rows]] for part, rows in parts.items()}
    return {part: _count(dataset, rows) for part, rows in parts.items()}


def describe_folds(folds: Mapping[str, Dataset]) -> str:
    """Make a table of the parts, or of leave one out of each fold's parts.

    Of the folds a second table has each corpus as it is where it is not held out.
    """
    if "" in folds:
        return describe_parts(folds[""])
    table = [["held out", *DRAWN_PARTS, "unseen", "h:mm:ss", "speakers"]]
    corpora: dict[str, list[str]] = {}
    for held_out, dataset in folds.items():
        counts = count_parts(dataset)
        sizes = [str(counts[part].utterances) for part in (*DRAWN_PARTS, held_out)]
        unseen = counts[held_out]
        table.append([held_out, *sizes, _time(unseen), _speakers(unseen)])
        corpora |= {row[0]: row for row in _corpus_rows(dataset)}
    rows = [corpora[name] for name in sorted(corpora)]
    return f"{aligned(table)}\n\n{_describe_corpora(rows)}"


def describe_parts(dataset: Dataset) -> str:
    """Make a table of the parts: utterances, hours, speakers, and rows of each class.

    Where several corpora are trained on, a second table has the hours and speakers of
    each, and so shows which are tested on a single speaker.
    """
    table = [["part", "utterances", "h:mm:ss", "speakers", *dataset.classes]]
    for part, it in count_parts(dataset).items():
        counts = map(str, it.classes.values())
        table.append([part, str(it.utterances), _time(it), _speakers(it), *counts])
    text = aligned(table)
    rows = _corpus_rows(dataset)
    if len(rows) < 2:
        return text
    return f"{text}\n\n{_describe_corpora(rows)}"


def _describe_corpora(rows: Sequence[Sequence[str]]) -> str:
    return aligned([["h:mm:ss / speakers", *DRAWN_PARTS], *rows])


def _corpus_rows(dataset: Dataset) -> list[list[str]]:
    """A line for each corpus that is trained on: time and speakers of its parts."""
    rows = []
    for corpus in sorted({it.corpus for it in dataset.utterances} - {*dataset.ood}):
        held = count_parts(dataset, corpus)
        cells = [f"{_time(held[it])} / {_speakers(held[it])}" for it in DRAWN_PARTS]
        rows.append([corpus, *cells])
    return rows


def note_parts(dataset: Dataset) -> tuple[str, ...]:
    """Say of each corpus whether its split was given, and who is in two parts."""
    return note_split(dataset.utterances, dataset.parts, dataset.ood)


def note_folds(folds: Mapping[str, Dataset]) -> tuple[str, ...]:
    """All notes of the data sets and of their parts, each once."""
    notes = [it for fold in folds.values() for it in (*fold.notes, *note_parts(fold))]
    return tuple(dict.fromkeys(notes))


def note_split(
    utterances: Sequence[Utterance], parts: Sequence[str], ood: Sequence[str]
) -> tuple[str, ...]:
    """As `note_parts`, of rows, the part of each, and out-of-domain corpora."""
    notes: list[str] = []
    for corpus in sorted({utterance.corpus for utterance in utterances}):
        pairs = zip(utterances, parts, strict=True)
        rows = [(it, part) for it, part in pairs if it.corpus == corpus]
        given = any(it.part is not None for it, _ in rows)
        is_ood = corpus in ood
        if given:
            unused = "out-of-domain, so the split given for it is not used"
            notes.append(f"{corpus}: {unused if is_ood else 'split as given'}")
        if is_ood:
            continue
        drawn = {(part, it.speaker) for it, part in rows if given and part != it.part}
        for part in sorted({part for part, _ in drawn}):
            names = ", ".join(sorted(str(name) for its, name in drawn if its == part))
            notes.append(
                f"{corpus}: no rows are given for {part}, so speakers of the given "
                f"training part are drawn for it: {names}"
            )
        num_unknown = sum(it.speaker is None for it, _ in rows)
        if num_unknown:
            notes.append(
                f"{corpus}: {num_unknown} utterances have no known speaker, so whether "
                "one is in two parts cannot be checked"
            )
        heard = {(it.speaker, part) for it, part in rows if it.speaker}
        both = {name for name, _ in heard if {(name, "valid"), (name, "test")} <= heard}
        if both:
            names = ", ".join(sorted(map(str, both)))
            notes.append(f"{corpus}: valid and test share speakers: {names}")
    return tuple(notes)


def _count(dataset: Dataset, rows: np.ndarray) -> Holding:
    speakers = [dataset.utterances[row].speaker for row in rows]
    counts = np.bincount(dataset.labels[rows], minlength=len(dataset.classes))
    return Holding(
        utterances=len(rows),
        duration_s=sum(dataset.recordings[row].duration_s for row in rows),
        speakers=len({*speakers} - {None}),
        speakerless=speakers.count(None),
        classes=dict(zip(dataset.classes, counts.tolist(), strict=True)),
    )


def _time(held: Holding) -> str:
    """How long utterances are together, as 11:45:00."""
    seconds = round(held.duration_s)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _speakers(held: Holding) -> str:
    """How many speakers are known, with a `?` where others are not."""
    return f"{held.speakers or ''}?" if held.speakerless else str(held.speakers)


def aligned(table: Sequence[Sequence[str]]) -> str:
    """Pad cells to columns, numbers to the right."""
    first, *others = (max(map(len, column)) for column in zip(*table, strict=True))
    line = "  ".join([f"{{:<{first}}}", *(f"{{:>{width}}}" for width in others)])
    return "\n".join(line.format(*cells) for cells in table)
