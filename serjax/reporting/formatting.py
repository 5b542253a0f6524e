"""How numbers over seeds are written in a cell of a table, and parts in a name.

A `z` in a format writes what rounds to -0.0 as 0.0.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from serjax.analysis.statistics import MeanInterval, mean_interval
from serjax.reporting.elements import Cell

EPOCHS = ("best", "last")
"""The epoch of best validation UA, and the last one."""

Interval = tuple[float, float] | None


def per_epoch(heads: Iterable[str]) -> list[str]:
    """Write the heads of columns: `UA best`, `p best`, `UA last`, `p last`."""
    return [f"{head} {epoch}" for epoch in EPOCHS for head in heads]


def number_cell(
    value: float | None, form: str, interval: Interval = None, bold: bool = False
) -> Cell:
    """Write a number in a format, with its interval; `-` where there is none."""
    if value is None:
        return Cell("-")
    text = format(value, form)
    if interval:
        low, high = (format(end, form) for end in interval)
        text += f" [{low}, {high}]"
    return Cell(text, value, bold, interval)


def ua_cell(value: float | None, interval: Interval = None) -> Cell:
    """Write `54.7 [50.1, 59.3]`; `-` where there is no value."""
    return number_cell(value, "z.1f", interval)


def difference_cell(
    value: float | None, interval: Interval = None, bold: bool = False
) -> Cell:
    """Write `+2.1 [-0.5, +4.7]`; `-` where there is no value."""
    return number_cell(value, "+z.1f", interval, bold)


def p_cell(p: float | None, bold: bool = False) -> Cell:
    """Write `0.032`, `<0.001`; `-` where there was no test."""
    if p is None:
        return Cell("-")
    return Cell("<0.001" if p < 0.001 else f"{p:.3f}", p, bold)


def describe_alpha(mean: float | None, alphas: Iterable[float]) -> str:
    """Write `0.25`; of attributes that differ each, `0.25,0.10`; `-` for none."""
    each = [f"{it:.2f}" for it in alphas]
    whole = "-" if mean is None else f"{mean:.2f}"
    return ",".join(each) if len(set(each)) > 1 else whole


def describe_difference(difference: MeanInterval) -> str:
    """Write a difference in a sentence: `+2.1 (-0.5 to +4.7)`."""
    assert difference.mean is not None
    text = f"{difference.mean:+z.1f}"
    if difference.interval is None:
        return text
    low, high = difference.interval
    return f"{text} ({low:+z.1f} to {high:+z.1f})"


def mean_cell(values: Sequence[float], form: str = "z.1f") -> Cell:
    """Write a mean over seeds and half the width of its interval: `54.7 ± 4.6`."""
    found = mean_interval(values)
    if found.mean is None:
        return Cell("-")
    return Cell(describe_mean(found, form), found.mean, interval=found.interval)


def describe_mean(found: MeanInterval, form: str = "z.1f") -> str:
    """Write `54.7 ± 4.6`; without an interval the mean alone."""
    assert found.mean is not None
    text = format(found.mean, form)
    if found.interval is None:
        return text
    low, high = found.interval
    return f"{text} ± {format((high - low) / 2, form.removeprefix('+'))}"


def counted(number: int, noun: str) -> str:
    """Write `1 run`, `3 runs`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def count_values(records: Iterable[Mapping[str, str]]) -> dict[str, Counter[str]]:
    """Give name -> value -> in how many of the runs' records it stands."""
    found: dict[str, Counter[str]] = {}
    for record in records:
        for name, value in record.items():
            found.setdefault(name, Counter())[value] += 1
    return found


def describe_counts(counts: Mapping[str, int]) -> str:
    """Write `0.10.2 (5 runs), 0.11.0 (1 run)`."""
    return ", ".join(f"{it} ({counted(n, 'run')})" for it, n in counts.items())


def slug(part: str) -> str:
    """Write a part's name such that it can be in an anchor and a file name."""
    return re.sub(r"\W+", "-", part)
