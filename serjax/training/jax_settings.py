"""JAX's own settings, as a user's variables or program may have left them on."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import jax

# With these changed, the same seed gives other bits.
_OF_A_RESULT = {
    "jax_default_prng_impl": "threefry2x32",
    "jax_threefry_partitionable": True,
    "jax_random_seed_offset": 0,
    "jax_default_matmul_precision": None,
}

_OF_THE_CACHE = (
    "jax_compilation_cache_dir",
    "jax_enable_compilation_cache",
    "jax_persistent_cache_min_compile_time_secs",
    "jax_persistent_cache_min_entry_size_bytes",
)


@contextlib.contextmanager
def usual_settings() -> Iterator[None]:
    """Set back what serjax needs as it is by default, in a block or a whole function.

    Otherwise steps would be of float64, fail, or take minutes each. What is not finite
    is looked for without JAX's help (`finite.py`).
    """
    with contextlib.ExitStack() as stack:
        for setting in (
            jax.enable_x64(False),
            jax.disable_jit(False),
            jax.debug_nans(False),
            jax.debug_infs(False),
            jax.check_tracer_leaks(False),
            jax.no_tracing(False),
            jax.numpy_dtype_promotion("standard"),
            jax.transfer_guard("allow"),
        ):
            stack.enter_context(setting)
        yield


def settings_to_share() -> dict[str, Any]:
    """What another process needs to compute alike, and to keep its programs here."""
    now = jax.config.values
    return {name: now[name] for name in (*_OF_A_RESULT, *_OF_THE_CACHE)}


def take_settings(settings: Mapping[str, Any]) -> None:
    """Take those of the process that this one works for."""
    for name, value in settings.items():
        jax.config.update(name, value)


def changed_settings() -> dict[str, Any]:
    """The settings that change a result and are not JAX's default: of this very run.

    Example:
      >>> with jax.default_prng_impl("rbg"):
      ...     changed_settings()
      {'jax_default_prng_impl': 'rbg'}
    """
    now = jax.config.values
    return {n: now[n] for n, usual in _OF_A_RESULT.items() if now[n] != usual}
