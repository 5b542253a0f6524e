from serjax.analysis.cells import summarise
from serjax.analysis.limits import describe_limits, describe_power, seeds_needed
from tests.study.results import make_result

SETS = (("corpus",), ("speaker",), ("gender",))


def outcomes(seeds, baselines=None, sets=SETS):
    results = [make_result(seed=s) for s in (seeds if baselines is None else baselines)]
    results += [
        make_result("reversal", names, seed=seed, test=61.0 + seed)
        for names in sets
        for seed in seeds
    ]
    return summarise(results)


def test_seeds_needed_are_the_fewest_that_can_reject():
    # 2 / 2**6 = 0.031 and 2 / 2**5 = 0.062; 45 x 2 / 2**11 = 0.044, and twice that.
    assert seeds_needed(1) == 6
    assert seeds_needed(45) == 11
    for num in range(1, 60):
        needed = seeds_needed(num)
        assert num * 2 / 2**needed < 0.05 <= num * 2 / 2 ** (needed - 1)


def test_three_seeds_could_find_nothing_by_sign_flips():
    (sentence,) = describe_limits(outcomes(range(3)))
    assert sentence == (
        "test, tess: with 3 seeds the sign-flip test's smallest p is 0.25, after Holm "
        "over 3 configurations 0.75; none could have been significant by it. It takes "
        "7 seeds."
    )
    # 2 / 2**6 x 3 = 0.094, 2 / 2**7 x 3 = 0.047.
    assert describe_limits(outcomes(range(6)))
    assert describe_limits(outcomes(range(7))) == []


def test_one_seed_has_no_test_at_all():
    (sentence,) = describe_limits(outcomes([0], sets=SETS[:1]))
    assert "with a single seed there is no interval and no test" in sentence
    assert "over 1 configuration can find nothing with fewer than 6 seeds" in sentence
    assert describe_power(outcomes([0])) == []


def test_without_a_baseline_nothing_is_compared():
    (sentence,) = describe_limits(outcomes([0, 1], baselines=[5]))
    assert "no run has a finished baseline of its seed" in sentence
    assert describe_limits(summarise([make_result()])) == []
    assert describe_limits([]) == []


def test_the_difference_that_the_t_test_can_find_is_told():
    # t of 1 - 0.05 / 6 with 3 degrees of freedom is 4.857, over sqrt(4): 2.4.
    (sentence,) = describe_power(outcomes(range(4)))
    assert "with 4 seeds and 3 configurations" in sentence
    assert "about 2.4 times its standard deviation" in sentence
    # t of 1 - 0.05 / 6 with 1 degree of freedom is 38.19, over sqrt(2): 27.
    (sentence,) = describe_power(outcomes(range(2)))
    assert "about 27 times its standard deviation" in sentence


def test_parts_with_fewer_pairs_have_a_sentence_of_their_own():
    results = [make_result(seed=seed) for seed in range(3)]
    results += [make_result("reversal", ("corpus",), seed=seed) for seed in range(3)]
    for result in results[:2]:
        result["ua"]["tess"] = result["ua_last"]["tess"] = None
    first, second = describe_limits(summarise(results))
    assert first.startswith("test: with 3 seeds")
    assert second.startswith("tess: with a single seed")
