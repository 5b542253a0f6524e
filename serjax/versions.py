"""Which versions of what made a result."""

import functools
import platform
from collections.abc import Iterable
from importlib import metadata

# What can change a result.
OF_A_RESULT = ("jax", "jaxlib", "flax", "optax", "orbax-checkpoint", "numpy", "scipy")
OF_A_RESULT += ("librosa", "soundfile", "soxr")


@functools.cache  # every run of a study asks
def library_versions(libraries: Iterable[str]) -> dict[str, str]:
    """Versions of Python and of libraries; none of them is loaded."""
    found = {name: metadata.version(name) for name in libraries}
    return {"python": platform.python_version(), **found}
