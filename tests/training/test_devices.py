import jax
import pytest

from serjax.training.devices import describe_device, select_platform


def _default():
    return jax.config.jax_default_device  # pyright: ignore


@pytest.fixture(autouse=True)
def _default_device():
    """Choosing a platform is for the process; put back what was."""
    before = _default()
    yield
    jax.config.update("jax_default_device", before)


def _has(platform):
    return any(device.platform == platform for device in jax.devices())


def test_the_cpu_is_always_there():
    device = select_platform("cpu")
    assert device.platform == "cpu"
    assert _default() == device
    assert describe_device(device).startswith("cpu: ")


def test_auto_is_the_best_that_jax_finds():
    assert select_platform("auto") == jax.devices()[0]


@pytest.mark.parametrize(("platform", "extra"), [("gpu", "cuda"), ("tpu", "tpu")])
def test_a_platform_that_is_not_there_is_an_error(platform, extra):
    if _has(platform):
        pytest.skip(f"jax finds a {platform} here")
    before = _default()
    with pytest.raises(ValueError, match=rf"'{platform}'.*--platform=.*\[{extra}\]"):
        select_platform(platform)
    assert _default() == before


@pytest.mark.parametrize("error", [RuntimeError("Unable to"), AssertionError()])
@pytest.mark.parametrize("name", ["jax_platforms", "jax_platform_name"])
@pytest.mark.parametrize("platform", ["auto", "cpu"])
def test_a_variable_of_jax_that_asks_for_what_is_not_there_is_named(
    monkeypatch, error, name, platform
):
    def devices(*_):
        raise error

    monkeypatch.setattr(jax, "devices", devices)
    before = jax.config.values[name]
    jax.config.update(name, "cuda")
    try:
        with pytest.raises(ValueError, match=f"^{name.upper()}=cuda .* Unset it"):
            select_platform(platform)
    finally:
        jax.config.update(name, before)


def test_a_gpu_that_is_there_is_chosen():
    if not _has("gpu"):
        pytest.skip("jax finds no gpu here")
    assert select_platform("gpu").platform == "gpu"
