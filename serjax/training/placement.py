"""Where a run's features lie: on the device, or past a budget on the host."""

import numpy as np

from serjax.data import Dataset
from serjax.memory import budget_bytes, host_memory_bytes
from serjax.training.devices import Device
from serjax.training.host import HostStore
from serjax.training.store import DeviceStore, put_on_device

Store = DeviceStore | HostStore
"""Both give, batch by batch, what the step gathers from (`feed`), to the same bits."""

_ON_DEVICE: dict[tuple[str, ...], DeviceStore] = {}
"""The data set that is on the device, for the next run of a study."""


def place(dataset: Dataset, device: Device, memory_budget_gb: float) -> Store:
    """Copy a data set to the device, once for the runs of a process, if it fits.

    Args:
      dataset: the data.
      device: where to train; the default device.
      memory_budget_gb: the setting; 0 for a quarter of the device's memory.
    """
    frames = dataset.store.frames
    budget = budget_bytes(memory_budget_gb, device_memory_bytes(device))
    # Offsets on the device are of 32 bits.
    fits = frames.nbytes <= budget and len(frames) <= np.iinfo(np.int32).max
    key = (dataset.identity, str(device), *dataset.attributes)
    if not fits or key not in _ON_DEVICE:
        _ON_DEVICE.clear()
    if not fits:
        return HostStore.of(dataset)
    if key not in _ON_DEVICE:
        _ON_DEVICE[key] = put_on_device(dataset)
    return _ON_DEVICE[key]


def device_memory_bytes(device: Device) -> int:
    """Memory that jax may use of a device; the host's where the device tells none."""
    # The CPU gives None.
    limit = (device.memory_stats() or {}).get("bytes_limit", 0)
    return limit or host_memory_bytes()
