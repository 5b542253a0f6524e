"""Where what can be made again is kept: features and synthetic speech."""

import os
from pathlib import Path


def cache_root(cache_dir: str = "") -> Path:
    """Folder of everything cached; it may not exist yet.

    Args:
      cache_dir: the setting; '' for `$XDG_CACHE_HOME/serjax`, or `~/.cache/serjax`.
    """
    if cache_dir:
        return Path(os.path.expanduser(cache_dir))
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification: a relative path is invalid, and to be ignored.
    if not os.path.isabs(base):
        base = os.path.expanduser("~/.cache")
    return Path(base) / "serjax"
