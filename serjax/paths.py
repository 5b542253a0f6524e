"""Paths as users give them."""

import os
import re


def expand(given: str | os.PathLike[str], name: str = "path") -> str:
    """Put the home folder for `~` or `~user` at a path's start, as a shell does.

    Messages call the path by `name`.

    Raises:
      ValueError: no file system of this machine can have the path, or no home is known.
    """
    path = os.path.expanduser(text := os.fspath(given))
    wrong = ""
    if path.startswith("~") and not os.path.lexists(path):
        home = path.partition("/")[0]
        wrong = f"no home folder is known for {home}; give the whole path, or ./{text}"
    elif "\0" in path:
        wrong = "a path holds no zero byte"
    elif re.match(r"[A-Za-z][\w+.-]+://", path):
        wrong = "only folders of this machine are read and written; mount it first"
    if wrong:
        raise ValueError(f"{name}={text!r}: {wrong}.")
    return path
