"""How numbers over seeds are written in a cell of a table, and parts in a name."""

import re

from serjax.analysis.statistics import MeanInterval
from serjax.reporting.elements import Cell

Interval = tuple[float, float] | None


def ua_cell(value: float | None, interval: Interval = None, bold: bool = False) -> Cell:
    """Write `54.7 [50.1, 59.3]`; `-` where there is no value."""
    return _cell(value, interval, "{:.1f}", bold)


def difference_cell(
    value: float | None, interval: Interval = None, bold: bool = False
) -> Cell:
    """Write `+2.1 [-0.5, +4.7]`; `-` where there is no value."""
    return _cell(value, interval, "{:+.1f}", bold)


def p_cell(p: float | None, bold: bool = False) -> Cell:
    """Write `0.032`, `<0.001`; `-` where there was no test."""
    if p is None:
        return Cell("-")
    return Cell("<0.001" if p < 0.001 else f"{p:.3f}", p, bold)


def describe_difference(difference: MeanInterval) -> str:
    """Write a difference in a sentence: `+2.1 (-0.5 to +4.7)`."""
    assert difference.mean is not None
    text = _rounded("{:+.1f}", difference.mean)
    if difference.interval is None:
        return text
    low, high = (_rounded("{:+.1f}", end) for end in difference.interval)
    return f"{text} ({low} to {high})"


def slug(part: str) -> str:
    """Write a part's name such that it can be in an anchor and a file name."""
    return re.sub(r"\W+", "-", part)


def _cell(value: float | None, interval: Interval, form: str, bold: bool) -> Cell:
    if value is None:
        return Cell("-")
    text = _rounded(form, value)
    if interval:
        text += f" [{_rounded(form, interval[0])}, {_rounded(form, interval[1])}]"
    return Cell(text, value, bold, interval)


def _rounded(form: str, value: float) -> str:
    # Adding 0.0 turns a rounded -0.0 into 0.0.
    return form.format(round(value, 1) + 0.0)
