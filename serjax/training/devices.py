"""Where to compute: a platform asked for is a platform had, or an error."""

from typing import TypeAlias

import jax

from serjax.training.threads import use_threads

_BY_JAX = ("jax_platforms", "jax_platform_name")

Device: TypeAlias = "jax.Device"  # pyright: ignore[reportInvalidTypeForm]


def select_platform(platform: str, threads: int = 0) -> Device:
    """Make `platform` the default for all that follows.

    Args:
      platform: 'auto' (the best that jax finds), 'cpu', 'gpu' or 'tpu'.
      threads: of the CPU device; see `use_threads`.

    Returns:
      The device to be used.

    Raises:
      ValueError: it is not there; never a silent fall back to the CPU. Or it has
        another number of threads.
    """
    use_threads(threads)
    try:
        devices = jax.devices() if platform == "auto" else jax.devices(platform)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(_describe_lack(platform)) from error
    jax.config.update("jax_default_device", devices[0])
    return devices[0]


def _describe_lack(platform: str) -> str:
    """What was asked for and is not there, by the setting or by JAX's variables."""
    asked = {name: jax.config.values[name] for name in _BY_JAX}
    asked = {name: it for name, it in asked.items() if it}
    if asked:
        names = " and ".join(f"{name.upper()}={it}" for name, it in asked.items())
        return (
            f"{names} (a variable, or jax.config) does not give the device for "
            f"platform={platform!r} here. Unset it, or name what is here, such as cpu."
        )
    found = ", ".join(sorted({device.platform for device in jax.devices()}))
    extra = {"gpu": "cuda", "tpu": "tpu"}.get(platform)
    advice = f", or install serjax[{extra}]" if extra else ""
    return (
        f"platform={platform!r}: jax finds no such device here, only {found}. "
        f"Choose --platform={found.split(', ')[0]}{advice}."
    )


def describe_device(device: Device) -> str:
    """Name backend and device in a line: `cpu: TFRT_CPU_0 (1 device)`."""
    num_devices = len(jax.devices(device.platform))
    plural = "s" if num_devices > 1 else ""
    kind = device.device_kind
    return f"{device.platform}: {kind} ({num_devices} device{plural}, using 1)"
