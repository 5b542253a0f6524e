"""Simulated studies: 45 configurations that share a baseline, one per seed.

`sd` is the standard deviation of a paired difference, in points of UA. Both sides of it
vary alike, so that the differences of two configurations correlate by one half.
"""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from serjax.analysis.statistics import (
    holm,
    max_t_p,
    mean_interval,
    paired_difference,
    sign_flip_p,
)

CELLS = 45


def simulate(studies: int, seeds: int, sd: float = 3.0) -> np.ndarray:
    """Draw float[studies, CELLS, seeds]: differences from the baseline, no effect."""
    rng = np.random.default_rng(seeds)
    runs = rng.normal(0, sd / 2**0.5, (studies, CELLS + 1, seeds))
    return runs[:, 1:] - runs[:, :1]


def t_test(differences: np.ndarray) -> np.ndarray:
    result: Any = stats.ttest_1samp(differences, 0.0, axis=-1)
    return result.pvalue


def rejections(p_values: np.ndarray) -> np.ndarray:
    """bool[studies, CELLS]: which cells Holm rejects at 5 %."""
    return np.array([holm(list(row)) for row in p_values], float) < 0.05


@pytest.mark.parametrize("seeds", [3, 12])
def test_a_study_without_an_effect_rejects_at_no_more_than_its_level(seeds):
    differences = simulate(2000, seeds)
    p = t_test(differences)
    one = differences[0, 0]
    assert paired_difference(one, 0 * one).p == pytest.approx(p[0, 0])
    # Standard errors: sqrt(0.05 x 0.95 / 2000) = 0.005; 0.003 and less for the cells,
    # which are 90,000 but correlate within a study.
    familywise = rejections(p).any(1).mean()
    print(f"{seeds} seeds, no effect: a rejection in {familywise:.2%} of studies")
    assert familywise <= 0.05 + 3 * 0.005
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.01)


def test_sign_flips_of_three_seeds_never_reject():
    p = sign_flip_p(simulate(200, 3))
    assert p.min() == 0.25
    assert not rejections(p).any()


def test_sign_flips_of_twelve_seeds_keep_their_level():
    p = sign_flip_p(simulate(1000, 12)[:, 0])
    # Exact: at most 5 %; the standard error of 1000 studies is 0.007.
    assert (p < 0.05).mean() <= 0.05 + 3 * 0.007
    assert (p < 0.05).mean() > 0.02


def test_five_points_in_one_of_45_cells_are_found_with_twelve_seeds():
    differences = simulate(1000, 12)
    differences[:, 7] += 5.0
    p = t_test(differences)
    found = rejections(p)
    print(f"5 points, 12 seeds, t test: found in {found[:, 7].mean():.1%}")
    assert found[:, 7].mean() >= 0.85
    others = np.delete(found, 7, axis=1)
    assert others.any(1).mean() <= 0.05 + 3 * 0.007


def test_sign_flips_find_the_same_five_points_less_often():
    differences = simulate(400, 12)[:, 7] + 5.0
    # Holm's factor for a cell with the smallest p; no other is smaller, but by luck.
    found = (CELLS * sign_flip_p(differences) < 0.05).mean()
    # 0.00049 and 0.00098 are the two smallest p of 12 seeds, and 0.05 / 45 = 0.0011.
    print(f"5 points, 12 seeds, sign flips: found in {found:.1%}")
    assert 0.65 <= found < 0.85


def simulate_corpora(studies: int, corpora: int, effect: float) -> np.ndarray:
    """Draw float[studies, 4, corpora] for four configurations; the first has an effect.

    Each corpus' difference varies by 3 points, half of it the baseline's share.
    """
    rng = np.random.default_rng(corpora)
    runs = rng.normal(0, 3 / 2**0.5, (studies, 5, corpora))
    differences = runs[:, 1:] - runs[:, :1]
    differences[:, 0] += effect
    return differences


@pytest.mark.parametrize(("corpora", "least"), [(6, 0.40), (8, 0.80)])
def test_max_t_over_corpora_keeps_its_level_and_finds_more_than_holm(corpora, least):
    p = np.array([max_t_p(it) for it in simulate_corpora(1000, corpora, 0.0)])
    familywise = (p < 0.05).any(1).mean()
    assert familywise <= 0.05 + 3 * 0.007
    differences = simulate_corpora(1000, corpora, 5.0)
    found = np.array([max_t_p(it) for it in differences]) < 0.05
    by_holm = rejections(sign_flip_p(differences))
    power, plain = found[:, 0].mean(), by_holm[:, 0].mean()
    print(f"{corpora} corpora, no effect: a rejection in {familywise:.1%} of studies")
    print(f"{corpora} corpora, 5 points: {power:.1%}, Holm over sign flips {plain:.1%}")
    assert power >= least and power > plain + 0.1
    assert found[:, 1:].any(1).mean() <= 0.05 + 3 * 0.007


def test_fewer_than_six_corpora_never_reject():
    p = np.array([max_t_p(it) for it in simulate_corpora(200, 5, 50.0)])
    assert p.min() == 2 / 2**5


def test_an_interval_over_four_corpora_covers_as_often_as_it_says():
    ends = np.array(
        [mean_interval(it[0]).interval for it in simulate_corpora(2000, 4, 0.0)]
    )
    covered = ((ends[:, 0] < 0) & (ends[:, 1] > 0)).mean()
    assert covered == pytest.approx(0.95, abs=3 * 0.005)
