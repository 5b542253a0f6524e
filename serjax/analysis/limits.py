"""What a study could not have found, whatever its results: it had too few seeds."""

import math
from collections.abc import Callable, Sequence

from scipy import stats

from serjax.analysis.cells import Outcome
from serjax.analysis.statistics import LEVEL, smallest_sign_flip_p

_ALPHA = 1 - LEVEL


def describe_limits(outcomes: Sequence[Outcome]) -> list[str]:
    """Say in sentences what could not have been found, and on which parts.

    It follows from the numbers of seeds and of configurations, before any result. There
    is nothing to say where every test could have rejected, or for the baseline alone.
    """
    return _by_sentence(outcomes, _limit)


def describe_power(outcomes: Sequence[Outcome]) -> list[str]:
    """Say how large a difference must be for the t test to find it, and where."""
    return _by_sentence(outcomes, _power)


def findable_points(outcomes: Sequence[Outcome]) -> float | None:
    """Give the mean difference, in points, from which the t test rejects after Holm.

    Of one part, by the standard deviation over seeds that its configurations share at
    the best epoch; None of fewer than two seeds, or where nothing differs.
    """
    tests = [o.best.difference for o in outcomes if o.best.difference.n > 1]
    variances = [it.sd**2 for it in tests if it.sd is not None]
    if not variances or not max(variances):
        return None
    sd = math.sqrt(sum(variances) / len(variances))
    return sd * _ratio(max(it.n for it in tests), len(tests))


def seeds_needed(num_configurations: int) -> int:
    """The fewest seeds with which a sign-flip test can be below 0.05 after Holm."""
    return math.floor(math.log2(2 * num_configurations / _ALPHA)) + 1


def _by_sentence(
    outcomes: Sequence[Outcome], say: Callable[[int, int], str]
) -> list[str]:
    """Say something of each part once, for all parts of which it is true."""
    parts: dict[str, list[str]] = {}
    for part in dict.fromkeys(outcome.part for outcome in outcomes):
        compared = [o for o in outcomes if o.part == part and o.approach != "baseline"]
        sizes = [outcome.best.difference.n for outcome in compared]
        seeds = max(sizes, default=0)
        # Of one seed all are counted, of more those that are tested.
        num = sum(size >= min(seeds, 2) for size in sizes)
        if compared and (text := say(seeds, num)):
            parts.setdefault(text, []).append(part)
    return [f"{', '.join(where)}: {sentence}" for sentence, where in parts.items()]


def _limit(seeds: int, num: int) -> str:
    cells = _configurations(num)
    if seeds == 0:
        return "no run has a finished baseline of its seed, so nothing is compared."
    if seeds == 1:
        return (
            "with a single seed there is no interval and no test; a difference cannot "
            f"be told from the luck of that seed. The sign-flip test over {cells} can "
            f"find nothing with fewer than {seeds_needed(num)} seeds."
        )
    smallest = smallest_sign_flip_p(seeds)
    if smallest * num < _ALPHA:
        return ""
    return (
        f"with {seeds} seeds the sign-flip test's smallest p is {smallest:.3g}, after "
        f"Holm over {cells} {min(1.0, smallest * num):.3g}; none could have been "
        f"significant by it. It takes {seeds_needed(num)} seeds."
    )


def _power(seeds: int, num: int) -> str:
    if seeds < 2:
        return ""
    ratio = _ratio(seeds, num)
    digits = 0 if ratio >= 10 else 1
    return (
        f"with {seeds} seeds and {_configurations(num)} a mean difference must be "
        f"about {ratio:.{digits}f} times its standard deviation over "
        "seeds to be significant by the t test after Holm."
    )


def _ratio(seeds: int, num: int) -> float:
    """The mean over its standard deviation that is significant, the first by Holm."""
    return float(stats.t.isf(_ALPHA / (2 * num), seeds - 1)) / math.sqrt(seeds)


def _configurations(num: int) -> str:
    return f"{num} configuration" + ("s" if num > 1 else "")
