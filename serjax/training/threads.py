"""How many threads the CPU device computes with: settled as JAX starts.

Another number adds in another order, so that the last bits differ, and with them what
training comes to (BUILD_NOTES, decision 43).
"""

import functools
import os

import jax

_OPTION = "jax_num_cpu_devices"  # fixed, as the threads are, once JAX has started


def use_threads(threads: int = 0) -> int:
    """Let JAX's CPU device have so many threads; return how many it has.

    It has one for each processor that the process may use as JAX starts. So fewer are
    had by keeping the process to some of its processors, and only before that.

    Args:
      threads: the setting; 0 for as many as there are.

    Raises:
      ValueError: there are fewer processors, or JAX has started with another number.
    """
    usable = processors()
    if threads > len(usable):
        raise ValueError(
            f"threads={threads}: this process may use {len(usable)} processors; "
            "expected that many or fewer."
        )
    if 0 < threads < len(usable) and not _has_started():
        os.sched_setaffinity(0, usable[:threads])
    started = _count_at_start()
    if threads not in (0, started):
        raise ValueError(
            f"threads={threads}: JAX has started with {started} in this process, and "
            "keeps them. Give them to the first call, or start anew."
        )
    return started


def processors() -> list[int]:
    """Numbers of the processors that this process may use."""
    if not hasattr(os, "sched_getaffinity"):  # as on macOS
        return [*range(os.cpu_count() or 1)]
    return sorted(os.sched_getaffinity(0))


@functools.cache
def _count_at_start() -> int:
    return len(processors())


def _has_started() -> bool:
    now = jax.config.values[_OPTION]
    try:
        jax.config.update(_OPTION, now + 1)
    except RuntimeError:
        return True
    jax.config.update(_OPTION, now)
    return False
