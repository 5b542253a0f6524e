"""How numbers over seeds are written in a cell of a table, and parts in a name.

A `z` in a format writes what rounds to -0.0 as 0.0.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from serjax.analysis.statistics import MeanInterval, mean_interval
from serjax.reporting.elements import Cell

EPOCHS = ("best", "last")
"""The epoch of best validation UA, and the last one."""

FEW_SEEDS = 5
"""Of fewer each one's value is shown: an interval of so few says less than they do."""

BRACKETS = (
    "in square brackets the 95 % interval over seeds, or, of fewer than five seeds, in "
    "round ones each seed's value"
)
HALF_WIDTH = (
    "± half the width of the 95 % t interval, or, of fewer than five seeds, each "
    "seed's value in brackets"
)
"""What captions say of means over seeds; `seeds_cell` and `mean_cell` write them."""

ABOUT_SVM = (
    "svm: a linear SVM on functionals; it has no epochs: best and last are one model.",
    "svm's seed changes nothing where there are more training rows than functionals.",
)
"""What a reader of a study with such runs must know."""

UA = "z.1f"
DIFFERENCE = "+z.1f"
"""How a UA and a difference of UAs are written."""

_PLUS_MINUS = " ± {half}"


def per_epoch(heads: Iterable[str]) -> list[str]:
    """Write the heads of columns: `UA best`, `p best`, `UA last`, `p last`."""
    return [f"{head} {epoch}" for epoch in EPOCHS for head in heads]


def number_cell(value: float | None, form: str, bold: bool = False) -> Cell:
    """Write a number in a format; `-` where there is none."""
    return Cell("-") if value is None else Cell(format(value, form), value, bold)


def p_cell(p: float | None) -> Cell:
    """Write `0.032`, `<0.001`; `-` where there was no test."""
    if p is None:
        return Cell("-")
    return Cell("<0.001" if p < 0.001 else f"{p:.3f}", p)


def seeds_cell(
    found: MeanInterval, form: str, mark: str = "", interval: str = " [{low}, {high}]"
) -> Cell:
    """Write `54.7* [50.1, 59.3]`, or `54.7 (53.0, 56.4)` of few seeds; `-` of none.

    The interval belongs to the cell in both cases.
    """
    if found.mean is None:
        return Cell("-")
    text = describe_mean(found, form, mark, interval)
    return Cell(text, found.mean, interval=found.interval)


def mean_cell(values: Sequence[float], form: str = UA) -> Cell:
    """Write a mean over seeds as `describe_mean` does; the CSV has its interval."""
    return seeds_cell(mean_interval(values), form, interval=_PLUS_MINUS)


def describe_mean(
    found: MeanInterval, form: str = UA, mark: str = "", interval: str = _PLUS_MINUS
) -> str:
    """Write `54.7 ± 4.6`, `54.7 (53.0, 56.4)` of few seeds; of one the mean alone."""
    text = f"{found.mean:{form}}{mark}"
    if 1 < found.n < FEW_SEEDS:
        return f"{text} ({', '.join(format(value, form) for value in found.values)})"
    if found.interval is None:
        return text
    low, high = found.interval
    half, signless = (high - low) / 2, form.removeprefix("+")
    return text + interval.format(
        half=format(half, signless), low=format(low, form), high=format(high, form)
    )


def describe_difference(difference: MeanInterval) -> str:
    """Write a difference in a sentence: `+2.1 (-0.5 to +4.7)`, `+2.1 (+0.4, +3.8)`."""
    return describe_mean(difference, DIFFERENCE, interval=" ({low} to {high})")


def describe_alpha(mean: float | None, alphas: Iterable[float]) -> str:
    """Write `0.25`; of attributes that differ each, `0.25,0.10`; `-` for none."""
    if mean is None:
        return "-"
    each = [f"{it:.2f}" for it in alphas]
    return ",".join(each) if len(set(each)) > 1 else f"{mean:.2f}"


def describe_scores(ua: Mapping[str, Any], collapsed: Mapping[str, Any]) -> str:
    """Write a run's UA by part: `test 71.2 %, tess 48.0 %, collapsed`; not of valid."""
    return ", ".join(
        f"{part} {it:.1f} %" + (", collapsed" if collapsed.get(part) else "")
        for part, it in ua.items()
        if part != "valid" and it is not None
    )


def join_names(names: Iterable[str], word: str = "and") -> str:
    """Write `a, b and c`; `none` of none."""
    *most, last = list(names) or ["none"]
    return f"{', '.join(most)} {word} {last}" if most else last


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
