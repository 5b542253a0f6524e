import itertools

import numpy as np
import pytest

from serjax.analysis.cells import summarise
from serjax.analysis.over_corpora import (
    check_family,
    corpora_needed,
    fewest_corpora,
    find_family,
    summarise_corpora,
)
from serjax.analysis.statistics import max_t_p
from tests.study.results import make_result

CORPORA = ("emodb", "emovo", "ravdess")


def make_runs(approach, uas):
    """Runs of a list of UAs, one per seed, by the corpus held out."""
    attributes = () if approach == "baseline" else ("corpus",)
    found = []
    for corpus, values in uas.items():
        for seed, value in enumerate(values):
            result = make_result(approach, attributes, seed=seed)
            result |= {"held_out": corpus, "ua": {corpus: value}}
            result |= {"ua_last": {corpus: value}, "collapsed": {corpus: False}}
            found.append({**result, "collapsed_last": {corpus: False}})
    return found


def summarised(**uas_of):
    results = [it for name, uas in uas_of.items() for it in make_runs(name, uas)]
    return {it.approach: it for it in summarise_corpora(summarise(results))}


def test_corpora_are_the_units_and_seeds_are_averaged_first():
    baseline = {"emodb": [50.0, 52.0], "emovo": [40.0, 40.0], "ravdess": [60.0, 60.0]}
    ganin = {"emodb": [52.0, 56.0], "emovo": [41.0, 41.0], "ravdess": [62.0, 62.0]}
    found = summarised(baseline=baseline, ganin=ganin)
    assert list(found) == ["ganin"]
    it = found["ganin"]
    assert it.by_corpus == {"emodb": 3.0, "emovo": 1.0, "ravdess": 2.0}
    # 3, 1, 2: mean 2, deviation 1; t of two degrees of freedom is 4.303.
    assert it.difference.interval == pytest.approx((2 - 2.4842, 2 + 2.4842), abs=1e-3)
    # Seeds of emodb differ by 2 and 4: variance 2, over three corpora 2/3; half of
    # that, for two seeds, is luck in the variance of 1 between means.
    assert it.sd_within == pytest.approx((2 / 3) ** 0.5)
    assert it.sd_between == pytest.approx((1 - 1 / 3) ** 0.5)
    assert it.p == 0.25  # all of one sign, and 2 of 8 flips are as far


def test_one_seed_tells_corpora_and_seeds_not_apart():
    one = {name: [50.0] for name in CORPORA}
    other = {"emodb": [51.0], "emovo": [53.0], "ravdess": [52.0]}
    it = summarised(baseline=one, ganin=other)["ganin"]
    assert (it.sd_between, it.sd_within) == (None, None)


def test_a_configuration_that_lacks_a_corpus_is_shown_and_not_tested():
    one = {name: [50.0] for name in CORPORA}
    coral = {"emodb": [51.0], "emovo": [53.0]}
    found = summarised(baseline=one, ganin=one, coral=coral)
    assert found["coral"].by_corpus == {"emodb": 1.0, "emovo": 3.0}
    assert (found["coral"].p, found["ganin"].p) == (None, 1.0)


def test_by_a_given_split_there_is_nothing_to_say():
    results = [make_result(), make_result("reversal", ("corpus",))]
    assert summarise_corpora(summarise(results)) == []


def test_the_family_is_chosen_without_results():
    names = [("reversal", "C"), ("reversal", "C+S"), ("reversal", "L"), ("ganin", "S")]
    # In bold for reversal are C, S and L among the single sets.
    kept = find_family("paper", names)
    assert ("reversal", "C") in kept and ("reversal", "L") in kept
    assert ("ganin", "S") in kept
    assert find_family("all", names) == names
    assert find_family("ganin S, reversal C", names) == [names[0], names[3]]
    check_family("ganin  S", names)
    with pytest.raises(ValueError, match="family.*reversal C, reversal C\\+S"):
        check_family("ganin S,reversal G", names)


def test_max_t_equals_what_all_flips_give_one_by_one():
    rng = np.random.default_rng(0)
    table = rng.normal(1, 2, (3, 5))

    def t_of(values):
        return abs(values.mean()) / (values.std(ddof=1) / 5**0.5)

    flips = [np.array(it) for it in itertools.product([-1, 1], repeat=5)]
    seen = np.array([t_of(row) for row in table])
    order = np.argsort(-seen)
    expected, highest = np.empty(3), 0.0
    for rank, row in enumerate(order):
        rest = order[rank:]
        largest = [max(t_of(table[it] * flip) for it in rest) for flip in flips]
        highest = max(highest, np.mean([it >= seen[row] - 1e-9 for it in largest]))
        expected[row] = highest
    assert max_t_p(table) == pytest.approx(expected)
    assert list(max_t_p(np.zeros((2, 4)))) == [1.0, 1.0]


def test_corpora_needed_grow_with_how_they_differ():
    assert fewest_corpora() == 6  # 2 / 2**6 is the first below 0.05
    assert corpora_needed(0.0) == 2
    # The textbook's: an effect of one deviation takes 10 pairs.
    assert corpora_needed(3.0) == 10
    assert corpora_needed(6.0) == 34
