import math
import os

import numpy as np
import pytest

from serjax import memory
from serjax.memory import budget_bytes, host_memory_bytes, zeros


@pytest.mark.parametrize(
    ("memory_budget_gb", "expected"),
    [(0, 2e9), (0.5, 5e8), (100, 1e11), (math.inf, math.inf)],
)
def test_the_budget_is_as_set_or_a_quarter_of_what_there_is(memory_budget_gb, expected):
    assert budget_bytes(memory_budget_gb, 8_000_000_000) == expected


def test_a_container_may_use_less_than_the_machine_has(tmp_path, monkeypatch):
    here = tmp_path / "memory.max"
    monkeypatch.setattr(memory, "_LIMITS", (tmp_path / "absent", here))
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for limit, expected in (("max\n", whole), ("12345678\n", 12345678)):
        here.write_text(limit)
        assert host_memory_bytes() == expected
    here.unlink()
    assert host_memory_bytes() == whole


@pytest.mark.parametrize("shape", [(3, 5, 2), (7,), (0, 4)])
def test_zeros_are_aligned_and_may_be_written(shape):
    array = zeros(shape)
    assert (array.shape, array.dtype) == (shape, np.float32)
    np.testing.assert_array_equal(array, 0)
    array += 1
    assert array.sum() == np.prod(shape)
    assert array.ctypes.data % 64 == 0
