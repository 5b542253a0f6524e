"""The paper's own criteria (Sec. 5 and 6): better on all unseen corpora, consistency.

They are counts over everything that was run; nothing is picked by its result and then
shown as if it had not been. They ask for no significance, so that luck alone fulfils
them too: of configurations that change nothing, one in 2**k is above the baseline on
k corpora, and more where the corpora's luck goes together.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from serjax.analysis.cells import MEAN, Outcome
from serjax.analysis.statistics import ROUNDING


@dataclasses.dataclass(frozen=True)
class Beats:
    """How one configuration stands to the baseline on several parts at once.

    Attributes:
      differences: mean difference on each part, in points of UA.
      in_all: whether it is above the baseline on every part, by the means.
      seeds: how many have it and the baseline on every part.
      seeds_in_all: in how many of them it is above the baseline on every part.
    """

    approach: str
    attributes: str
    differences: tuple[float, ...]
    in_all: bool
    seeds: int
    seeds_in_all: int

    @property
    def name(self) -> str:
        """`reversal C+S`, `svm`."""
        return f"{self.approach} {self.attributes}".removesuffix(" -")


@dataclasses.dataclass(frozen=True)
class Spread:
    """Mean differences of several configurations from the baseline, in points of UA.

    Attributes:
      num: configurations.
      above: how many are above the baseline.
      mean: of their mean differences.
      sd: their standard deviation (n - 1): how much it matters which set is taken; None
        of one.
      low, high: the smallest and the largest.
    """

    num: int
    above: int
    mean: float
    sd: float | None
    low: float
    high: float


def unseen_parts(outcomes: Sequence[Outcome]) -> list[str]:
    """The unseen corpora among the parts."""
    others = ("test", MEAN)
    return [p for p in dict.fromkeys(o.part for o in outcomes) if p not in others]


def beats_baseline(
    outcomes: Sequence[Outcome], parts: Sequence[str], epoch: str = "best"
) -> list[Beats]:
    """Ask of every configuration whether it is above the baseline on all parts.

    "Consistently better than the baseline across the two corpora" (Sec. 5) is this
    with the unseen corpora, by the mean over seeds; the paper has one seed. With
    `["test"]` it is of the in-domain data. A configuration that has no difference on
    one of the parts is left out.
    """
    found: dict[tuple[str, str], dict[str, Mapping[int, float]]] = {}
    for outcome in outcomes:
        cell = outcome.at(epoch)
        if outcome.part in parts and cell.by_seed:
            name = (outcome.approach, outcome.attributes)
            found.setdefault(name, {})[outcome.part] = cell.by_seed
    records = []
    for name, by_part in found.items():
        if set(by_part) != set(parts):
            continue
        columns = [by_part[part] for part in parts]
        means = tuple(float(np.mean(list(column.values()))) for column in columns)
        seeds = set.intersection(*map(set, columns))
        in_all = min(means) > ROUNDING
        seeds_in_all = sum(all(c[s] > ROUNDING for c in columns) for s in seeds)
        records.append(Beats(*name, means, in_all, len(seeds), seeds_in_all))
    return records


def consistency(
    outcomes: Sequence[Outcome], parts: Sequence[str], epoch: str = "best"
) -> dict[str, Spread]:
    """Spread each approach over its attribute sets (Sec. 6, "most consistent").

    The parts' differences are averaged within a set first; above is above on all parts.
    """
    return _spreads(beats_baseline(outcomes, parts, epoch), lambda it: [it.approach])


def by_attribute(
    outcomes: Sequence[Outcome], parts: Sequence[str], epoch: str = "best"
) -> dict[tuple[str, str], Spread]:
    """Spread each approach over the sets with an attribute, by its letter (Sec. 6)."""
    return _spreads(
        beats_baseline(outcomes, parts, epoch),
        lambda it: [(it.approach, letter) for letter in it.attributes.split("+")],
    )


def _spreads(
    records: Sequence[Beats], keys_of: Callable[[Beats], list[Any]]
) -> dict[Any, Spread]:
    groups: dict[Any, list[Beats]] = {}
    for record in records:
        for key in keys_of(record):
            groups.setdefault(key, []).append(record)
    spreads = {}
    for key, group in groups.items():
        means = [float(np.mean(record.differences)) for record in group]
        spreads[key] = Spread(
            num=len(means),
            above=sum(record.in_all for record in group),
            mean=float(np.mean(means)),
            sd=float(np.std(means, ddof=1)) if len(means) > 1 else None,
            low=min(means),
            high=max(means),
        )
    return spreads
