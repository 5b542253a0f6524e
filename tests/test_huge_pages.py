import os
import subprocess
import sys

import pytest

from serjax import huge_pages

SCRIPT = """
import os, sys
from pathlib import Path
from serjax import huge_pages
huge_pages._POLICY = Path(sys.argv[1])
print("started", sys.argv[2:], os.getpid(), flush=True)
huge_pages.use_huge_pages()
print("went on", os.environ.get("GLIBC_TUNABLES"))
"""


@pytest.fixture
def start(tmp_path):
    """Start a script under a policy of the kernel's; its lines."""

    def run(policy, **environment):
        file = tmp_path / "enabled"
        if policy:
            file.write_text(policy)
        cleared = {k: v for k, v in os.environ.items() if k != "GLIBC_TUNABLES"}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(file), "a b", "--c=ä"],
            capture_output=True,
            text=True,
            check=True,
            env={**cleared, **environment},
        )
        return done.stdout.splitlines()

    return run


def test_a_process_is_started_again_once_with_its_arguments(start):
    first, second, last = start("always [madvise] never")
    assert first == second  # the same arguments in the same process
    assert first.startswith("started ['a b', '--c=ä']")
    assert last == f"went on {huge_pages.TUNABLES}"


@pytest.mark.parametrize("policy", ["[always] madvise never", "always [never]", ""])
def test_nothing_is_done_where_it_would_not_help(start, policy):
    assert start(policy)[1:] == ["went on None"]


def test_what_a_user_set_is_left_alone(start):
    lines = start("[madvise]", GLIBC_TUNABLES="glibc.malloc.hugetlb=0")
    assert lines[1:] == ["went on glibc.malloc.hugetlb=0"]
