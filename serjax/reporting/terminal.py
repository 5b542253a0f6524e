"""The table of a study: in the terminal, as CSV and as Markdown.

The CSV is the full record, a line per approach, attribute set and part. The other two
show the parts side by side.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from serjax.analysis.cells import AtEpoch, Outcome, summarise_study
from serjax.analysis.measures import MEASURES, Measure
from serjax.analysis.statistics import MeanInterval
from serjax.analysis.upper_bound import (
    ROW,
    bound_notes,
    note_bounds,
    summarise_bounds_of,
)
from serjax.files import csv_line
from serjax.records.folder import StudyFiles
from serjax.reporting import elements
from serjax.reporting.formatting import EPOCHS, describe_alpha
from serjax.reporting.writers import markdown_text, to_markdown

WIDTH = 100
"""Columns of a terminal that a line may take: two parts side by side, or one."""

_NAMES = ["approach", "set", "n", "alpha"]
_COLUMNS = ["best", "diff", "last", "diff", "c"]  # of each part
_STAR = (
    "*: differs from the baseline, p < 0.05: paired t test over the seeds, after Holm "
    "over a\npart's configurations."
)
# Columns of the CSV; the second ones stand there for each epoch.
_RECORD = ["approach", "attributes", "part", "n", "failed", "unfinished"]
_AT_EPOCH: dict[str, Callable[[AtEpoch], Any]] = {
    "{measure}_{}": lambda it: it.score.mean,
    "{measure}_{}_sd": lambda it: it.score.sd,
    "{measure}_{}_low": lambda it: _ends(it.score)[0],
    "{measure}_{}_high": lambda it: _ends(it.score)[1],
    "difference_{}": lambda it: it.difference.mean,
    "difference_{}_sd": lambda it: it.difference.sd,
    "difference_{}_low": lambda it: _ends(it.difference)[0],
    "difference_{}_high": lambda it: _ends(it.difference)[1],
    "pairs_{}": lambda it: len(it.by_trial),
    "p_{}": lambda it: it.difference.p,
    "holm_p_{}": lambda it: it.holm_p,
    "p_sign_flip_{}": lambda it: it.difference.p_sign_flip,
    "holm_p_sign_flip_{}": lambda it: it.holm_p_sign_flip,
    "smallest_p_sign_flip_{}": lambda it: it.difference.smallest_p,
    "alpha_{}": lambda it: it.alpha,
    "collapsed_{}": lambda it: it.collapsed,
}


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows of a study, with what a reader must know above and below them.

    The measure is that of the rows. Bounds are of unseen corpora, and stand apart.
    """

    rows: Sequence[Outcome]
    caption: Sequence[str] = ()
    notes: Sequence[str] = ()
    measure: Measure = MEASURES["ua"]
    bounds: Sequence[Outcome] = ()

    def of_measure(self, study: StudyFiles, name: str) -> "Table":
        """Make the same table of another measure of the runs, by its name."""
        measure, study = MEASURES[name], study.of_grid
        caption, notes = [measure.about, *self.caption[1:]], [*self.notes]
        if name == "nll":
            prior = {
                row.part: f"{row.part} {row.best.score.mean:{measure.form}}"
                for row in summarise_study(study, "nll_prior")
                if row.best.score.mean is not None
            }
            known = ", ".join(prior.values()) or "not known"
            notes.append(f"NLL of the prior, the training rows' class shares: {known}.")
        rows, about = summarise_study(study, name), bound_notes(study)
        if not {row.part for row in rows} & {*about}:  # of the test part alone
            notes = [it for it in notes if it not in note_bounds(about)]
        bounds = summarise_bounds_of(study, name)
        return Table(rows, caption, notes, measure, bounds)

    def text(self) -> str:
        """For the terminal: two parts side by side if they fit, then the next ones."""
        parts = self.parts
        blocks = [self._block(parts[at : at + 2]) for at in range(0, len(parts), 2)]
        if any(len(line) > WIDTH for block in blocks for line in block.splitlines()):
            blocks = [self._block([part]) for part in parts]
        texts = ["\n".join(self._captions), *blocks, "\n".join(self.notes)]
        return "\n\n".join(filter(None, texts))

    def markdown(self) -> str:
        """For a report: all parts side by side."""
        heads = [f"{part} {column}" for part in self.parts for column in _COLUMNS]
        lines = [*self._lines(self.parts), *self._bound_lines(self.parts)]
        rows = [[*map(elements.Cell, line)] for line in lines]
        name, heads = self.measure.name, [*_NAMES, *heads]
        table = elements.Table(name, "", heads, rows, 2, self.notes)
        return "\n\n".join([*map(markdown_text, self._captions), to_markdown(table)])

    def csv(self) -> str:
        """All numbers: p to four digits, others to four decimals; empty for none."""
        columns = [(epoch, *column) for epoch in EPOCHS for column in _AT_EPOCH.items()]
        measure = self.measure.name
        names = [name.format(epoch, measure=measure) for epoch, name, _ in columns]
        lines = [[*_RECORD, *names]]
        for row in (*self.rows, *self._shown_bounds(self.parts)):
            line = [getattr(row, name) for name in _RECORD]
            line += [_written(name, get(row.at(epoch))) for epoch, name, get in columns]
            lines.append(line)
        return "".join(map(csv_line, lines))

    @property
    def parts(self) -> list[str]:
        """The parts that have rows, in order."""
        return list(dict.fromkeys(row.part for row in self.rows))

    @property
    def _captions(self) -> list[str]:
        starred = any(row.best.significant or row.last.significant for row in self.rows)
        return [*self.caption, *([_STAR] if starred else [])]

    def _lines(self, parts: Sequence[str]) -> list[list[str]]:
        """The cells as text, a line per approach and attribute set."""
        lines: dict[tuple[str, str], list[str]] = {}
        for row in self.rows:
            if row.part in parts:
                start = [row.approach, row.attributes, str(row.n), _alphas(row)]
                line = lines.setdefault((row.approach, row.attributes), start)
                line += self._cells(row)
        return list(lines.values())

    def _cells(self, row: Outcome) -> list[str]:
        scores = [_scores(cell, self.measure.form) for cell in (row.best, row.last)]
        return [*scores[0], *scores[1], str(row.best.collapsed)]

    def _shown_bounds(self, parts: Sequence[str]) -> list[Outcome]:
        return [row for row in self.bounds if row.part in parts]

    def _bound_lines(self, parts: Sequence[str]) -> list[list[str]]:
        """One line for all upper bounds, empty where a part has none."""
        found = {row.part: row for row in self._shown_bounds(parts)}
        counts = "/".join(dict.fromkeys(str(row.n) for row in found.values()))
        line = [ROW, "-", counts, "-"]
        for part in parts:
            line += self._cells(found[part]) if part in found else [""] * len(_COLUMNS)
        return [line] if found else []

    def _block(self, parts: Sequence[str]) -> str:
        """Pad the cells to columns, with the parts' names above theirs."""
        apart = self._bound_lines(parts)
        lines = [_NAMES + _COLUMNS * len(parts), *self._lines(parts), *apart]
        columns = []
        for index, column in enumerate(zip(*lines, strict=True)):
            pad, width = str.ljust if index < 2 else str.rjust, max(map(len, column))
            columns.append([pad(cell, width) for cell in column])
        starts = range(len(_NAMES), len(columns), len(_COLUMNS))
        groups = [columns[: len(_NAMES)]]
        groups += [columns[start : start + len(_COLUMNS)] for start in starts]
        texts = []
        for title, group in zip(["", *parts], groups, strict=True):
            below = [" ".join(cells) for cells in zip(*group, strict=True)]
            texts.append([title.center(len(below[0])), *below])
        joined = [" | ".join(cells).rstrip() for cells in zip(*texts, strict=True)]
        rule = "-" * len(joined[1])
        joined.insert(2, rule)  # below the heads
        if apart:
            joined.insert(-1, rule)
        return "\n".join(joined)


def _ends(mean: MeanInterval) -> tuple[float | None, float | None]:
    return mean.interval or (None, None)


def _written(column: str, value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return f"{value:.4g}" if "p_" in column else f"{value:.4f}"


def _alphas(row: Outcome) -> str:
    texts = [describe_alpha(it.alpha, it.alphas) for it in (row.best, row.last)]
    return "-" if "-" in texts else "/".join(texts)


def _scores(cell: AtEpoch, form: str) -> tuple[str, str]:
    """The score with its deviation; the difference, starred where it is significant."""
    mean, sd, difference = cell.score.mean, cell.score.sd, cell.difference.mean
    score = "-" if mean is None else f"{mean:{form}}"
    score += "" if sd is None else f"±{sd:{form}}"
    if difference is None:
        return score, "-"
    return score, f"{difference:+{form}}" + "*" * cell.significant
