import pytest

from serjax.analysis.cells import summarise
from serjax.analysis.criteria import (
    beats_baseline,
    by_attribute,
    consistency,
    unseen_parts,
)
from tests.study.results import make_result

# Mean differences on two unseen corpora over two seeds, by configuration.
GAINS = {
    ("multitask", ("corpus",)): {"tess": (2.0, 4.0), "crema-d": (-1.0, 0.0)},
    ("reversal", ("corpus",)): {"tess": (1.0, 3.0), "crema-d": (4.0, -2.0)},
    ("reversal", ("corpus", "speaker")): {"tess": (1.0, 1.0), "crema-d": (2.0, 4.0)},
    ("reversal", ("gender",)): {"tess": (0.0, 0.0), "crema-d": (5.0, 5.0)},
}


@pytest.fixture
def outcomes():
    results = []
    for seed in (0, 1):
        results.append(make_result(seed=seed, last=-3.0))
        for (approach, names), gains in GAINS.items():
            results.append(make_result(approach, names, seed=seed))
            for part, gain in gains.items():
                results[-1]["ua"][part] = results[-1]["ua_last"][part] = 50 + gain[seed]
    for result in results:
        for key in ("ua", "ua_last"):
            result[key].setdefault("crema-d", result[key]["tess"])
    return summarise(results)


def test_the_papers_criterion_asks_for_all_unseen_corpora(outcomes):
    assert unseen_parts(outcomes) == ["tess", "crema-d"]
    records = {it.name: it for it in beats_baseline(outcomes, ["tess", "crema-d"])}
    assert len(records) == 4
    above = [name for name, record in records.items() if record.in_all]
    # Means 2 and 1; 1 and 3. The first fails on crema-d; a tie on tess is not above.
    assert above == ["reversal C", "reversal C+S"]
    assert records["reversal C"].differences == (2.0, 1.0)
    # Seed 1 is below on crema-d.
    assert (records["reversal C"].seeds_in_all, records["reversal C"].seeds) == (1, 2)
    assert records["reversal C+S"].seeds_in_all == 2


def test_the_last_epoch_and_the_in_domain_data_are_asked_alike(outcomes):
    # The baseline loses 3 points by the last epoch, the others nothing.
    last = beats_baseline(outcomes, ["tess", "crema-d"], "last")
    assert all(record.in_all for record in last)
    in_domain = beats_baseline(outcomes, ["test"])
    assert [record.in_all for record in in_domain] == [False] * 4


def test_rounding_is_not_above_the_baseline():
    results = [make_result(test=0.3), make_result("reversal", ("corpus",))]
    results[1]["ua"]["test"] = 0.1 + 0.2
    assert results[1]["ua"]["test"] > results[0]["ua"]["test"]
    (record,) = beats_baseline(summarise(results), ["test"])
    assert (record.in_all, record.seeds_in_all) == (False, 0)


def test_consistency_is_the_spread_over_sets(outcomes):
    spread = consistency(outcomes, ["tess"])["reversal"]
    # 2, 1 and 0.
    assert (spread.num, spread.above, spread.mean) == (3, 2, 1.0)
    assert (spread.sd, spread.low, spread.high) == (1.0, 0.0, 2.0)
    alone = consistency(outcomes, ["tess"])["multitask"]
    assert (alone.num, alone.mean, alone.sd) == (1, 3.0, None)
    both = consistency(outcomes, ["tess", "crema-d"])["reversal"]
    # 1.5, 2 and 2.5.
    assert (both.above, both.mean, both.sd) == (2, 2.0, 0.5)


def test_an_attribute_is_judged_by_the_sets_that_contain_it(outcomes):
    spreads = by_attribute(outcomes, ["tess"])
    assert set(spreads) == {
        ("multitask", "C"),
        ("reversal", "C"),
        ("reversal", "S"),
        ("reversal", "G"),
    }
    assert (spreads["reversal", "C"].num, spreads["reversal", "C"].mean) == (2, 1.5)


def test_what_lacks_a_corpus_is_not_judged_on_all():
    results = [make_result(), make_result("reversal", ("corpus",), tess=None)]
    assert beats_baseline(summarise(results), ["tess"]) == []
    assert len(beats_baseline(summarise(results), ["test"])) == 1
    assert beats_baseline(summarise(results), []) == []
