"""Which versions of what made a result."""

import platform
from collections.abc import Iterable
from importlib import metadata


def library_versions(libraries: Iterable[str]) -> dict[str, str]:
    """Versions of Python and of libraries; none of them is loaded."""
    found = {name: metadata.version(name) for name in libraries}
    return {"python": platform.python_version(), **found}
