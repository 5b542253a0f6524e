import numpy as np
import pytest

from serjax.data.functionals import functionals


def test_functionals_of_a_coefficient_are_those_worked_by_hand():
    frames = np.array([[1, 7], [2, 7], [4, 7], [1, 7]], np.float32)
    varied, constant = functionals(frames).reshape(2, 10)
    # Deviations from the mean of 2 are -1, 0, 2, -1; changes are 1, 2 and 3.
    skewness, kurtosis = 1.5 / 1.5**1.5, 4.5 / 1.5**2
    moments = [2, 1.5**0.5, skewness, kurtosis]
    others = [1, 1.5, 2.8, 100 * 0.2, 2, (2 / 3) ** 0.5]
    np.testing.assert_allclose(varied, [*moments, *others], rtol=1e-4)
    np.testing.assert_allclose(constant, [7, 0, 0, 0, 7, 7, 7, 0, 0, 0], atol=1e-6)


@pytest.mark.parametrize("num_frames", [1, 2])
def test_short_utterances_have_finite_functionals(num_frames):
    frames = np.array([[1, -3], [2, -3]], np.float32)[:num_frames]
    found = functionals(frames).reshape(2, 10)
    assert np.isfinite(found).all()
    # From 1 to 2 within a frame; of one frame nothing is known.
    rises = [100, 1] if num_frames == 2 else [0, 0]
    np.testing.assert_allclose(found[:, 7:9], [rises, [0, 0]])
