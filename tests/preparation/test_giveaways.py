import dataclasses

import numpy as np
import pytest

from serjax.data import Recording
from serjax.preparation.giveaways import (
    FEW,
    best_threshold,
    find_giveaways,
    warn_of_giveaways,
    write_giveaways,
)

PLAIN = Recording(16_000, 1, 2.0, level_db=-20.0, lead_s=0.1, trail_s=0.1)


def recordings(**values):
    """One recording for each value of one measure."""
    ((name, numbers),) = values.items()
    return [dataclasses.replace(PLAIN, **{name: number}) for number in numbers]


def test_the_best_threshold_of_overlapping_rows_is_the_worked_one():
    # Inside 1 2 3 6, outside 4 5 7 8. A cut between 3 and 4 has 3/4 of the ones inside
    # below it, and all others above: (3/4 + 1) / 2.
    values = np.array([1.0, 2, 3, 6, 4, 5, 7, 8])
    inside = np.arange(8) < 4
    assert best_threshold(values, inside) == (3.5, False, 0.875)
    assert best_threshold(-values, inside) == (-3.5, True, 0.875)


def test_equal_values_are_never_cut_apart():
    # Inside 1 1 2, outside 1 2 2: the only cut there is has 2/3 and 2/3.
    values = np.array([1.0, 1, 2, 1, 2, 2])
    found = best_threshold(values, np.arange(6) < 3)
    assert found is not None
    assert found == (1.5, False, pytest.approx(2 / 3))
    assert best_threshold(np.ones(4), np.arange(4) < 2) is None


def test_sizes_do_not_weigh():
    # 1 of 1 inside, 98 of 99 outside.
    values = np.array([0.0] + [0.0] + [1.0] * 98)
    found = best_threshold(values, np.arange(100) < 1)
    assert found == (0.5, False, pytest.approx((1 + 98 / 99) / 2))


def test_each_corpus_is_held_against_all_others():
    rows = recordings(lead_s=[0.0, 0.1, 1.0, 1.1, 2.0, 2.1])
    found = find_giveaways(["a", "a", "b", "b", "c", "c"], rows)
    assert [(it.corpus, it.measure) for it in found] == [
        ("a", "lead_s"),
        ("b", "lead_s"),
        ("c", "lead_s"),
    ]
    assert (found[0].threshold, found[0].above) == (pytest.approx(0.55), False)
    assert (found[2].threshold, found[2].above) == (pytest.approx(1.55), True)
    # One cut cannot tell the middle from both sides: 1 and 1/2.
    assert [it.balanced_accuracy for it in found] == [1.0, 0.75, 1.0]


def test_of_two_corpora_one_line_tells_both_and_another_what_it_means():
    corpora = ["a", "a", "b"] * FEW
    found = find_giveaways(corpora, recordings(level_db=[-40.0, -38.0, -20.0] * FEW))
    first, meaning = warn_of_giveaways(found, 16_000)
    assert first == "a is told from b by level under -29.0 dB (1.00)."
    assert "log_floor" in meaning


@pytest.mark.parametrize(
    ("values", "accuracy"),
    [
        # Hardly better than chance; and of few utterances, told apart by chance.
        ([[0.0, 0.1, 0.2, 0.3] * FEW, [0.1, 0.2, 0.3, 0.4] * FEW], 0.625),
        ([[0.0] * (FEW - 1), [1.0] * FEW], 1),
    ],
)
def test_what_tells_little_is_not_told(values, accuracy):
    corpora = ["a"] * len(values[0]) + ["b"] * len(values[1])
    found = find_giveaways(corpora, recordings(lead_s=values[0] + values[1]))
    assert found[0].balanced_accuracy == pytest.approx(accuracy)
    assert warn_of_giveaways(found, 16_000) == []


def test_a_sample_rate_is_told_with_what_resampling_leaves_of_it():
    corpora = ["a", "b"] * FEW
    high = find_giveaways(corpora, recordings(sample_rate_hz=[44_100, 48_000] * FEW))
    line, meaning = warn_of_giveaways(high, 16_000)
    assert line == "a is told from b by sample rate under 46,050 Hz (1.00)."
    assert "Files are resampled to 16,000 Hz" in meaning


def test_the_table_has_a_line_per_corpus_and_measure(tmp_path):
    found = find_giveaways(["a", "b"], recordings(lead_s=[0.0, 1.0]))
    write_giveaways(tmp_path / "giveaways.csv", found)
    assert find_giveaways(["a", "a"], recordings(lead_s=[0.0, 1.0])) == ()
    assert (tmp_path / "giveaways.csv").read_text() == (
        "corpus,measure,threshold,above,balanced_accuracy,rows,other_rows\n"
        "a,lead_s,0.5,false,1.000000,1,1\n"
        "b,lead_s,0.5,true,1.000000,1,1\n"
    )
