"""What a benchmark leaves: rows in a record, a table, and two records compared."""

import math
from typing import Any

import msgspec

from serjax.config import require
from serjax.data.parts import aligned


class Row(msgspec.Struct, frozen=True):
    """One measured figure, with its twin's beside it where there is one."""

    what: str  # was measured, in words that no other row has
    value: float  # serjax's figure
    unit: str
    twin: float | None = None  # PyTorch's or librosa's figure, of the same run
    bar: float | None = None  # what must be reached, if anything
    aim: float | None = None  # what would be better still
    is_speedup: bool = False  # goals: of the speedup, at least, not the value, at most
    details: dict[str, Any] = {}

    def __post_init__(self) -> None:
        for figure in (self.value, self.twin or 0):
            require(math.isfinite(figure), self.what, figure, "a finite number")

    @property
    def speedup(self) -> float | None:
        """How many times faster than the twin; None without one."""
        return None if self.twin is None else self.twin / self.value

    @property
    def reached(self) -> str:
        """'aim', 'bar' or 'missed'; '' where nothing was asked or can be told."""
        found, sign = (self.speedup, 1) if self.is_speedup else (self.value, -1)
        if self.bar is None or found is None:
            return ""
        if self.aim is not None and sign * found >= sign * self.aim:
            return "aim"
        return "bar" if sign * found >= sign * self.bar else "missed"


class Record(msgspec.Struct, frozen=True):
    """Rows of all sections measured, and the facts about them."""

    facts: dict[str, Any]
    rows: list[Row]


def table_text(rows: list[Row]) -> str:
    """Lay out rows under their columns, a line for each."""
    table = [["", "serjax", "twin", "unit", "speedup", "bar", "aim", "reached"]]
    for it in rows:
        sign = ">=" if it.is_speedup else "<="
        goals = [f"{sign} {goal:.4g}" if goal else "-" for goal in (it.bar, it.aim)]
        figures = [_number(it.value), _number(it.twin), it.unit, _number(it.speedup)]
        table.append([it.what, *figures, *goals, it.reached])
    return aligned(table)


def comparison_text(old: Record, new: Record) -> str:
    """Lay out two records side by side, a line for each row of either.

    Of rows with a twin the speedups stand there as well: the twin was measured in the
    same run, so that they hold even where machines differ.
    """
    lines = [
        f"{age}: {it.facts.get('revision')}, {it.facts.get('date')}"
        for age, it in (("old", old), ("new", new))
    ]
    if old.facts.get("machine") != new.facts.get("machine"):
        lines.append(
            "The machines differ: only speedups over the twin can be compared."
        )
    table = [["", "old", "new", "unit", "new/old", "speedup old", "speedup new"]]
    before, after = ({(it.what, it.unit): it for it in x.rows} for x in (old, new))
    for what, unit in {**before, **after}:
        pair = before.get((what, unit)), after.get((what, unit))
        first, second = (it and it.value for it in pair)
        ratio = second / first if first and second is not None else None
        figures = first, second, ratio, *(it and it.speedup for it in pair)
        texts = [*map(_number, figures)]
        table.append([what, *texts[:2], unit, *texts[2:]])
    return "\n".join([*lines, "", aligned(table)])


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
