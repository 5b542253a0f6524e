import numpy as np
import pytest

from serjax.evaluation import linear_probe

NUM_SPEAKERS, PER_SPEAKER = 24, 25
SPEAKERS = np.repeat(np.arange(NUM_SPEAKERS), PER_SPEAKER)
NAMES = [f"speaker {number}" for number in SPEAKERS]
VALUES = ["there" if number % 2 else "here" for number in SPEAKERS]


def _noise(size=4, seed=0):
    return np.random.default_rng(seed).standard_normal((len(SPEAKERS), size))


def test_noise_is_at_chance():
    probe = linear_probe(_noise(), VALUES, NAMES)
    assert probe.chance_cross_entropy == pytest.approx(np.log(2))
    assert probe.chance_accuracy == 50
    assert abs(probe.cross_entropy - np.log(2)) < 0.03
    assert abs(probe.accuracy - 50) < 8


def test_what_is_separable_is_found():
    embeddings = _noise() + 20 * (SPEAKERS % 2)[:, None]
    probe = linear_probe(embeddings, VALUES, NAMES)
    assert probe.cross_entropy < 0.1
    assert probe.accuracy == 100


def test_a_shift_in_the_means_is_found_in_part():
    # Two Gaussians one deviation from their middle: Bayes' accuracy is Phi(1), 84.1 %.
    embeddings = _noise(1) + (2 * (SPEAKERS % 2) - 1)[:, None]
    probe = linear_probe(embeddings, VALUES, NAMES)
    assert abs(probe.accuracy - 84.1) < 4
    assert 0.3 < probe.cross_entropy < 0.45


def test_scale_and_offset_of_an_embedding_do_not_matter():
    embeddings = _noise() + (SPEAKERS % 2)[:, None]
    one = linear_probe(embeddings, VALUES, NAMES)
    other = linear_probe(1e-3 * embeddings + 50, VALUES, NAMES)
    assert other.cross_entropy == pytest.approx(one.cross_entropy, rel=1e-4)


def test_knowing_the_speaker_is_no_help():
    embeddings = np.eye(NUM_SPEAKERS)[SPEAKERS]
    # Were a speaker on both sides, the probe would be right all the time.
    leaky = linear_probe(embeddings, VALUES, [str(i) for i in range(len(SPEAKERS))])
    assert leaky.accuracy == 100
    probe = linear_probe(embeddings, VALUES, NAMES)
    assert probe.accuracy < 75
    assert probe.cross_entropy > 0.9 * np.log(2)


def test_chance_is_that_of_the_values_frequencies():
    values = ["rare" if number < 6 else "common" for number in SPEAKERS]
    probe = linear_probe(_noise(), values, NAMES)
    assert probe.chance_accuracy == 75
    expected = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    assert probe.chance_cross_entropy == pytest.approx(expected)


def test_three_values_and_more_can_be_probed():
    values = ["abc"[number % 3] for number in SPEAKERS]
    embeddings = 10 * np.eye(3)[SPEAKERS % 3] + _noise(3)
    assert linear_probe(embeddings, values, NAMES).accuracy > 99


def test_the_same_input_gives_the_same_probe():
    assert linear_probe(_noise(), VALUES, NAMES) == linear_probe(
        _noise(), VALUES, NAMES
    )


def test_too_few_speakers_are_refused():
    values = ["rare" if number < 2 else "common" for number in SPEAKERS]
    with pytest.raises(ValueError, match="'rare' has 2 speakers.*needs 3"):
        linear_probe(_noise(), values, NAMES)
    assert linear_probe(_noise(), values, NAMES, num_folds=2).chance_accuracy > 90


def test_a_single_value_is_refused():
    with pytest.raises(ValueError, match="needs two values.*'here'"):
        linear_probe(_noise(), ["here"] * len(SPEAKERS), NAMES)


def test_a_models_float32_embeddings_are_probed_as_well():
    embeddings = _noise() + (SPEAKERS % 2)[:, None]
    single = linear_probe(embeddings.astype(np.float32), VALUES, NAMES)
    double = linear_probe(embeddings, VALUES, NAMES)
    assert single.cross_entropy == pytest.approx(double.cross_entropy, abs=1e-4)


def test_a_fold_that_would_lack_a_value_is_refused(monkeypatch):
    class Folds:
        def __init__(self, *args, **kwargs):
            pass

        def split(self, embeddings, labels, groups):
            yield np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)

    monkeypatch.setattr("serjax.evaluation.probe.StratifiedGroupKFold", Folds)
    with pytest.raises(ValueError, match="more speakers"):
        linear_probe(_noise(), VALUES, NAMES)


def test_balanced_accuracy_weighs_each_value_alike():
    values = ["rare" if number < 6 else "common" for number in SPEAKERS]
    probe = linear_probe(np.zeros((len(SPEAKERS), 4)), values, NAMES)
    assert (probe.accuracy, probe.balanced_accuracy) == (75, 50)
    assert probe.chance_balanced_accuracy == 50


def test_speakers_themselves_are_probed_over_folds_of_utterances():
    embeddings = np.eye(NUM_SPEAKERS)[SPEAKERS] + 0.1 * _noise(NUM_SPEAKERS)
    probe = linear_probe(embeddings, NAMES, speakers=None)
    assert not probe.is_speaker_disjoint
    assert probe.balanced_accuracy == 100
    assert probe.chance_balanced_accuracy == pytest.approx(100 / NUM_SPEAKERS)
    with pytest.raises(ValueError, match="'speaker 0' has 1 utterances.*needs 2"):
        linear_probe(_noise()[::25], NAMES[::25], None, num_folds=2)
