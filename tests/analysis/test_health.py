import numpy as np
import pytest

from serjax.analysis.health import MEANINGS, TURNS, verdicts
from serjax.config import Role
from tests.analysis.made_curves import LN2, write_curves

EPOCHS = 30
BLIND = np.full(EPOCHS, LN2)
NOISE = 0.01 * np.random.default_rng(0).standard_normal(EPOCHS)
LEARNS = np.linspace(0.75, 0.2, EPOCHS)
PUSHED_BACK = np.r_[np.linspace(0.75, 0.45, 12), np.linspace(0.5, LN2, 6), [LN2] * 12]
# Accuracy between 50 and 98 percent late in training, as a reader's users report it.
SWINGS = np.r_[np.linspace(0.75, 0.3, 15), [0.7, 0.06, 0.1, 0.69, 0.7] * 3]

CURVES = {
    "dead head": {
        "at the prior": BLIND + NOISE,
        "comes down from above and no further": 1 + 0.5 * np.exp(-np.arange(EPOCHS)),
        "above, as dropout has it": 1.04 * BLIND,
        "one lucky epoch": np.r_[BLIND[:9], 0.6, BLIND[10:]],
    },
    "equilibrium": {
        "pushed back": PUSHED_BACK,
        "pushed back, with noise": PUSHED_BACK + NOISE,
        "pushed a little over": np.minimum(PUSHED_BACK * 1.05, 1.05 * LN2),
    },
    "winning": {
        "reads more and more": LEARNS,
        "pushed back half way": np.maximum(PUSHED_BACK - 0.1, 0),
        "a spike in the end": np.r_[LEARNS[:-4], 0.69, LEARNS[-3:]],
    },
    "overpowered": {
        "driven up": np.r_[BLIND[:15], np.linspace(LN2, 3, 15)],
        "driven up after reading": np.r_[LEARNS[:20], np.linspace(0.5, 2, 10)],
        "driven up and down": np.r_[BLIND[:15], [3, 6, 9] * 5],
    },
    "oscillation": {"in the loss": SWINGS, "with noise": SWINGS + NOISE},
}


@pytest.mark.parametrize("approach", ["reversal", "adversarial"])
@pytest.mark.parametrize(
    ("word", "kind"), [(word, kind) for word in CURVES for kind in CURVES[word]]
)
def test_a_curve_has_its_verdict(word, kind, approach, tmp_path):
    loss = CURVES[word][kind]
    run = write_curves(tmp_path, {"gender": loss}, approach=approach, result={})
    (verdict,) = verdicts(run)
    assert (verdict.word, verdict.attribute) == (word, "gender")
    assert verdict.role == approach


def test_what_comes_down_to_a_loss_above_the_prior_is_not_beaten(tmp_path):
    loss = np.linspace(1.6, 1.2, EPOCHS)  # still on its way down at the end
    (verdict,) = verdicts(write_curves(tmp_path, {"gender": loss}))
    assert verdict.word == "dead head"


def test_swings_of_accuracy_alone_are_an_oscillation(tmp_path):
    accuracy = np.r_[np.full(16, 60.0), [98.0, 50.0] * 7]
    run = write_curves(tmp_path, {"gender": BLIND}, accuracy=accuracy)
    (verdict,) = verdicts(run)
    assert verdict.word == "oscillation"
    # 98 and 50 in turn, 14 times; the last value is no turning point.
    assert "turned 13 times" in verdict.reason and TURNS <= 13


def test_early_swings_are_no_oscillation(tmp_path):
    loss = np.r_[[0.7, 0.1] * 7, [0.69] * 16]
    (verdict,) = verdicts(write_curves(tmp_path, {"gender": loss}))
    assert verdict.word == "equilibrium"


@pytest.mark.parametrize(
    ("loss", "word"),
    [(LEARNS, "learnt"), (BLIND + NOISE, "not learnt"), (PUSHED_BACK, "not learnt")],
)
def test_multitask_has_learnt_or_not(loss, word, tmp_path):
    run = write_curves(tmp_path, {"gender": loss}, approach="multitask", result={})
    (verdict,) = verdicts(run)
    assert verdict.word == word


@pytest.mark.parametrize("key", ["collapsed", "collapsed_last"])
def test_a_collapsed_run_is_one_whatever_its_head_does(key, tmp_path):
    run = write_curves(tmp_path, {"gender": PUSHED_BACK}, result={key: {"valid": True}})
    (verdict,) = verdicts(run)
    assert verdict.word == "collapse"
    assert ("best" if key == "collapsed" else "last") in verdict.reason
    assert "prior 0.693" in verdict.reason  # the head's numbers stand beside it


def test_a_collapse_on_an_unseen_corpus_alone_is_no_verdict_on_training(tmp_path):
    result = {"ua": {"valid": 40.0, "tess": 40.0}, "collapsed": {"tess": True}}
    run = write_curves(tmp_path, {"gender": PUSHED_BACK}, result=result)
    assert verdicts(run)[0].word == "equilibrium"


def test_validation_that_stays_at_chance_is_a_collapse_while_under_way(tmp_path):
    stuck = np.r_[np.full(10, 60.0), np.full(20, 33.4)]
    run = write_curves(tmp_path, {"gender": LEARNS}, valid_ua=stuck)
    (verdict,) = verdicts(run)
    assert verdict.word == "collapse"
    assert "33.3 %" in verdict.reason and "under way" in verdict.reason


def test_one_dip_to_chance_is_no_collapse(tmp_path):
    ua = np.r_[np.full(28, 60.0), 33.3, 60.0]
    run = write_curves(tmp_path, {"gender": LEARNS}, valid_ua=ua)
    assert verdicts(run)[0].word == "winning"


def test_few_epochs_tell_nothing(tmp_path):
    run = write_curves(tmp_path, {"gender": [0.8]}, result={})
    (verdict,) = verdicts(run)
    assert verdict.word == "cannot be told"
    assert "Fewer than 10" in verdict.reason
    nine = write_curves(tmp_path, {"gender": LEARNS[:9]}, seed=1)
    ten = write_curves(tmp_path, {"gender": LEARNS[-10:]}, seed=2)
    assert [verdicts(it)[0].word for it in (nine, ten)] == ["cannot be told", "winning"]


def test_an_older_run_without_prior_entropies_cannot_be_judged(tmp_path):
    (verdict,) = verdicts(write_curves(tmp_path, {"gender": LEARNS}, old=True))
    assert verdict.word == "cannot be told"
    assert "did not note" in verdict.reason and "0.200" in verdict.reason


def test_the_reason_has_first_lowest_and_final_numbers(tmp_path):
    loss = np.r_[0.75, 0.4, np.full(28, LN2)]
    accuracy = np.r_[45.0, 80.0, np.full(28, 51.5)]
    loss[2:4] = 0.5
    run = write_curves(tmp_path, {"gender": loss}, accuracy=accuracy, epochs=60)
    assert verdicts(run)[0].reason == (
        "Cross-entropy 0.750 in the first epoch, lowest 0.400 in epoch 2, 0.693 at "
        "the end (prior 0.693); accuracy 51.5 % at the end, chance 50.0 %. 30 of 60 "
        "epochs, under way; alpha 0.50 in the last."
    )


def test_every_attribute_is_judged_by_its_own_role(tmp_path):
    losses = {"speaker": PUSHED_BACK, "gender": LEARNS}
    roles = (Role("speaker", "reversal"), Role("gender", "multitask"))
    run = write_curves(tmp_path, losses, roles=roles)
    assert run.approach == "mixed"
    found = [(v.attribute, v.role, v.word) for v in verdicts(run)]
    assert found == [
        ("speaker", "reversal", "equilibrium"),
        ("gender", "multitask", "learnt"),
    ]


def test_a_baseline_and_a_run_without_an_epoch_have_no_verdict(tmp_path):
    assert verdicts(write_curves(tmp_path, {}, num_epochs=20)) == ()
    assert verdicts(write_curves(tmp_path, {"gender": []})) == ()


def test_a_failed_run_is_judged_to_where_it_came(tmp_path):
    run = write_curves(tmp_path, {"gender": LEARNS}, failure="train_loss is nan")
    (verdict,) = verdicts(run)
    assert verdict.word == "winning" and "then it failed" in verdict.reason


def test_settings_of_older_runs_do_not_matter(tmp_path):
    run = write_curves(tmp_path, {"gender": LEARNS})
    run.config.settings.update(channel=0, gone=1)
    assert verdicts(run)[0].word == "winning"


def test_every_word_is_explained():
    words = {*CURVES, "learnt", "not learnt", "collapse", "cannot be told"}
    assert words == set(MEANINGS)
