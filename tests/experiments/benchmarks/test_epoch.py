import itertools

import numpy as np

from experiments.benchmarks import epoch
from serjax.data import Batch


def test_frames_are_computed_for_padding_rows_too():
    batches = [Batch(np.array([3, 1]), 16), Batch(np.array([2, -1]), 24)]
    assert epoch._frames_computed(batches) == 2 * 16 + 2 * 24


def test_the_twins_sample_spans_all_lengths_in_batches_of_like_ones():
    lengths = np.random.default_rng(0).permutation(np.arange(1, 101))
    rows = np.arange(100)
    batches = epoch._sample(rows, lengths, 4)
    assert [len(batch) for batch in batches] == epoch.CHOICE_BATCHES * [4]
    spans = [(lengths[batch].min(), lengths[batch].max()) for batch in batches]
    assert spans[0][0] == 1
    assert spans[-1][1] == 100
    assert all(a[1] < b[0] for a, b in itertools.pairwise(spans))
