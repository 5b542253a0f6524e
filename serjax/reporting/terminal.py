"""The table of a study: in the terminal, as CSV and as Markdown.

The CSV is the full record, a line per approach, attribute set and part. The other two
show the parts side by side.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

from serjax.analysis.cells import AtEpoch, Outcome
from serjax.files import csv_line
from serjax.reporting.writers import markdown_text

WIDTH = 100
"""Columns of a terminal that a line may take: two parts side by side, or one."""

_COLUMNS = ("best", "diff", "last", "diff", "c")
_STAR = (
    "*: differs from the baseline, p < 0.05: paired t test over the seeds, after Holm "
    "over a\npart's configurations."
)


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows of a study with what a reader must know to read them.

    Attributes:
      rows: from `summarise`.
      caption: sentences above the table: preset, data, seeds, definitions.
      notes: lines below it: what is not applicable and what failed, and why.
    """

    rows: Sequence[Outcome]
    caption: Sequence[str] = ()
    notes: Sequence[str] = ()

    def text(self) -> str:
        """For the terminal: two parts side by side if they fit, then the next ones."""
        blocks = self._blocks(2)
        if any(len(line) > WIDTH for block in blocks for line in block.splitlines()):
            blocks = self._blocks(1)
        return "\n\n".join([*_lines(self._captions), *blocks, *_lines(self.notes)])

    def markdown(self) -> str:
        """For a report: all parts side by side."""
        header, body = self._cells(self.parts)
        named = header[:4] + [
            f"{part} {column}" for part in self.parts for column in _COLUMNS
        ]
        rule = [":--", ":--"] + ["--:"] * (len(named) - 2)
        named, *body = ([*map(markdown_text, cells)] for cells in (named, *body))
        lines = ["| " + " | ".join(cells) + " |" for cells in (named, rule, *body)]
        captions = [*map(markdown_text, self._captions)]
        notes = [f"- {markdown_text(note)}" for note in self.notes]
        return "\n\n".join([*captions, "\n".join(lines), *_lines(notes)]) + "\n"

    def csv(self) -> str:
        """All numbers: p to four digits, others to four decimals; empty for none."""
        records = map(_record, self.rows)
        lines = [[_written(name, it[name]) for name in _RECORD] for it in records]
        return "".join(map(csv_line, [_RECORD, *lines]))

    @property
    def parts(self) -> list[str]:
        """The parts that have rows, in order."""
        return list(dict.fromkeys(row.part for row in self.rows))

    @property
    def _captions(self) -> list[str]:
        starred = any(row.best.significant or row.last.significant for row in self.rows)
        return [*self.caption, *([_STAR] if starred else [])]

    def _blocks(self, num: int) -> list[str]:
        starts = range(0, len(self.parts), num)
        groups = [self.parts[start : start + num] for start in starts]
        return [_align(*self._cells(parts), parts) for parts in groups]

    def _cells(self, parts: Sequence[str]) -> tuple[list[str], list[list[str]]]:
        """Header and body as text, a line per approach and attribute set."""
        header = ["approach", "set", "n", "alpha"]
        header += list(_COLUMNS) * len(parts)
        lines: dict[tuple[str, str], list[str]] = {}
        for row in self.rows:
            if row.part not in parts:
                continue
            start = [row.approach, row.attributes, str(row.n), _alphas(row)]
            line = lines.setdefault((row.approach, row.attributes), start)
            line += [
                *_scores(row.best),
                *_scores(row.last),
                str(row.best.collapsed),
            ]
        return header, list(lines.values())


_AT_EPOCH = (
    "ua_{0} ua_{0}_sd ua_{0}_low ua_{0}_high difference_{0} difference_{0}_sd "
    "difference_{0}_low difference_{0}_high pairs_{0} p_{0} holm_p_{0} "
    "p_sign_flip_{0} holm_p_sign_flip_{0} smallest_p_sign_flip_{0} alpha_{0} "
    "collapsed_{0}"
)
_NAMED = ("approach", "attributes", "part", "n", "failed", "unfinished")
_RECORD = [
    *_NAMED,
    *(name for epoch in ("best", "last") for name in _AT_EPOCH.format(epoch).split()),
]
"""Columns of the CSV."""


def _record(row: Outcome) -> dict[str, Any]:
    record = {name: getattr(row, name) for name in _NAMED}
    for epoch in ("best", "last"):
        cell = row.at(epoch)
        test = cell.difference
        values = [
            cell.ua.mean,
            cell.ua.sd,
            *(cell.ua.interval or (None, None)),
            test.mean,
            test.sd,
            *(test.interval or (None, None)),
            len(cell.by_seed),
            test.p,
            cell.holm_p,
            test.p_sign_flip,
            cell.holm_p_sign_flip,
            test.smallest_p,
            cell.alpha,
            cell.collapsed,
        ]
        record |= zip(_AT_EPOCH.format(epoch).split(), values, strict=True)
    return record


def _written(column: str, value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return f"{value:.4g}" if "p_" in column else f"{value:.4f}"


def _alphas(row: Outcome) -> str:
    if row.best.alpha is None or row.last.alpha is None:
        return "-"
    return f"{row.best.alpha:.2f}/{row.last.alpha:.2f}"


def _scores(cell: AtEpoch) -> tuple[str, str]:
    """UA with its deviation, and the difference, starred where it is significant."""
    mean, sd = cell.ua.mean, cell.ua.sd
    ua = "-" if mean is None else f"{mean:.1f}" + ("" if sd is None else f"±{sd:.1f}")
    difference = cell.difference.mean
    if difference is None:
        return ua, "-"
    return ua, f"{difference:+z.1f}" + "*" * cell.significant


def _lines(notes: Sequence[str]) -> list[str]:
    return ["\n".join(notes)] if notes else []


def _align(header: list[str], body: list[list[str]], parts: Sequence[str]) -> str:
    """Pad cells to columns, with the parts' names above theirs."""
    lines = [header, *body]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    first = 4  # approach, set, n, alpha

    def join(cells: list[str]) -> str:
        padded = [
            cell.ljust(width) if index < 2 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        groups = [padded[:first]]
        for start in range(first, len(padded), len(_COLUMNS)):
            groups.append(padded[start : start + len(_COLUMNS)])
        return " | ".join(" ".join(group) for group in groups).rstrip()

    top = [" " * (sum(widths[:first]) + first - 1)]
    for index, part in enumerate(parts):
        start = first + index * len(_COLUMNS)
        group = widths[start : start + len(_COLUMNS)]
        top.append(part.center(sum(group) + len(group) - 1))
    rule = "-" * len(join(header))
    return "\n".join([" | ".join(top).rstrip(), join(header), rule, *map(join, body)])
