import contextlib
import dataclasses
import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.data import Batch
from serjax.training.host import NUM_AHEAD, HostStore
from serjax.training.store import PaddedBatch, gather
from tests.training.made import MELS

FRAMES = 20
ROWS = [[0, 35, 7, 7], [-1, 3, -1, 35], [-1, -1, -1, -1]]


@pytest.fixture(scope="module")
def host(dataset):
    """The data set of these tests, gathered on the host."""
    return HostStore.of(dataset)


@pytest.fixture
def batches():
    """Twelve batches of four rows, of two padded lengths."""
    rows = np.arange(36, dtype=np.int32)
    return [Batch(np.roll(rows, -n)[:4], 16 + 8 * (n % 2)) for n in range(12)]


def _assert_same(actual, expected):
    assert jax.tree.structure(actual) == jax.tree.structure(expected)
    for a, e in zip(jax.tree.leaves(actual), jax.tree.leaves(expected), strict=True):
        np.testing.assert_array_equal(a, e)
        assert a.dtype == e.dtype


@pytest.mark.parametrize("num_frames", [16, FRAMES, 64])
@pytest.mark.parametrize("rows", ROWS)
def test_host_and_device_gather_the_same_batch(rows, num_frames, host, store):
    rows = np.array(rows, np.int32)
    expected = gather(store, jnp.asarray(rows), num_frames)
    _assert_same(host.gather(rows, num_frames), expected)


def test_a_batch_of_a_data_set_without_attributes_has_no_columns(dataset):
    host = HostStore.of(dataclasses.replace(dataset, attributes={}))
    assert host.gather(np.array([0, -1]), FRAMES).attributes.shape == (2, 0)
    assert host.example(2, FRAMES).attributes.shape == (2, 0)


def test_the_step_takes_the_hosts_batch_as_it_is(host):
    batch = host.gather(np.array([3, -1], np.int32), FRAMES)
    assert gather(batch, jnp.array([3, -1]), FRAMES) is batch


def test_the_example_is_of_the_batches_shapes(host):
    batch, example = host.gather(np.array([1, 2]), FRAMES), host.example(2, FRAMES)
    assert example.features.shape == (2, FRAMES, MELS)
    assert jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), batch) == jax.tree.map(
        lambda leaf: (leaf.shape, leaf.dtype), example
    )


def test_batches_are_fed_in_order_and_are_on_the_device(host, batches):
    with contextlib.closing(host.feed(batches)) as feed:
        for batch, fed in zip(batches, feed, strict=True):
            _assert_same(fed, host.gather(batch.rows, batch.num_frames))
            assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(fed))


def test_the_device_is_fed_the_store_itself_for_each_batch(store, batches):
    assert store.example(4, FRAMES) is store
    fed = list(store.feed(batches))
    assert len(fed) == 12
    assert all(it is store for it in fed)


def test_only_a_few_batches_are_gathered_ahead_and_by_other_threads(
    dataset, batches, monkeypatch
):
    threads = []
    gather = HostStore.gather

    def spied(self, rows, num_frames) -> PaddedBatch:
        threads.append(threading.current_thread())
        return gather(self, rows, num_frames)

    monkeypatch.setattr(HostStore, "gather", spied)
    with contextlib.closing(HostStore.of(dataset).feed(batches)) as feed:
        next(feed)
        assert len(threads) <= 1 + NUM_AHEAD < len(batches)
    assert threading.main_thread() not in threads
    assert not any(thread.is_alive() for thread in threads)
