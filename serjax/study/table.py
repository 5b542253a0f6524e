"""The table of a study: in the terminal, as CSV and as Markdown.

The CSV is the full record, a line per approach, attribute set and part. The other two
show the parts side by side.
"""

import csv
import dataclasses
import io
from collections.abc import Sequence

from serjax.study.summary import Row

PARTS_PER_BLOCK = 2
"""Parts side by side in the terminal, so that a line stays within 100 columns."""

_COLUMNS = ("best", "diff", "last", "diff", "c")


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows of a study with what a reader must know to read them.

    Attributes:
      rows: from `summarise`.
      caption: sentences above the table: preset, data, seeds, definitions.
      notes: lines below it: what is not applicable and what failed, and why.
    """

    rows: Sequence[Row]
    caption: Sequence[str] = ()
    notes: Sequence[str] = ()

    def text(self) -> str:
        """For the terminal: at most two parts side by side, then the next block."""
        blocks = []
        for start in range(0, len(self.parts), PARTS_PER_BLOCK):
            parts = self.parts[start : start + PARTS_PER_BLOCK]
            blocks.append(_align(*self._cells(parts), parts))
        return "\n\n".join([*_lines(self.caption), *blocks, *_lines(self.notes)])

    def markdown(self) -> str:
        """For a report: all parts side by side."""
        header, body = self._cells(self.parts)
        named = header[:4] + [
            f"{part} {column}" for part in self.parts for column in _COLUMNS
        ]
        rule = [":--", ":--"] + ["--:"] * (len(named) - 2)
        lines = ["| " + " | ".join(cells) + " |" for cells in (named, rule, *body)]
        notes = [f"- {note}" for note in self.notes]
        return "\n\n".join([*self.caption, "\n".join(lines), *_lines(notes)]) + "\n"

    def csv(self) -> str:
        """All numbers with four decimals; an empty cell is one that does not exist."""
        output = io.StringIO()
        writer = csv.writer(output, lineterminator="\n")
        writer.writerow(field.name for field in dataclasses.fields(Row))
        for row in self.rows:
            writer.writerow(
                f"{value:.4f}" if isinstance(value, float) else value
                for value in dataclasses.astuple(row)
            )
        return output.getvalue()

    @property
    def parts(self) -> list[str]:
        """The parts that have rows, in order."""
        return list(dict.fromkeys(row.part for row in self.rows))

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
                _spread(row.ua_best, row.ua_best_sd),
                _signed(row.difference_best),
                _spread(row.ua_last, row.ua_last_sd),
                _signed(row.difference_last),
                str(row.collapsed),
            ]
        return header, list(lines.values())


def _alphas(row: Row) -> str:
    if row.alpha_at_best is None or row.alpha_last is None:
        return "-"
    return f"{row.alpha_at_best:.2f}/{row.alpha_last:.2f}"


def _spread(mean: float | None, sd: float | None) -> str:
    if mean is None:
        return "-"
    return f"{mean:.1f}" if sd is None else f"{mean:.1f}±{sd:.1f}"


def _signed(value: float | None) -> str:
    # Adding 0.0 turns a rounded -0.0 into +0.0.
    return "-" if value is None else f"{round(value, 1) + 0.0:+.1f}"


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
