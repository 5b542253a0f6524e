import jax
import jax.numpy as jnp
import pytest

from experiments.benchmarks import programs
from experiments.benchmarks.noting import covered_s, noting_compilation
from tests.experiments.benchmarks.small import make_bench


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


@pytest.fixture(scope="module")
def rows(speech_folder, tmp_path_factory):
    return programs.measure(make_bench(speech_folder, tmp_path_factory.mktemp("bench")))


@pytest.mark.slow
def test_the_grid_has_two_training_programs_and_one_for_evaluation(rows):
    count = rows[0]
    assert count.value == 2
    assert count.reached == "aim"
    # The baseline, and three approaches with speaker: there is but one corpus.
    assert count.details["models"] == 4
    assert count.details["evaluation"] == 1


@pytest.mark.slow
def test_the_second_start_compiles_nothing(rows):
    first, second = (rows[1].details[f"{name}_start"] for name in ("first", "second"))
    assert first["programs"]["compiled"] > 3
    assert "compiled" not in second["programs"]
    assert second["programs"]["loaded"] == first["programs"]["compiled"]
    assert 0 < rows[1].value == second["seconds"] < first["seconds"]
