import dataclasses
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np
import pytest

from serjax.data.joined import FeatureStore
from serjax.training import placement
from serjax.training.host import HostStore
from serjax.training.placement import device_memory_bytes, place
from serjax.training.store import DeviceStore


@pytest.fixture(autouse=True)
def nothing_placed(monkeypatch):
    """What other tests have placed is none of these tests' business."""
    monkeypatch.setattr(placement, "_ON_DEVICE", {})


def _device(**stats: int) -> Any:
    return SimpleNamespace(memory_stats=lambda: stats or None)


def test_what_fits_the_budget_is_put_on_the_device(dataset):
    size = dataset.store.frames.nbytes
    device = jax.devices()[0]
    assert isinstance(place(dataset, device, 0.0), DeviceStore)
    assert isinstance(place(dataset, device, size / 1e9), DeviceStore)
    assert isinstance(place(dataset, device, (size - 1) / 1e9), HostStore)


def test_the_budget_is_a_quarter_of_the_devices_memory(dataset):
    size = dataset.store.frames.nbytes
    assert isinstance(place(dataset, _device(bytes_limit=4 * size), 0.0), DeviceStore)
    assert isinstance(place(dataset, _device(bytes_limit=4 * size - 1), 0), HostStore)


def test_a_device_that_tells_no_memory_has_the_hosts(monkeypatch):
    monkeypatch.setattr(placement, "host_memory_bytes", lambda: 123)
    assert device_memory_bytes(_device()) == 123
    assert device_memory_bytes(_device(bytes_in_use=1)) == 123
    assert device_memory_bytes(_device(bytes_limit=7)) == 7


def test_runs_on_one_data_set_share_it_on_the_device(dataset):
    device = jax.devices()[0]
    first = place(dataset, device, 0.0)
    assert place(dataset, device, 0.0) is first
    other = place(dataclasses.replace(dataset, identity="other"), device, 0.0)
    assert other is not first
    assert place(dataset, device, 0.0) is not first


def test_a_data_set_that_stays_on_the_host_takes_the_last_ones_place(dataset):
    place(dataset, jax.devices()[0], 0.0)
    assert len(placement._ON_DEVICE) == 1
    place(dataset, jax.devices()[0], 1e-9)
    assert placement._ON_DEVICE == {}


def test_more_frames_than_32_bits_can_count_stay_on_the_host(dataset):
    class Many:
        nbytes = 0

        def __len__(self):
            return 2**31

    many: Any = Many()
    store = FeatureStore(many, dataset.store.offsets, dataset.store.lengths)
    many_frames = dataclasses.replace(dataset, store=store)
    assert isinstance(place(many_frames, jax.devices()[0], 1.0), HostStore)


def test_on_the_cpu_features_are_not_held_twice(dataset):
    if jax.default_backend() != "cpu":
        pytest.skip("only the CPU shares memory with numpy")
    store = place(dataset, jax.devices()[0], 0.0)
    assert isinstance(store, DeviceStore)
    there = store.frames.unsafe_buffer_pointer()
    assert there == dataset.store.frames.ctypes.data
    np.testing.assert_array_equal(store.frames, dataset.store.frames)
