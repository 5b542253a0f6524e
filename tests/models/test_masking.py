import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.models import masking


def _draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def test_a_frame_mask_marks_the_first_frames():
    mask = masking.frame_mask(jnp.array([0, 1, 3]), 3)
    assert mask.tolist() == [[False] * 3, [True, False, False], [True] * 3]


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_pooled_length_is_the_ceiling(stride):
    lengths = np.arange(0, 600)
    pooled = masking.pooled_lengths(jnp.asarray(lengths), stride)
    assert pooled.tolist() == [math.ceil(length / stride) for length in lengths]


@pytest.mark.parametrize(("width", "stride"), [(3, 2), (2, 2), (5, 3)])
@pytest.mark.parametrize("num_frames", [1, 7, 8])
def test_max_pool_equals_a_loop(num_frames, width, stride):
    lengths = np.arange(num_frames + 1)
    x = _draw(len(lengths), num_frames, 2)
    max_pool = jax.jit(masking.max_pool, static_argnums=(2, 3))
    pooled = np.asarray(max_pool(x, lengths, width, stride))
    assert pooled.shape == (len(lengths), math.ceil(num_frames / stride), 2)
    for row, length in enumerate(lengths):
        for window in range(pooled.shape[1]):
            start = window * stride
            real = x[row, start : min(start + width, length)]
            expected = real.max(0) if len(real) else np.full(2, -np.inf)
            np.testing.assert_array_equal(pooled[row, window], expected)


def test_as_many_windows_have_a_frame_as_the_pooled_length_says():
    lengths = jnp.arange(1, 20)
    pooled = masking.max_pool(jnp.ones((19, 19, 1)), lengths, 3, 2)
    finite = np.isfinite(np.asarray(pooled)[:, :, 0])
    expected = masking.frame_mask(masking.pooled_lengths(lengths, 2), 10)
    np.testing.assert_array_equal(finite, expected)


def test_max_pool_gives_the_gradient_to_the_greatest():
    # Windows [0, 3) and [2, 4) of 1 5 2 3 (the last frame, 9, is padding).
    x = jnp.array([[1.0, 5.0, 2.0, 3.0, 9.0]])[:, :, None]

    def total(x):
        pooled = masking.max_pool(x, jnp.array([4]), 3, 2)
        return jnp.sum(
            jnp.maximum(pooled, 0) * jnp.array([1.0, 10.0, 0.0])[None, :, None]
        )

    assert jax.grad(total)(x)[0, :, 0].tolist() == [0, 1, 0, 10, 0]


def test_masked_mean_averages_real_frames_alone():
    x = _draw(6, 4, 3)
    lengths = np.array([6, 3, 1, 0])
    x[3:, 1] = x[1:, 2] = x[:, 3] = np.nan
    mean = masking.masked_mean(jnp.asarray(x), jnp.asarray(lengths))
    for row, length in enumerate(lengths[:3]):
        np.testing.assert_allclose(mean[row], x[:length, row].mean(0), rtol=1e-6)
    assert mean[3].tolist() == [0, 0, 0]
