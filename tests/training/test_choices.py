import numpy as np
import pytest

from serjax.config import Config, Role, make_config
from serjax.methods import METHODS
from serjax.training.choices import make_choices, mean_strength, strengths_at

NAMES = ("corpus", "speaker", "gender", "language")
ALL = tuple(METHODS.values())


def choices_of(config, epoch):
    return make_choices(config, ALL, NAMES, epoch)


def row_of(name):
    return list(METHODS).index(name)


def test_the_baseline_chooses_nothing():
    choices = choices_of(Config(), 0)
    assert not choices.chosen.any() and not choices.strengths.any()
    assert choices.scales.tolist() == [-1, -1, -1, -1]
    assert mean_strength(Config(), ALL, 10) == 0


@pytest.mark.parametrize(
    ("approach", "strength", "weight", "scale"),
    [
        ("multitask", 0.1, 0.1, -1),
        ("reversal", 0.5, 0.5, 1),
        ("adversarial", 0.5, 0.5, -1),
        ("ganin", 0.9999092, 1.0, 0.9999092),  # 2 / (1 + exp(-10)) - 1
    ],
)
def test_an_approach_shares_its_strength_among_its_attributes(
    approach, strength, weight, scale
):
    config = make_config(approach=approach, attributes=("speaker", "language"))
    last = config.training.epochs - 1
    choices = choices_of(config, last)
    expected = np.zeros((len(ALL), 4))
    expected[row_of(approach), [1, 3]] = 1
    np.testing.assert_array_equal(choices.chosen, expected)
    # A mean over the four is one over the two: each of the two weighs twice.
    np.testing.assert_allclose(choices.strengths, 2 * weight * expected)
    np.testing.assert_allclose(choices.scales, [-1, scale, -1, scale], rtol=1e-6)
    assert mean_strength(config, ALL, last) == pytest.approx(strength)


def test_mixed_roles_have_each_their_own():
    roles = (
        Role("gender", "multitask"),
        Role("speaker", "reversal", 0.3),
        Role("corpus", "adversarial", 0.9),
        Role("language", "off"),
    )
    config = make_config(roles=roles, epochs=11)
    choices = choices_of(config, 5)
    weights = choices.strengths.sum(0) / 4
    np.testing.assert_allclose(weights, [0.3, 0.05, 0.1 / 3, 0], rtol=1e-6)
    assert choices.scales.tolist() == [-1, 1, -1, -1]
    assert choices.chosen[row_of("adversarial")].tolist() == [1, 0, 0, 0]
    assert mean_strength(config, ALL, 5) == pytest.approx(0.3 + 0.05 + 0.1 / 3)


@pytest.mark.parametrize(
    ("approach", "expected"),
    [
        ("reversal", [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5]),
        ("multitask", [0.1] * 8),
        ("ganin", [np.tanh(epoch) for epoch in (0, 1, 2, 3, 4, 5, 5, 5)]),
    ],
)
def test_strengths_follow_their_schedules_over_the_nominal_epochs(approach, expected):
    # ganin: 2 / (1 + exp(-10 p)) - 1 = tanh(5 p)
    config = make_config(approach=approach, attributes=("gender",), epochs=6)
    found = [strengths_at(config, ALL, epoch)["gender"] for epoch in range(8)]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_warm_up_has_no_strength_and_a_schedule_spans_the_other_epochs():
    roles = "corpus:multitask,speaker:reversal,gender:ganin"
    config = make_config(roles=roles, epochs=6, warmup_epochs=2)
    found = [strengths_at(config, ALL, epoch) for epoch in range(7)]
    assert [it["corpus"] for it in found] == [0, 0, 0.1, 0.1, 0.1, 0.1, 0.1]
    # Of the four epochs left: 0, 1/3, 2/3, 1 of the way.
    shares = np.array([0, 0, 0, 1 / 3, 2 / 3, 1, 1])
    np.testing.assert_allclose([it["speaker"] for it in found], 0.5 * shares)
    of_ganin = np.tanh(5 * shares)
    np.testing.assert_allclose([it["gender"] for it in found], of_ganin, atol=1e-12)


@pytest.mark.parametrize(
    ("schedule", "shares"),
    [("constant", [1, 1, 1]), ("linear", [0, 0.5, 1]), ("ganin", np.tanh([0, 2.5, 5]))],
)
def test_a_schedule_may_be_chosen_for_all_roles(schedule, shares):
    roles = "corpus:multitask:0.2,speaker:reversal:0.4,gender:coral:3"
    config = make_config(roles=roles, epochs=3, schedule=schedule)
    found = [[*strengths_at(config, ALL, epoch).values()] for epoch in range(3)]
    expected = np.outer(shares, [0.2, 0.4, 3])
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_role_may_have_its_own_strength():
    roles = "corpus:multitask,speaker:adversarial,gender:ganin:3"
    config = make_config(roles=tuple(map(Role.parse, roles.split(","))), epochs=2)
    for epoch, of_ganin in ((0, 0.0), (1, 3 * np.tanh(5))):
        found = list(strengths_at(config, ALL, epoch).values())
        np.testing.assert_allclose(found, [0.1, 0.5, of_ganin])


def test_a_single_epoch_of_reversal_has_no_ramp_to_divide_by():
    config = make_config(approach="reversal", attributes=("speaker",), epochs=1)
    assert strengths_at(config, ALL, 0) == {"speaker": 0}
