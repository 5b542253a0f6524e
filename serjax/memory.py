"""How much memory there is, what part of it features may take, and room for them."""

import mmap
import os
from pathlib import Path

import numpy as np

# The model, its activations and other processes need room too, and an array that the
# CPU device cannot share with numpy is there twice.
SHARE = 4

# What a container may use: cgroup version 2, then 1.
_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


_sharers = 1


def budget_bytes(memory_budget_gb: float, memory_bytes: int) -> float:
    """Bytes that features may take of a memory: as set, or a quarter of it.

    Args:
      memory_budget_gb: the setting, in 10^9 bytes; 0 for the quarter.
      memory_bytes: size of the host's or the device's memory.
    """
    if memory_budget_gb > 0:
        return memory_budget_gb * 1e9
    return memory_bytes / SHARE


def host_memory_bytes() -> int:
    """Memory of this machine, or what its container may use of it; a worker's part.

    All of it, not what is free now: a run that is resumed is to go the same way.
    """
    sizes = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for path in _LIMITS:
        try:
            sizes.append(int(path.read_text()))
        except (OSError, ValueError):
            continue  # not there, or "max"
    return min(sizes) // _sharers


def share_memory(processes: int) -> None:
    """Tell this process that so many use the machine's memory."""
    global _sharers
    _sharers = processes


def zeros(shape: tuple[int, ...], dtype: str = "float32") -> np.ndarray:
    """Return zeros in pages of their own.

    Unlike numpy's own, the pages go back to the system as soon as the array is gone,
    whichever thread made it; and they are aligned so that jax's CPU device shares them
    instead of copying.
    """
    size = np.dtype(dtype).itemsize
    num_bytes = int(np.prod(shape)) * size
    pages = mmap.mmap(-1, max(num_bytes, 1), access=mmap.ACCESS_COPY)
    return np.frombuffer(pages, dtype, num_bytes // size).reshape(shape)
