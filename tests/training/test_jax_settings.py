import jax
import jax.numpy as jnp
import pytest

from serjax.config import Config
from serjax.records.run_config import RunConfig, holds_run, open_run
from serjax.training.jax_settings import changed_settings, usual_settings
from tests.made_records import make_run_config

LEFT_ON = {
    "jax_enable_x64": True,
    "jax_disable_jit": True,
    "jax_debug_nans": True,
    "jax_debug_infs": True,
    "jax_check_tracer_leaks": True,
    "jax_no_tracing": True,
    "jax_numpy_dtype_promotion": "strict",
    "jax_transfer_guard": "disallow",
}
OF_A_RESULT = {
    "jax_default_prng_impl": "rbg",
    "jax_threefry_partitionable": False,
    "jax_random_seed_offset": 7,
    "jax_default_matmul_precision": "highest",
}


@pytest.fixture
def leave_on():
    """Changes JAX's settings as a variable or a program does; puts back what was."""
    before = dict(jax.config.values)
    yield lambda name, value: jax.config.update(name, value)
    for name in (*LEFT_ON, *OF_A_RESULT, "jax_transfer_guard_device_to_host"):
        jax.config.update(name, before[name])


@pytest.mark.parametrize("name", LEFT_ON)
def test_what_would_break_steps_is_set_back_within(leave_on, name):
    leave_on(name, LEFT_ON[name])
    with usual_settings():
        total = jax.jit(lambda x: jnp.log(x) + jnp.arange(2))(jnp.zeros(2))
        assert total.dtype == jnp.float32
        assert float(total[0]) == -jnp.inf
    assert jax.config.values[name] == LEFT_ON[name]


def test_a_run_under_settings_that_were_left_on_is_the_usual_one(
    leave_on, train_in, tmp_path
):
    usual = train_in(tmp_path / "usual")
    for name, value in LEFT_ON.items():
        leave_on(name, value)
    result = train_in(tmp_path / "left_on")
    assert {**result, "wall_s": 0} == {**usual, "wall_s": 0}
    assert RunConfig.read(tmp_path / "left_on").jax == {}


@pytest.mark.parametrize("name", OF_A_RESULT)
def test_what_changes_bits_is_recorded_and_refuses_another_by_name(
    leave_on, tmp_path, name
):
    assert changed_settings() == {}
    usual = make_run_config(Config())
    leave_on(name, OF_A_RESULT[name])
    assert changed_settings() == {name: OF_A_RESULT[name]}
    changed = make_run_config(Config(), jax=changed_settings())
    for folder, record in (("usual", usual), ("changed", changed)):
        (tmp_path / folder).mkdir()
        open_run(tmp_path / folder, record)
    assert RunConfig.read(tmp_path / "changed").jax == changed.jax
    assert holds_run(tmp_path / "changed", changed.settings, changed)
    with pytest.raises(ValueError, match=f"{name}=JAX's default there, .* given"):
        holds_run(tmp_path / "usual", changed.settings, changed)
    with pytest.raises(ValueError, match=f"{name}=.* there, JAX's default given"):
        holds_run(tmp_path / "changed", usual.settings, usual)
