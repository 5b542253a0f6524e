"""Writing files so that a reader never meets half of one."""

import contextlib
import uuid
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; it takes `path`'s place at the end.

    Nothing is left behind, and `path` is untouched, if the block raises. Several
    processes may write the same `path`: the last to finish wins, whole.

    Args:
      path: the file to write; its folder is made if need be. The temporary path, of
        which there is no file yet, keeps its ending, for writers that look at it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem[:200]}-{uuid.uuid4().hex}{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
