"""What the parts of a data set hold, as a table and in sentences."""

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
    """Say of each corpus whether its split was given, and who is in two parts."""
    notes: list[str] = []
    for corpus in sorted({utterance.corpus for utterance in dataset.utterances}):
        pairs = zip(dataset.utterances, dataset.parts, strict=True)
        rows = [(it, part) for it, part in pairs if it.corpus == corpus]
        given = any(it.part is not None for it, _ in rows)
        if corpus in dataset.ood:
            if given:
                note = "out-of-domain, so the split given for it is not used"
                notes.append(f"{corpus}: {note}")
            continue
        if given:
            notes.append(f"{corpus}: split as given")
        num_unknown = sum(it.speaker is None for it, _ in rows)
        if num_unknown:
            notes.append(
                f"{corpus}: {num_unknown} utterances have no known speaker, so whether "
                "one is in two parts cannot be checked"
            )
        valid, test = (
            {it.speaker for it, part in rows if part == held_out and it.speaker}
            for held_out in ("valid", "test")
        )
        if valid & test:
            names = ", ".join(sorted(valid & test))
            notes.append(f"{corpus}: valid and test share speakers: {names}")
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
