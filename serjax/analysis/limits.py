"""What a study could not have found, whatever its results: it had too few seeds."""

import math
from collections.abc import Sequence

from scipy import stats

from serjax.analysis.cells import Outcome
from serjax.analysis.statistics import LEVEL, smallest_sign_flip_p

_ALPHA = 1 - LEVEL


def describe_limits(outcomes: Sequence[Outcome]) -> list[str]:
    """Say in sentences what could not have been found, and on which parts.

    It follows from the numbers of seeds and of configurations, before any result.

    Args:
      outcomes: from `summarise`.

    Returns:
      Nothing for a study of the baseline alone.
    """
    parts: dict[str, list[str]] = {}
    for part in dict.fromkeys(outcome.part for outcome in outcomes):
        for sentence in _limits(outcomes, part):
            parts.setdefault(sentence, []).append(part)
    return [f"{', '.join(where)}: {sentence}" for sentence, where in parts.items()]


def seeds_needed(num_configurations: int) -> int:
    """The fewest seeds with which a sign-flip test can be below 0.05 after Holm."""
    return math.floor(math.log2(2 * num_configurations / _ALPHA)) + 1


def _limits(outcomes: Sequence[Outcome], part: str) -> list[str]:
    compared = [o for o in outcomes if o.part == part and o.approach != "baseline"]
    sizes = [o.best.difference.n for o in compared if o.best.difference]
    seeds = max(sizes, default=0)
    if not compared:
        return []
    if seeds == 0:
        return ["no run has a finished baseline of its seed, so nothing is compared."]
    num = sum(size >= min(seeds, 2) for size in sizes)
    cells = f"{num} configuration" + ("s" if num > 1 else "")
    if seeds == 1:
        return [
            "with a single seed there is no interval and no test; a difference cannot "
            f"be told from the luck of that seed. The sign-flip test over {cells} can "
            f"find nothing with fewer than {seeds_needed(num)} seeds."
        ]
    smallest = smallest_sign_flip_p(seeds)
    ratio = stats.t.isf(_ALPHA / (2 * num), seeds - 1) / math.sqrt(seeds)
    sentences = [
        f"with {seeds} seeds and {cells} a mean difference must be about {ratio:.2g} "
        "times its standard deviation over seeds to be significant by the t test "
        "after Holm."
    ]
    if smallest * num >= _ALPHA:
        sentences.append(
            f"with {seeds} seeds the sign-flip test's smallest p is {smallest:.3g}, "
            f"after Holm over {cells} {min(1.0, smallest * num):.3g}; none could have "
            f"been significant by it. It takes {seeds_needed(num)} seeds."
        )
    return sentences
