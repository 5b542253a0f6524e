import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.training.compilation import compile_step, use_compilation_cache

FOLDER = "jax_compilation_cache_dir"


@pytest.fixture
def folder(tmp_path):
    """A cache of the test's own."""
    before = jax.config.values[FOLDER]
    jax.config.update(FOLDER, str(tmp_path))
    yield tmp_path / "programs"
    jax.config.update(FOLDER, before)


class Step:
    """A step like training's: trees in and out, a random key; it counts its traces."""

    def __init__(self):
        self.traces = 0

    def __call__(self, state, x):
        self.traces += 1
        noise = jax.random.normal(state["key"], x.shape)
        moved = {"w": state["w"] + jnp.sin(x + noise), "key": state["key"]}
        return moved, jnp.sum(x)


@pytest.fixture
def step():
    return Step()


def _operands(size=5):
    state = {"w": jnp.arange(float(size)), "key": jax.random.key(3)}
    return state, np.linspace(0, 1, size, dtype=np.float32)


RETURNS = ({"w": 0, "key": 0}, 0)


def test_a_second_start_does_not_trace_and_gives_the_same_bits(folder, step):
    expected = jax.jit(step)(*_operands())
    step.traces = 0
    first = compile_step(step, _operands(), RETURNS)(*_operands())
    assert step.traces == 1
    second = compile_step(step, _operands(), RETURNS)(*_operands())
    assert step.traces == 1
    for state, total in (first, second):
        np.testing.assert_array_equal(state["w"], expected[0]["w"])
        assert state["key"] == expected[0]["key"]
        assert total == expected[1]
    assert len(list(folder.iterdir())) == 1


def test_other_operands_or_words_are_another_program(folder, step):
    compile_step(step, _operands(), RETURNS)
    compile_step(step, _operands(6), RETURNS)
    compile_step(step, _operands(), RETURNS, num_donated=1)
    compile_step(step, _operands(), RETURNS, identity="a network")
    assert step.traces == 4
    assert len(list(folder.iterdir())) == 4


@pytest.mark.parametrize("damage", [b"", b"x" * 500, None])
def test_a_damaged_program_is_traced_anew(folder, step, damage):
    compile_step(step, _operands(), RETURNS)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    flipped = bytes([*whole[:-9], whole[-9] ^ 1, *whole[-8:]])
    file.write_bytes(flipped if damage is None else damage)
    compile_step(step, _operands(), RETURNS)
    assert step.traces == 2
    compile_step(step, _operands(), RETURNS)
    assert step.traces == 2  # and kept, whole


def test_what_is_donated_is_taken_over(folder, step):
    state, x = _operands()
    program = compile_step(step, (state, x), RETURNS, num_donated=1)
    program(state, x)
    assert state["w"].is_deleted()
    program = compile_step(step, _operands(), RETURNS)
    state, x = _operands()
    program(state, x)
    assert not state["w"].is_deleted()


def test_without_a_folder_nothing_is_kept(folder, step):
    jax.config.update(FOLDER, None)
    for _ in range(2):
        compile_step(step, _operands(), RETURNS)(*_operands())
    assert step.traces == 2
    assert not folder.exists()


def test_a_folder_that_cannot_be_written_is_told_and_no_obstacle(folder, step):
    folder.write_text("a file where the folder is to be")
    with pytest.warns(UserWarning, match="is not kept for later"):
        program = compile_step(step, _operands(), RETURNS)
    assert program(*_operands())[1] == _operands()[1].sum()


def test_a_process_finds_what_another_compiled(tmp_path):
    code = """
import sys
from pathlib import Path
import jax
from serjax.training.compilation import use_compilation_cache
use_compilation_cache(Path(sys.argv[1]))
events = []
jax.monitoring.register_event_listener(lambda name, **_: events.append(name))
jax.jit(lambda x: x * 2 + 1)(3.0)
print(sum("cache_hits" in event for event in events))
"""
    cleared = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
    hits = [
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            capture_output=True,
            text=True,
            check=True,
            env=cleared,
        ).stdout.strip()
        for _ in range(2)
    ]
    assert hits == ["0", "1"]
    (kind,) = (tmp_path / "compiled").iterdir()
    assert any(kind.iterdir())


def test_a_folder_of_the_users_in_the_home_and_one_of_no_text(folder, monkeypatch):
    before = jax.config.values[FOLDER]
    monkeypatch.setenv("HOME", str(folder))
    try:
        jax.config.update(FOLDER, "~/mine")
        use_compilation_cache(Path("elsewhere"))
        assert jax.config.values[FOLDER] == f"{folder}/mine"
        jax.config.update(FOLDER, None)
        with pytest.warns(UserWarning, match="No program can be kept in 'd"):
            use_compilation_cache(Path(os.fsdecode(b"d\xe4ta")))
        assert not jax.config.values["jax_enable_compilation_cache"]
    finally:
        jax.config.update("jax_enable_compilation_cache", True)
        jax.config.update(FOLDER, before)


def test_a_folder_that_the_user_chose_is_kept(folder):
    before = jax.config.values[FOLDER]
    use_compilation_cache(Path("elsewhere"))
    assert jax.config.values[FOLDER] == before
