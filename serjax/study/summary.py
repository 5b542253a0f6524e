"""From the runs' results to the numbers of the table: means, deviations, differences.

A result is the dictionary of a run's result.json.
"""

import dataclasses
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from serjax.config import APPROACHES, attribute_set_name

Result = Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Row:
    """UA of one approach with one attribute set on one part, over the seeds.

    UA and its differences are in percent. Differences are to the baseline of the same
    seed at the same choice of epoch (best or last), averaged over the seeds that have
    both. Deviations are the sample's (n - 1), and None when one seed ran.
    """

    approach: str
    attributes: str
    part: str
    n: int
    failed: int
    ua_best: float | None
    ua_best_sd: float | None
    difference_best: float | None
    difference_best_sd: float | None
    alpha_at_best: float | None
    ua_last: float | None
    ua_last_sd: float | None
    difference_last: float | None
    difference_last_sd: float | None
    alpha_last: float | None
    collapsed: int


def summarise(results: Sequence[Result], failed: Sequence[Result] = ()) -> list[Row]:
    """Average results over seeds, beside the baseline of the same seeds.

    Args:
      results: of finished runs, with the keys of result.json.
      failed: of runs that failed: `approach`, `attributes`, `seed` and `error`.

    Returns:
      A row per approach, attribute set and part (test, then each unseen corpus), in the
      order of `APPROACHES` and then of the results.
    """
    names: dict[tuple[str, str], None] = {}
    for result in [*results, *failed]:
        names.setdefault(_name(result))
    ordered = sorted(names, key=lambda name: APPROACHES.index(name[0]))
    baselines = {r["seed"]: r for r in results if r["approach"] == "baseline"}
    return [
        _row(
            name,
            part,
            [result for result in results if _name(result) == name],
            baselines,
            sum(_name(result) == name for result in failed),
        )
        for name in ordered
        for part in parts_of(results)
    ]


def parts_of(results: Sequence[Result]) -> list[str]:
    """The parts of a table: test and every out-of-domain corpus; never valid."""
    parts = dict.fromkeys(part for result in results for part in result["ua"])
    unseen = [part for part in parts if part not in ("valid", "test")]
    return ["test", *unseen]


def _name(result: Result) -> tuple[str, str]:
    return result["approach"], attribute_set_name(result["attributes"])


def _row(
    name: tuple[str, str],
    part: str,
    results: Sequence[Result],
    baselines: Mapping[int, Result],
    failed: int,
) -> Row:
    def moments(values: list[float | None]) -> tuple[float | None, float | None]:
        known = [value for value in values if value is not None]
        mean = statistics.fmean(known) if known else None
        return mean, statistics.stdev(known) if len(known) > 1 else None

    def ua(key: str) -> tuple[float | None, float | None]:
        return moments([result[key].get(part) for result in results])

    def difference(key: str) -> tuple[float | None, float | None]:
        if name[0] == "baseline":
            return None, None
        pairs = [
            (result[key].get(part), baselines[result["seed"]][key].get(part))
            for result in results
            if result["seed"] in baselines
        ]
        return moments([a - b for a, b in pairs if a is not None and b is not None])

    ua_best, ua_best_sd = ua("ua")
    ua_last, ua_last_sd = ua("ua_last")
    difference_best, difference_best_sd = difference("ua")
    difference_last, difference_last_sd = difference("ua_last")
    uses_alpha = name[0] != "baseline"
    alphas = {
        key: moments([result[key] for result in results])[0] if uses_alpha else None
        for key in ("alpha_at_best", "alpha_last")
    }
    return Row(
        *name,
        part=part,
        n=len(results),
        failed=failed,
        ua_best=ua_best,
        ua_best_sd=ua_best_sd,
        difference_best=difference_best,
        difference_best_sd=difference_best_sd,
        ua_last=ua_last,
        ua_last_sd=ua_last_sd,
        difference_last=difference_last,
        difference_last_sd=difference_last_sd,
        collapsed=sum(bool(result["collapsed"].get(part)) for result in results),
        **alphas,
    )
