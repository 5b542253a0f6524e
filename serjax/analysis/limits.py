"""What a study could not have found, whatever its results: too few seeds for so many."""

import math
from collections.abc import Sequence

from scipy import stats

from serjax.analysis.cells import Outcome
from serjax.analysis.statistics import LEVEL, smallest_sign_flip_p

_ALPHA = 1 - LEVEL


def describe_limits(outcomes: Sequence[Outcome], part: str) -> list[str]:
    """Say in sentences what could not have been found on a part.

    It follows from the numbers of seeds and of configurations, before any result.

    Args:
      outcomes: from `summarise`.
      part: test, or an unseen corpus.

    Returns:
      Nothing for a study of the baseline alone.
    """
    compared = [o for o in outcomes if o.part == part and o.approach != "baseline"]
    sizes = [o.best.difference.n for o in compared if o.best.difference]
    seeds = max(sizes, default=0)
    if not compared:
        return []
    if seeds == 0:
        return [
            f"{part}: no run has a finished baseline of its own seed beside it, so that "
            "there are no differences."
        ]
    num = sum(size == seeds for size in sizes) if seeds == 1 else _tested(sizes)
    cells = f"{num} configuration" + ("s" if num > 1 else "")
    needed = seeds_needed(num)
    if seeds == 1:
        return [
            f"{part}: with a single seed there is no interval and no test. A difference "
            "cannot be told from the luck of that seed; the sign-flip test over "
            f"{cells} needs {needed} seeds to find anything."
        ]
    smallest = smallest_sign_flip_p(seeds)
    ratio = stats.t.isf(_ALPHA / (2 * num), seeds - 1) / math.sqrt(seeds)
    sentences = [
        f"{part}: with {seeds} seeds and {cells} the t test finds, after Holm, a "
        f"difference that is about {ratio:.1f} times its own standard deviation over "
        "seeds, or larger."
    ]
    if smallest * num >= _ALPHA:
        sentences.append(
            f"{part}: with {seeds} seeds the sign-flip test's smallest p is "
            f"{smallest:.3g}, and after Holm {min(1.0, smallest * num):.3g}: none of "
            f"{cells} could have been significant by it. It takes {needed} seeds."
        )
    return sentences


def seeds_needed(num_configurations: int) -> int:
    """The fewest seeds with which a sign-flip test can be below 0.05 after Holm."""
    return math.floor(math.log2(2 * num_configurations / _ALPHA)) + 1


def _tested(sizes: Sequence[int]) -> int:
    return sum(size > 1 for size in sizes)
