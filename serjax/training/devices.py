"""Where to compute: a platform asked for is a platform had, or an error."""

from typing import TypeAlias

import jax

Device: TypeAlias = "jax.Device"  # pyright: ignore[reportInvalidTypeForm]


def select_platform(platform: str) -> Device:
    """Make `platform` the default for all that follows.

    Args:
      platform: 'auto' (the best that jax finds), 'cpu', 'gpu' or 'tpu'.

    Returns:
      The device to be used.

    Raises:
      ValueError: it is not there; never a silent fall back to the CPU.
    """
    try:
        devices = jax.devices() if platform == "auto" else jax.devices(platform)
    except RuntimeError as error:
        found = ", ".join(sorted({device.platform for device in jax.devices()}))
        extra = {"gpu": "cuda", "tpu": "tpu"}.get(platform)
        advice = f", or install serjax[{extra}]" if extra else ""
        raise ValueError(
            f"platform={platform!r}: jax finds no such device here, only {found}. "
            f"Choose --platform={found.split(', ')[0]}{advice}."
        ) from error
    jax.config.update("jax_default_device", devices[0])
    return devices[0]


def describe_device(device: Device) -> str:
    """Name backend and device in a line: `cpu: TFRT_CPU_0 (1 device)`."""
    num_devices = len(jax.devices(device.platform))
    plural = "s" if num_devices > 1 else ""
    kind = device.device_kind
    return f"{device.platform}: {kind} ({num_devices} device{plural}, using 1)"
