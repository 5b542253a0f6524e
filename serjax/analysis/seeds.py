"""Means over seeds. Stands in for `serjax.analysis.statistics`."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from scipy import stats


@dataclasses.dataclass(frozen=True)
class MeanInterval:
    """A mean over seeds, with its 95 % t interval; None where there is none."""

    n: int
    mean: float | None
    interval: tuple[float, float] | None


def mean_interval(values: Sequence[float]) -> MeanInterval:
    """Average values, one per seed."""
    array = np.asarray(values, float)
    mean = float(array.mean()) if len(array) else None
    if mean is None or len(array) < 2 or np.ptp(array) < 1e-9:
        return MeanInterval(len(array), mean, None)
    low, high = stats.t.interval(0.95, len(array) - 1, mean, stats.sem(array))
    return MeanInterval(len(array), mean, (float(low), float(high)))
