import numpy as np
import pytest

from experiments.benchmarks import imports
from experiments.benchmarks.fresh import run_fresh
from experiments.benchmarks.memory import (
    growth_per_epoch,
    peak_mb,
    resident_mb,
)
from tests.experiments.benchmarks.small import make_bench


def hold(megabytes):
    block = np.ones(megabytes * 125_000)
    during = resident_mb()
    del block
    return during, resident_mb(), peak_mb()


def fail(text):
    print("printed before")
    raise KeyError(text)


def test_memory_that_was_taken_and_given_back_is_in_the_peak_alone():
    during, after, peak = run_fresh(hold, 200)
    assert during > after + 150
    assert peak > during - 5  # the kernel counts in bunches of pages
    # A process of its own: not this one's peak, which has jax in it.
    assert peak < 400


def test_what_fails_in_a_fresh_process_is_told():
    with pytest.raises(RuntimeError, match="(?s)fail failed.*KeyError: 'the reason'"):
        run_fresh(fail, "the reason")


def test_growth_is_the_slope_whatever_single_sizes_do():
    sizes = [100 + 0.5 * epoch for epoch in range(40)]
    sizes[7] += 50
    sizes[21] -= 30
    assert growth_per_epoch(sizes) == pytest.approx(0.5)
    assert growth_per_epoch([100.0] * 10) == 0


def test_the_import_is_timed_in_its_own_process(speech_folder, tmp_path):
    (row,) = imports.measure(make_bench(speech_folder, tmp_path))
    assert 0 < row.details["import_statement_s"] < row.value
    assert row.details["jax_loaded"] is False
