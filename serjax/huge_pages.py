"""Huge pages for what is computed on a CPU, and memory that is kept.

A training step goes through a few hundred megabytes. In pages of 4 kB, a fifth of its
time is spent on looking addresses up (docs/measurements.md); in pages of 2 MB, hardly
any. Linux gives these to whoever asks, and glibc's allocator asks if its tunable says
so. Left alone, it also hands the memory of every step back, to be asked for, and
cleared by the kernel, in the next; and it keeps a heap per thread, each of which grows.
"""

import os
import sys
from pathlib import Path

TUNABLES = ":".join(
    (
        "glibc.malloc.hugetlb=1",
        "glibc.malloc.arena_max=1",  # one heap
        "glibc.malloc.mmap_threshold=4000000000",  # for arrays of all sizes
        "glibc.malloc.trim_threshold=8000000000",  # that is kept
    )
)
_POLICY = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def huge_pages_environment() -> dict[str, str]:
    """The variables with which a process is to start; glibc reads them only then.

    None where they would not help: where GLIBC_TUNABLES is set, by this function or by
    a user who knows better, and where the system has no such pages, gives them unasked,
    or refuses them.
    """
    if "GLIBC_TUNABLES" in os.environ or not _on_request():
        return {}
    return {"GLIBC_TUNABLES": TUNABLES}


def use_huge_pages() -> None:
    """Start this process again, as it was called, with the tunables set."""
    if variables := huge_pages_environment():
        os.environ |= variables
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _on_request() -> bool:
    try:
        return "[madvise]" in _POLICY.read_text(encoding="ascii")
    except OSError:
        return False
