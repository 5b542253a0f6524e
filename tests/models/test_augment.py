import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.models import spec_augment

FRAMES, MELS = 100, 12
ROWS = 3100  # in every test, so that nothing is compiled twice


def _masked(lengths, time, frequency, key=0):
    """bool[batch, frames, mels]: what spec_augment zeroes of a batch of ones."""
    features = jnp.ones((len(lengths), FRAMES, MELS))
    augmented = spec_augment(
        jax.random.key(key),
        features,
        jnp.asarray(lengths),
        time_mask_frames=time,
        frequency_mask_bins=frequency,
    )
    values = np.asarray(augmented)
    assert set(np.unique(values)) <= {0.0, 1.0}
    return values == 0


def _stretches(masked):
    """Width and start of the one stretch in each row of bool[rows, size]."""
    edges = np.diff(np.pad(masked, ((0, 0), (1, 1))).astype(int), axis=1)
    assert ((edges == 1).sum(1) <= 1).all()
    return masked.sum(1), (edges == 1).argmax(1)


def test_time_masks_are_one_stretch_inside_the_real_frames():
    lengths = np.random.default_rng(0).integers(1, FRAMES + 1, ROWS)
    masked = _masked(lengths, 30, 0)
    assert (masked.all(2) == masked.any(2)).all()
    widths, starts = _stretches(masked.any(2))
    assert (widths <= 30).all()
    assert (widths <= lengths // 2).all()
    assert (starts + widths <= lengths).all()


def test_frequency_masks_are_one_band_over_all_frames():
    masked = _masked(np.full(ROWS, FRAMES), 0, 3)
    assert (masked.all(1) == masked.any(1)).all()
    widths, starts = _stretches(masked.any(1))
    assert set(widths) == {0, 1, 2, 3}
    assert set(starts[widths == 3]) == set(range(MELS - 2))


def test_every_width_and_every_place_comes_up_equally_often():
    widths, starts = _stretches(_masked(np.full(ROWS, FRAMES), 30, 0).any(2))
    counts = np.bincount(widths, minlength=31)
    # 100 of each of 31 widths expected, with a standard deviation of 10.
    assert len(counts) == 31
    assert abs(counts - 100).max() < 50
    wide = starts[widths >= 20]
    assert wide.min() == 0
    assert (starts + widths).max() == FRAMES
    # A start is uniform over the places that fit: (100 - width) / 2 on average.
    assert abs(np.mean(wide - (FRAMES - widths[widths >= 20]) / 2)) < 3


def test_time_and_frequency_are_masked_together():
    masked = _masked(np.full(ROWS, FRAMES), 30, 3)
    frames, bins = masked.all(2), masked.all(1)
    np.testing.assert_array_equal(masked, frames[:, :, None] | bins[:, None, :])
    assert frames.any() and bins.any()


def test_rows_of_a_batch_have_masks_of_their_own():
    masked = _masked(np.full(ROWS, FRAMES), 30, 3)
    assert len({row.tobytes() for row in masked}) > ROWS / 2


def test_the_same_key_gives_the_same_masks():
    lengths = np.full(ROWS, FRAMES)
    np.testing.assert_array_equal(_masked(lengths, 30, 3), _masked(lengths, 30, 3))
    assert (_masked(lengths, 30, 3) != _masked(lengths, 30, 3, key=1)).any()


def test_width_zero_masks_nothing():
    assert not _masked(np.full(ROWS, FRAMES), 0, 0).any()


@pytest.mark.parametrize("length", [0, 1])
def test_the_shortest_utterances_keep_all_their_frames(length):
    assert not _masked(np.full(ROWS, length), 30, 0).any()


def test_a_band_may_be_as_wide_as_the_spectrum():
    masked = _masked(np.full(ROWS, FRAMES), 0, 1000)
    assert masked.any(1).sum(1).max() == MELS


def test_what_is_kept_is_untouched():
    features = jax.random.normal(jax.random.key(1), (ROWS, FRAMES, MELS))
    augmented = spec_augment(jax.random.key(0), features, jnp.full(ROWS, FRAMES))
    kept = np.asarray(augmented) != 0
    np.testing.assert_array_equal(augmented[kept], features[kept])
    assert 0.6 < kept.mean() < 1
