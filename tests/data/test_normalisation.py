import numpy as np
import pytest

from serjax.config import FeatureSettings
from serjax.data.logmel import log_mel
from serjax.data.normalisation import EPSILON, Moments, normalise

SETTINGS = FeatureSettings()


def test_normalise_gives_each_coefficient_zero_mean_and_unit_variance(noise):
    frames = log_mel(noise(48_000), SETTINGS)
    normal = normalise(frames, "coefficient")
    assert normal.dtype == np.float32
    np.testing.assert_allclose(normal.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(normal.std(axis=0), 1, atol=1e-4)


def test_normalise_over_the_utterance_keeps_the_spectrum_s_shape(noise):
    frames = log_mel(noise(48_000), SETTINGS)
    normal = normalise(frames, "utterance")
    np.testing.assert_allclose([normal.mean(), normal.std()], [0, 1], atol=1e-4)
    # An affine map of all numbers alike.
    expected = (frames - frames.mean()) / frames.std()
    np.testing.assert_allclose(normal, expected, atol=1e-3)


def test_normalise_follows_its_formula_by_hand():
    # Column 1: mean 2, population std 1. Column 2 is constant: 0, never 0/0.
    frames = np.array([[1, 5], [3, 5]], np.float32)
    one = 1 / (1 + EPSILON)
    expected = [[-one, 0], [one, 0]]
    np.testing.assert_allclose(normalise(frames, "coefficient"), expected, rtol=1e-6)


def test_a_signal_that_was_normalised_leaves_its_features_as_they_are():
    frames = np.array([[1, 5], [3, 5]], np.float32)
    assert normalise(frames, "signal") is frames


def test_moments_of_parts_are_those_of_all_their_frames(noise):
    frames = noise(4000).reshape(-1, 4) + np.float32(3)
    parts = frames[:7], frames[7:8], frames[8:]
    joined = Moments.join([Moments.of(part) for part in parts])
    whole = Moments.of(frames)
    assert joined.num_frames == 1000
    np.testing.assert_allclose(joined.mean, whole.mean, rtol=1e-12)
    np.testing.assert_allclose(joined.squares, whole.squares, rtol=1e-12)
    together = [normalise(part, "speaker", joined) for part in parts]
    np.testing.assert_allclose(
        np.concatenate(together), normalise(frames, "coefficient"), rtol=1e-5
    )


def test_none_leaves_frames_as_they_are():
    frames = np.array([[1, 5], [3, -2]], np.float32)
    np.testing.assert_array_equal(normalise(frames, "none"), frames)


def test_no_row_stands_for_the_training_rows():
    with pytest.raises(ValueError, match="needs the moments of training rows"):
        normalise(np.ones((2, 3), np.float32), "train")


def test_an_unknown_normalisation_is_refused():
    with pytest.raises(ValueError, match="normalisation='voice': expected one of 'coe"):
        normalise(np.zeros((2, 2), np.float32), "voice")
