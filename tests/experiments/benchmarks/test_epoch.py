import itertools

import numpy as np
import pytest

from experiments.benchmarks import epoch
from experiments.benchmarks.bench import Bench
from serjax.data import Batch
from tests.training.made import make_dataset, make_small_config


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """Tiny, and without the twin."""
    return Bench(
        make_small_config(),
        make_dataset(),
        twin=False,
        quick=True,
        scratch=tmp_path_factory.mktemp("scratch"),
        progress=lambda line: None,
    )


def test_an_epoch_has_three_figures(bench, monkeypatch):
    monkeypatch.setattr(epoch, "BATCH_SIZES", (8,))
    wall, padding, overhead = epoch.measure(bench)
    assert wall.twin is None
    replayed = wall.details["s"][0] / overhead.details["replayed_s"][0]
    assert overhead.value == pytest.approx(100 * (replayed - 1))
    trained = overhead.details["replayed_training_s"][0]
    assert 0 < trained < overhead.details["replayed_s"][0]
    # 18 rows in three batches of 8, all padded to 16 frames.
    lengths = bench.dataset.store.lengths[bench.dataset.rows("train")]
    assert padding.value == pytest.approx(3 * 8 * 16 / lengths.sum())
    hours = wall.details["hours_of_speech"]
    assert hours == pytest.approx(lengths.sum() * 0.010 / 3600)


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
