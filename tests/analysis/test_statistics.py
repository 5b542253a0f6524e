from typing import Any

import numpy as np
import pytest
from scipy import stats

from serjax.analysis.statistics import (
    MAX_EXACT_SEEDS,
    holm,
    mean_interval,
    paired_difference,
    sign_flip_p,
    smallest_sign_flip_p,
)


def test_the_interval_of_a_mean_is_students():
    # Mean 2, sd 1, standard error 1/sqrt(3); t of 97.5 % with 2 degrees is 4.302653.
    summary = mean_interval([1.0, 2.0, 3.0])
    assert (summary.n, summary.mean, summary.sd) == (3, 2.0, 1.0)
    assert summary.interval == pytest.approx((2 - 2.484138, 2 + 2.484138))
    assert mean_interval([1.0, 2.0, 3.0], level=0.5).interval == pytest.approx(
        (2 - 0.816497 / 3**0.5, 2 + 0.816497 / 3**0.5)
    )


def test_one_value_has_no_interval_and_none_has_no_mean():
    one = mean_interval([4.0])
    assert (one.n, one.mean, one.sd, one.interval) == (1, 4.0, None, None)
    assert mean_interval([]).mean is None


def test_values_without_spread_have_no_interval():
    # 0.1 + 0.2 is not 0.3: what differs by rounding alone does not differ.
    summary = mean_interval([0.3, 0.1 + 0.2])
    assert (summary.sd, summary.interval) == (0.0, None)


def test_the_t_test_is_scipys_on_pairs():
    rng = np.random.default_rng(0)
    ours, baseline = rng.normal(60, 3, 8), rng.normal(58, 3, 8)
    result = paired_difference(ours, baseline)
    expected: Any = stats.ttest_rel(ours, baseline)
    assert result.p == pytest.approx(expected.pvalue)
    interval = expected.confidence_interval(0.95)
    assert result.interval == pytest.approx((interval.low, interval.high))


def test_sign_flips_are_counted_by_hand():
    # Of 8 sign patterns of 1, 2, 4 the sum is at least 5 in size for +++ (7), -++ (5)
    # and their opposites: 4 / 8.
    assert paired_difference([-1, 2, 4], [0, 0, 0]).p_sign_flip == 0.5
    # All of one sign: +++ and --- alone, 2 / 8.
    result = paired_difference([1, 2, 4], [0, 0, 0])
    assert result.p_sign_flip == result.smallest_p == 0.25
    assert result.exact


def test_sign_flips_agree_with_scipys_permutation_test():
    differences = np.random.default_rng(1).normal(0.4, 1, (5, 9))
    differences[0] = [1, 1, 1, 1, -1, -1, 2, 2, 2]  # with ties
    expected: Any = stats.permutation_test(
        (differences,),
        lambda values, axis: values.mean(axis),
        permutation_type="samples",
        n_resamples=2**9,
        axis=-1,
    )
    assert sign_flip_p(differences) == pytest.approx(expected.pvalue)


def test_many_seeds_are_sampled_and_always_the_same():
    n = MAX_EXACT_SEEDS + 14  # no flip of the sample gives all one sign
    ours = np.random.default_rng(2).normal(0.5, 1, n)
    first, second = (paired_difference(ours, np.zeros(n)) for _ in range(2))
    assert not first.exact
    assert first == second
    assert first.p_sign_flip == pytest.approx(first.p, abs=0.02)
    assert first.smallest_p == smallest_sign_flip_p(n) == 1 / 10_000
    assert paired_difference(ours - 9, np.zeros(n)).p_sign_flip == first.smallest_p


def test_few_or_equal_differences_are_not_tested():
    for n in (0, 1):
        result = paired_difference([3.0] * n, [1.0] * n)
        assert (result.p, result.p_sign_flip, result.smallest_p) == (None, None, None)
    same = paired_difference([33.3, 33.3], [33.3, 33.3])
    assert (same.mean, same.interval) == (0.0, None)
    assert (same.p, same.p_sign_flip) == (1.0, 1.0)
    shifted = paired_difference([3.0, 3.0], [1.0, 1.0])
    assert (shifted.p, shifted.interval, shifted.p_sign_flip) == (None, None, 0.5)


def test_holm_by_hand():
    # 0.01 x 4; 0.02 x 3; then 0.03 x 2 = 0.06; 0.04 x 1, but not below 0.06.
    adjusted = holm([0.04, 0.01, 0.03, 0.02])
    assert adjusted == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_cells_without_a_test_do_not_count_for_holm():
    assert holm([None, 0.02, None, 0.5]) == [None, 0.04, None, 0.5]
