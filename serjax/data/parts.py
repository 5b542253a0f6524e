"""What the parts of a data set hold, as a table and in sentences."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from serjax.data.dataset import Dataset
from serjax.data.splits import DRAWN_PARTS


def describe_parts(dataset: Dataset) -> str:
    """Make a table of the parts: utterances, hours, speakers, and rows of each class.

    Where several corpora are trained on, a second table has the hours and speakers of
    each, and so shows which are tested on a single speaker.
    """
    parts = {"train": dataset.rows("train"), **dataset.evaluation_parts()}
    table = [["part", "utterances", "h:mm:ss", "speakers", *dataset.classes]]
    for part, rows in parts.items():
        counts = np.bincount(dataset.labels[rows], minlength=len(dataset.classes))
        what = [str(len(rows)), _time(dataset, rows), _speakers(dataset, rows)]
        table.append([part, *what, *map(str, counts)])
    text = _aligned(table)
    corpora = sorted({it.corpus for it in dataset.utterances} - set(dataset.ood))
    if len(corpora) < 2:
        return text
    table = [["h:mm:ss / speakers", *DRAWN_PARTS]]
    for corpus in corpora:
        cells = [dataset.rows(part, corpus) for part in DRAWN_PARTS]
        table.append(
            [corpus]
            + [f"{_time(dataset, it)} / {_speakers(dataset, it)}" for it in cells]
        )
    return f"{text}\n\n{_aligned(table)}"


def note_parts(dataset: Dataset) -> tuple[str, ...]:
    """Say of each corpus whether its split was given, and whether parts share speakers."""
    given, unknown = set[str](), Counter[str]()
    parts_of: dict[tuple[str, str], set[str]] = defaultdict(set)
    for utterance, part in zip(dataset.utterances, dataset.parts, strict=True):
        corpus = utterance.corpus
        if utterance.part is not None:
            given.add(corpus)
        if utterance.speaker is None:
            unknown[corpus] += 1
        else:
            parts_of[corpus, utterance.speaker].add(part)
    notes = []
    for corpus in sorted(given):
        if corpus in dataset.ood:
            notes.append(f"{corpus}: out-of-domain; the split given for it is not used")
            continue
        note = f"{corpus}: split as given"
        if unknown[corpus]:
            note += (
                f"; {unknown[corpus]} utterances have an unknown speaker, so whether "
                "one is in two parts cannot be checked"
            )
        notes.append(note)
    for corpus in sorted({corpus for corpus, _ in parts_of}):
        shared = sorted(
            speaker
            for (its, speaker), parts in parts_of.items()
            if its == corpus and len(parts) > 1
        )
        if shared:
            num = f"{len(shared)} speaker(s)"
            notes.append(f"{corpus}: valid and test share {num}, first {shared[0]}")
    return tuple(notes)


def _time(dataset: Dataset, rows: np.ndarray) -> str:
    """How long the utterances of rows are together, as 11:45:00."""
    seconds = round(sum(dataset.recordings[row].duration_s for row in rows))
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _speakers(dataset: Dataset, rows: np.ndarray) -> str:
    """How many speakers are known, with a `?` where others are not."""
    found = {dataset.utterances[row].speaker for row in rows}
    known = len(found - {None})
    return f"{known or ''}?" if None in found else str(known)


def _aligned(table: Sequence[Sequence[str]]) -> str:
    """Pad cells to columns, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = []
    for first, *rest in table:
        cells = [first.ljust(widths[0])]
        cells += [c.rjust(w) for c, w in zip(rest, widths[1:], strict=True)]
        lines.append("  ".join(cells))
    return "\n".join(lines)
