"""Means over seeds with their intervals, paired tests, and many tests at once.

The t test is the primary one: it assumes that differences over seeds are about normal.
The sign-flip test beside it assumes only that they are symmetric about zero, and pays
for that: n seeds cannot give a p below 2 / 2**n.

Numbers: with 12 seeds, a difference of 5 points in one of 45 configurations and a
standard deviation of the paired differences of 3 points, the t test finds it after
Holm in 87 studies of a hundred, the sign-flip test in 73 (both
simulated in tests/analysis/test_power.py). Three seeds can find nothing by sign flips.
"""

import dataclasses
import functools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

LEVEL = 0.95
"""Of every interval; one less it is the p below which is spoken of significance."""

MAX_EXACT_SEEDS = 16
"""Up to so many seeds all 2**n sign flips are tried; of more, a sample is."""

ROUNDING = 1e-9
"""In points of UA, which is a ratio of counts: what is closer differs by rounding."""

_SAMPLED = 9999  # flips, where not all are tried


@dataclasses.dataclass(frozen=True)
class MeanInterval:
    """A mean over seeds; None is what so few, or such equal, values do not tell.

    Attributes:
      n: values.
      mean: None where there is no value.
      sd: standard deviation of the sample (n - 1); None below two values.
      interval: lower and upper end. None below two values, and where all are equal:
        no spread says nothing about what another seed would give.
      values: themselves, in their order.
    """

    n: int
    mean: float | None
    sd: float | None
    interval: tuple[float, float] | None
    values: tuple[float, ...]


@dataclasses.dataclass(frozen=True)
class PairedDifference(MeanInterval):
    """The mean of differences within pairs, tested against zero.

    Attributes:
      p: of the paired t test, two-sided. None below two pairs, and where all
        differences are the same but not zero; 1 where all are zero.
      p_sign_flip: of the sign-flip test, two-sided; None below two pairs.
      smallest_p: the smallest `p_sign_flip` that n pairs can give.
      exact: whether all sign flips were tried, not a sample of them.
    """

    p: float | None
    p_sign_flip: float | None
    smallest_p: float | None
    exact: bool


def mean_interval(values: ArrayLike, level: float = LEVEL) -> MeanInterval:
    """Average values, one per seed, with Student's t interval of the mean.

    Such intervals hold the true mean as often as `level`, if values are about normal.
    """
    array = np.asarray(values, float)
    n, known = len(array), tuple(array.tolist())
    mean = float(array.mean()) if n else None
    if n < 2:
        return MeanInterval(n, mean, None, None, known)
    if np.ptp(array) < ROUNDING:
        return MeanInterval(n, mean, 0.0, None, known)
    sd = float(array.std(ddof=1))
    # As scipy.stats.t.interval, which takes a millisecond: a report has thousands.
    low, high = special.stdtrit(n - 1, [(1 - level) / 2, (1 + level) / 2])
    error = sd / math.sqrt(n)
    ends = float(low * error + mean), float(high * error + mean)
    return MeanInterval(n, mean, sd, ends, known)


def paired_difference(values: ArrayLike, baseline: ArrayLike) -> PairedDifference:
    """Compare values with those of the baseline, pair by pair.

    The t test is Student's (1908) on the differences, the sign-flip test Fisher's
    (1935, Sec. 21). Both have a value per seed, in the same order.
    """
    differences = np.subtract(values, baseline, dtype=float)
    n = len(differences)
    tested = n > 1
    return PairedDifference(
        **dataclasses.asdict(mean_interval(differences)),
        p=_t_test(differences) if tested else None,
        p_sign_flip=float(sign_flip_p(differences)) if tested else None,
        smallest_p=smallest_sign_flip_p(n) if tested else None,
        exact=n <= MAX_EXACT_SEEDS,
    )


def sign_flip_p(differences: np.ndarray) -> np.ndarray:
    """Test differences against zero by flipping their signs; two-sided p.

    If an approach changes nothing, each pair's two values could as well be exchanged:
    p is the share of all 2**n such exchanges with a mean at least as far from zero.
    Past `MAX_EXACT_SEEDS` a sample of exchanges is drawn, always the same. As
    `scipy.stats.permutation_test(permutation_type="samples")`, which takes half a
    second for 16 seeds, and a table has hundreds of tests.

    Args:
      differences: float[..., n], n of 2 or more, which gives float[...].
    """
    n = differences.shape[-1]
    flipped = abs(differences @ _signs(n).T) / n
    # Flips that give the same mean but for rounding count as such.
    as_far = flipped >= abs(differences.mean(-1, keepdims=True)) - ROUNDING
    return _share(as_far, n)


def smallest_sign_flip_p(n: int) -> float:
    """The p of n differences of one sign: 2 / 2**n, or what a sample can show."""
    return 2 / 2**n if n <= MAX_EXACT_SEEDS else 1 / (_SAMPLED + 1)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust p values for how many there are (Holm, 1979).

    With m values, the k-th smallest is multiplied by m - k + 1, and none may be below
    a smaller one's. Rejecting where the result is below 0.05 makes at least one false
    rejection in at most 5 % of tables, however the tests depend on each other; here
    they share a baseline. Results are at most 1, in the order of the p values; None,
    where there was no test, stays None and is not counted in m.
    """
    known = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, index) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - rank)))
        adjusted[index] = highest
    return adjusted


def max_t_p(differences: np.ndarray) -> np.ndarray:
    """Test several means against zero together, by joint sign flips; two-sided p.

    Westfall and Young's step-down max-|t| (1993, Algorithm 4.1, with sign flips in
    place of resamples): a flip turns the differences of all rows alike in the same
    columns, so that how rows depend on each other is kept. The k-th largest |t| is
    compared with the largest of its own and all smaller ones'. Rejecting below 0.05
    makes at least one false rejection in at most 5 % of tables.

    Args:
      differences: float[rows, n], n of 2 or more; a row of zeros has p = 1.

    Returns:
      float[rows], adjusted. None is below `smallest_sign_flip_p(n)`.
    """
    n = differences.shape[1]
    squares = (differences**2).sum(1, keepdims=True)
    # |t| grows with |mean| / root of the mean square, which no flip can make infinite.
    scale = np.sqrt(n * np.where(squares > ROUNDING**2, squares, np.inf))
    seen = abs(differences.sum(1)) / scale[:, 0]
    order = np.argsort(-seen, kind="stable")
    flipped = abs(differences[order] @ _signs(n).T) / scale[order]
    largest = np.maximum.accumulate(flipped[::-1], axis=0)[::-1]
    as_far = largest >= seen[order, None] - ROUNDING
    p = _share(as_far, n)
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(p)
    return adjusted


def _share(as_far: np.ndarray, n: int) -> np.ndarray:
    """The share of flips, float[...], of bool[..., flips]."""
    if n <= MAX_EXACT_SEEDS:
        return as_far.mean(-1)
    return (1 + as_far.sum(-1)) / (1 + _SAMPLED)  # the observed one is one of them


@functools.lru_cache
def _signs(n: int) -> np.ndarray:
    """float[flips, n] of -1 and 1: all 2**n, or a sample, always the same."""
    if n > MAX_EXACT_SEEDS:
        return np.random.default_rng(0).choice([-1.0, 1.0], (_SAMPLED, n))
    return 1.0 - 2 * (np.arange(2**n)[:, None] >> np.arange(n) & 1)


def _t_test(differences: np.ndarray) -> float | None:
    if np.ptp(differences) < ROUNDING:
        return 1.0 if abs(differences).max() < ROUNDING else None
    # As scipy.stats.ttest_1samp, to the bit, which takes some milliseconds.
    n, mean = len(differences), differences.mean()
    variance = np.mean((differences - mean) ** 2) * (n / (n - 1))
    return float(2 * special.stdtr(n - 1, -abs(mean / np.sqrt(variance / n))))
