import numpy as np
import pytest

from serjax.inference.stream import ladder_batches, padded_length


@pytest.mark.parametrize(
    ("num_frames", "padded"),
    [(1, 32), (32, 32), (33, 48), (48, 48), (49, 64), (65, 96), (2049, 3072)],
)
def test_padded_lengths_are_steps_of_a_ladder(num_frames, padded):
    assert padded_length(num_frames) == padded


def test_a_rows_batch_shape_is_its_own_affair():
    lengths = np.array([30, 40_000, 31, 20, 400, 2_048])
    alone = [ladder_batches(lengths[[row]], 4)[0] for row in range(6)]
    together = ladder_batches(lengths, 4)
    for row, own in enumerate(alone):
        (its,) = (it for it in together if row in it.rows)
        assert (len(its.rows), its.num_frames) == (len(own.rows), own.num_frames)
    rows = np.concatenate([it.rows for it in together])
    assert sorted(rows[rows >= 0]) == [0, 1, 2, 3, 4, 5]
    # A long recording takes no more memory than a batch of short ones.
    assert {(len(it.rows), it.num_frames) for it in together} == {
        *((4, 32), (4, 512), (4, 2_048), (1, 49_152))
    }
