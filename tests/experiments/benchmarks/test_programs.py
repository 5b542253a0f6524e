import jax
import jax.numpy as jnp

from experiments.benchmarks import programs
from experiments.benchmarks.noting import covered_s, noting_compilation


def test_time_that_several_spans_cover_counts_once():
    assert covered_s([]) == 0
    assert covered_s([(0, 1), (3, 4)]) == 2
    assert covered_s([(2, 3), (0, 4), (1, 2), (3, 6)]) == 6


def test_programs_are_counted_per_batch_shape():
    traces = {
        ("train", 8, 16): 1,
        ("adversarial", 8, 16): 2,
        ("predict", 8, 16): 1,
        ("train", 8, 32): 1,
    }
    assert programs.programs_by_shape(traces) == {
        (8, 16): {"training": 3, "evaluation": 1},
        (8, 32): {"training": 1},
    }


def test_what_jax_does_before_a_program_runs_is_noted():
    def function(x):
        return jnp.sin(x) + 1

    with noting_compilation() as notes:
        exported = jax.export.export(jax.jit(function))(jnp.ones(3))
        before = notes.seconds
        read = jax.export.deserialize(exported.serialize())
        jax.jit(read.call)(jnp.ones(3))
    kinds = {"tracing", "lowering", "compiling or loading", "reading"}
    assert set(notes.seconds_by_kind) == kinds
    assert all(seconds > 0 for seconds in notes.seconds_by_kind.values())
    assert 0 < before < notes.seconds <= sum(notes.seconds_by_kind.values())


def test_nothing_is_noted_afterwards():
    original = jax.export.deserialize
    with noting_compilation() as notes:
        pass
    jax.jit(lambda x: x * 3.5)(jnp.ones(7))
    assert not notes.spans
    assert jax.export.deserialize is original
