import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.models.windows import overlap_add, windows


@pytest.mark.parametrize(("width", "stride"), [(3, 2), (2, 2), (8, 4), (5, 3), (1, 2)])
def test_windows_are_slices_and_overlap_add_is_their_adjoint(width, stride):
    count, rng = 3, np.random.default_rng(0)
    x = rng.standard_normal((2, (count + width) * stride, 4)).astype(np.float32)
    parts = windows(jnp.asarray(x), width, stride, count)
    assert len(parts) == width
    for place, part in enumerate(parts):
        for window in range(count):
            np.testing.assert_array_equal(
                part[:, window], x[:, window * stride + place]
            )
    # <windows(x), y> = <x, overlap_add(y)>, for every y.
    cotangents = [
        jnp.asarray(rng.standard_normal(part.shape).astype(np.float32))
        for part in parts
    ]
    added = overlap_add(cotangents, stride)
    (expected,) = jax.vjp(lambda x: windows(x, width, stride, count), jnp.asarray(x))[
        1
    ](cotangents)
    np.testing.assert_allclose(added, expected[:, : added.shape[1]], rtol=1e-6)
    np.testing.assert_array_equal(expected[:, added.shape[1] :], 0)
