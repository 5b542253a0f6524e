import itertools

import numpy as np
import pytest

from serjax.data.batches import (
    bucket_lengths,
    default_batch_size,
    epoch_batches,
    evaluation_batches,
)
from serjax.data.shares import draw_evenly, expected_rows


@pytest.fixture
def lengths():
    """Lengths like RAVDESS's: around 370 frames, from 250 to 520."""
    rng = np.random.default_rng(0)
    return np.clip(rng.normal(370, 40, 1000), 250, 520).astype(np.int32)


def _rows_of(batches):
    rows = np.concatenate([batch.rows for batch in batches])
    return rows[rows >= 0]


def test_buckets_are_the_best_there_are():
    rng = np.random.default_rng(1)
    for num_buckets in (1, 2, 3):
        lengths = rng.integers(1, 100, 30)
        rounded = -(-lengths // 8) * 8

        def padded(buckets, rounded=rounded):
            return sum(min(b for b in buckets if b >= n) for n in rounded)

        best = min(
            padded((*others, rounded.max()))
            for others in itertools.combinations(set(rounded), num_buckets - 1)
        )
        buckets = bucket_lengths(lengths, num_buckets)
        assert len(buckets) == num_buckets
        assert padded(buckets) == best


def test_buckets_by_hand():
    # 16 and 80 pad ten rows by 8, 80 frames; 8 and 80 pad two rows by 64, 128 frames.
    lengths = np.array([8] * 10 + [16] * 2 + [80] * 10)
    assert bucket_lengths(lengths, 2) == (16, 80)
    assert bucket_lengths(lengths, 3) == (8, 16, 80)
    assert bucket_lengths(lengths, 9) == (8, 16, 80)
    assert bucket_lengths(np.array([1]), 4) == (8,)


def test_buckets_without_rows_are_refused():
    with pytest.raises(ValueError, match="0 rows"):
        bucket_lengths(np.zeros(0, int), 4)


@pytest.mark.parametrize("batch_size", [1, 8, 32])
@pytest.mark.parametrize("num_rows", [1, 7, 64, 999])
def test_an_epoch_holds_every_row_once(lengths, batch_size, num_rows):
    rows = np.random.default_rng(0).permutation(1000)[:num_rows]
    buckets = bucket_lengths(lengths, 4)
    batches = epoch_batches(rows, lengths, buckets, batch_size, seed=0, epoch=0)
    np.testing.assert_array_equal(np.sort(_rows_of(batches)), np.sort(rows))
    for batch in batches:
        assert batch.rows.shape == (batch_size,)
        assert batch.rows.dtype == np.int32
        assert batch.num_frames in buckets
        assert lengths[batch.rows[batch.rows >= 0]].max() <= batch.num_frames
    partial = [batch for batch in batches if (batch.rows < 0).any()]
    assert len(partial) == (num_rows % batch_size > 0)


@pytest.mark.parametrize("batch_size", [3, 4])
def test_buckets_are_the_best_for_the_batches_that_are_cut(batch_size):
    rng = np.random.default_rng(2)
    lengths = rng.integers(1, 100, 22)
    multiples = range(8, 112, 8)
    for num_buckets in (1, 2, 3):

        def computed(buckets):
            batches = epoch_batches(np.arange(22), lengths, buckets, batch_size, 0, 0)
            return sum(batch.rows.size * batch.num_frames for batch in batches)

        every = itertools.combinations(multiples, num_buckets)
        best = min(computed(b) for b in every if max(b) >= lengths.max())
        assert computed(bucket_lengths(lengths, num_buckets, batch_size)) == best


@pytest.mark.parametrize("batch_size", [8, 32])
def test_padding_is_a_small_part_of_an_epoch(batch_size):
    # Two corpora: long sentences, and short ones of all lengths.
    rng = np.random.default_rng(0)
    both = [rng.normal(370, 40, 1200), rng.uniform(120, 600, 400)]
    lengths = np.clip(np.concatenate(both), 120, 900).astype(np.int32)
    buckets = bucket_lengths(lengths, 8, batch_size)
    batches = epoch_batches(np.arange(1600), lengths, buckets, batch_size, 0, 0)
    computed = sum(batch.rows.size * batch.num_frames for batch in batches)
    assert computed / lengths.sum() < 1.1


def test_rows_of_one_padded_length_are_dealt_anew_every_epoch(lengths):
    buckets = bucket_lengths(lengths, 4, 8)
    neighbours = set()
    for epoch in range(20):
        for batch in epoch_batches(np.arange(1000), lengths, buckets, 8, 0, epoch):
            if 0 in batch.rows:
                neighbours.update(batch.rows.tolist())
    assert len(neighbours) > 100


def test_the_order_comes_from_seed_and_epoch_alone(lengths):
    buckets = bucket_lengths(lengths, 4)

    def draw(rows, seed, epoch):
        batches = epoch_batches(rows, lengths, buckets, 8, seed, epoch)
        return np.stack([batch.rows for batch in batches])

    rows = np.arange(200)
    first = draw(rows, 3, 5)
    np.testing.assert_array_equal(first, draw(rows, 3, 5))
    np.testing.assert_array_equal(first, draw(rows[::-1], 3, 5))
    assert (first != draw(rows, 4, 5)).any()
    assert (first != draw(rows, 3, 6)).any()


def test_batches_of_all_buckets_are_mixed(lengths):
    buckets = bucket_lengths(lengths, 4)
    batches = epoch_batches(np.arange(1000), lengths, buckets, 8, 0, 0)
    order = [batch.num_frames for batch in batches]
    changes = np.count_nonzero(np.diff(order))
    assert changes > 5 * len(buckets)


def test_a_row_longer_than_every_bucket_is_refused(lengths):
    for batch in (
        lambda: epoch_batches(np.arange(9), lengths, (8, 16), 4, 0, 0),
        lambda: evaluation_batches(np.arange(9), lengths, (8, 16), 4),
    ):
        with pytest.raises(ValueError, match="longest bucket 16"):
            batch()


def test_evaluation_goes_by_length_and_holds_every_row_once(lengths):
    rows = np.arange(100, 333)
    batches = evaluation_batches(rows, lengths, bucket_lengths(lengths, 4), 32)
    np.testing.assert_array_equal(np.sort(_rows_of(batches)), rows)
    assert (np.diff(lengths[_rows_of(batches)]) >= 0).all()
    assert [(batch.rows < 0).any() for batch in batches] == [True] + [False] * 7
    assert evaluation_batches(np.zeros(0, int), lengths, (8,), 32) == []


@pytest.mark.parametrize(
    ("num_train", "expected"),
    # 150 steps of 16 are 2,400 rows, of 32 are 4,800; the last batch may be partial.
    [(1, 8), (1200, 8), (2384, 8), (2385, 16), (4768, 16), (4769, 32), (10_300, 32)],
)
def test_the_default_batch_size_leaves_150_steps(num_train, expected):
    assert default_batch_size(num_train) == expected


GROUPS = np.repeat(["ravdess", "emodb", "savee"], [600, 300, 99])


@pytest.fixture
def even(lengths):
    """Draws an epoch of 999 rows of three groups in equal shares."""
    lengths = np.where(np.arange(1000) < 600, lengths, lengths // 2)
    buckets = bucket_lengths(lengths, 4, 30)

    def draw(batch_size=30, seed=0, epoch=0):
        asked = (lengths, buckets, batch_size, seed, epoch)
        batches = epoch_batches(np.arange(999), *asked, GROUPS)
        for batch in batches:
            assert batch.rows.min() >= 0
            assert lengths[batch.rows].max() <= batch.num_frames in buckets
        return np.stack([batch.rows for batch in batches])

    return draw


def test_even_batches_have_equal_shares_of_all_groups_in_as_many_steps(even):
    for batch_size in (30, 32, 8):
        drawn = even(batch_size)
        assert drawn.shape == (-(-999 // batch_size), batch_size)
        counts = np.stack([(GROUPS[drawn] == it).sum(1) for it in np.unique(GROUPS)])
        assert abs(counts - batch_size / 3).max() < 1
        assert np.ptp(counts.sum(1)) <= 1  # over the epoch


def test_rows_of_a_group_come_equally_often_over_the_epochs(even):
    counts = np.zeros(999, int)
    for epoch in range(7):
        np.add.at(counts, even(epoch=epoch), 1)
    for group in np.unique(GROUPS):
        own = counts[group == GROUPS]
        assert np.ptp(own) <= 1
        # Seven epochs of 34 batches, a third of 30 rows each.
        assert own.sum() == 7 * 34 * 10


def test_a_row_comes_equally_often_whichever_copy_of_it_an_epoch_has():
    counts, rng = np.zeros(999, int), np.random.default_rng(0)
    for epoch in range(7):
        copies = np.arange(999) + 999 * rng.integers(0, 2, 999)
        drawn = np.concatenate(draw_evenly(copies, GROUPS, 1020, 0, epoch))
        np.add.at(counts, drawn % 999, 1)
    assert all(np.ptp(counts[group == GROUPS]) <= 1 for group in np.unique(GROUPS))


def test_even_batches_come_from_seed_and_epoch_alone(even):
    first = even(seed=3, epoch=5)
    np.testing.assert_array_equal(first, even(seed=3, epoch=5))
    for other in (even(seed=4, epoch=5), even(seed=3, epoch=6)):
        assert not np.array_equal(np.sort(first, None), np.sort(other, None))


def test_one_group_of_whole_batches_has_each_row_once_as_if_shuffled(lengths):
    rows, buckets = np.arange(960), bucket_lengths(lengths, 4, 8)
    shuffled = epoch_batches(rows, lengths, buckets, 8, 0, 2)
    even = epoch_batches(rows, lengths, buckets, 8, 0, 2, np.zeros(960))
    np.testing.assert_array_equal(np.sort(_rows_of(even)), np.sort(_rows_of(shuffled)))


def test_the_rows_of_a_value_that_a_batch_has_on_average():
    labels, groups = np.array([0, 0, 0, 1, 1, -1]), np.array([5, 5, 5, 5, 7, 7])
    np.testing.assert_allclose(expected_rows(labels, 12), [6, 4])
    # Six rows of each group: of four 3 and 1, of two 1.
    np.testing.assert_allclose(expected_rows(labels, 12, groups), [4.5, 1.5 + 3])
