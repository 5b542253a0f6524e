"""Huge pages for what is computed on a CPU.

A training step goes through a few hundred megabytes. In pages of 4 kB, a fifth of its
time is spent on looking addresses up (BUILD_NOTES); in pages of 2 MB, none to speak of.
Linux gives these to whoever asks, and glibc's allocator asks if its tunable says so.
Of its heaps, one per thread unless told otherwise, two are enough, and grow less.
"""

import os
import sys
from pathlib import Path

TUNABLES = "glibc.malloc.hugetlb=1:glibc.malloc.arena_max=2"
_POLICY = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def use_huge_pages() -> None:
    """Start this process again, as it was called, with the tunables set.

    glibc reads them only when a process starts. Nothing is done where it would not
    help: where GLIBC_TUNABLES is set, by this function or by a user who knows better,
    and where the system has no such pages, gives them unasked, or refuses them.
    """
    if "GLIBC_TUNABLES" in os.environ or not _on_request():
        return
    os.environ["GLIBC_TUNABLES"] = TUNABLES
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _on_request() -> bool:
    try:
        return "[madvise]" in _POLICY.read_text(encoding="ascii")
    except OSError:
        return False
