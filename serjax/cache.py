"""Where what can be made again is kept: features, synthetic speech, programs."""

import functools
import os
import tempfile
import warnings
from pathlib import Path

from serjax.errors import StorageFailed
from serjax.paths import expand


def cache_root(cache_dir: str = "") -> Path:
    """Folder of everything cached; it may not exist yet.

    Without the setting it is `$XDG_CACHE_HOME/serjax`, or `~/.cache/serjax`, or, where
    that cannot be written, a folder below the temporary one, with a warning.
    """
    if cache_dir:
        return Path(expand(cache_dir, "cache_dir"))
    return (users_cache() or _spare_cache()) / "serjax"


def lend_cache(cache_dir: str = "") -> None:
    """Give libraries a folder for their caches where the user's cannot be written.

    Numba and pooch, librosa's, look for theirs when they are imported, and fail without
    one. They find it by variables, which processes that are started later inherit.

    Raises:
      OSError: nothing can be written to the cache either.
    """
    if users_cache():
        return
    folder = cache_root(cache_dir) / "libraries" if cache_dir else _spare_cache()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["XDG_CACHE_HOME"] = str(folder)
    os.environ.setdefault("NUMBA_CACHE_DIR", str(folder / "numba"))
    os.environ.setdefault("MPLCONFIGDIR", str(folder / "matplotlib"))


def users_cache() -> Path | None:
    """The user's folder for caches; None where it cannot be written."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification: a relative path is invalid, and to be ignored.
    if not os.path.isabs(base):
        base = os.path.expanduser("~/.cache")
    if not os.path.isabs(base):  # as ~ is where no home is known
        return None
    nearest = base  # that is there to make it in
    while not os.path.lexists(nearest):
        nearest = os.path.dirname(nearest)
    can_write = os.path.isdir(nearest) and os.access(nearest, os.W_OK | os.X_OK)
    return Path(base) if can_write else None


@functools.cache
def _spare_cache() -> Path:
    """A folder of this user's alone, the same at each start."""
    folder = Path(tempfile.gettempdir()).absolute() / f"serjax-cache-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid != os.getuid():
        raise StorageFailed(f"{folder} is another user's; give --cache_dir")
    warnings.warn(
        f"The home's cache cannot be written; {folder} is used. Choose another with "
        "--cache_dir or XDG_CACHE_HOME.",
        stacklevel=3,
    )
    return folder
