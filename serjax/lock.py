"""One process at a time in a run's or a study's directory.

The operating system holds the lock and lets go of it with the process, however that
ends: a dead process's lock needs no clearing. Where a file system knows no such locks,
filelock's marker files stand in.
"""

import contextlib
import datetime
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock

from serjax.errors import InUse, StorageFailed
from serjax.files import write_json
from serjax.json_files import read_json

_HOLDER = ".lock.json"
_LONGEST = 3700  # bytes of a path; 4096 is Linux's limit, and files lie below it


@contextlib.contextmanager
def holding(
    folder: Path, wait: bool = False, say: Callable[[str], None] | None = None
) -> Iterator[Callable[[], None]]:
    """Hold a directory, which is made if need be, so that no other process writes it.

    If it is to `wait` for another process to end, it will `say` so once.

    Yields:
      A function that raises StorageFailed if the directory is no longer the one that
      was locked: a mount that vanished, a folder that was moved. Without it, what is
      written next would go to a new folder of that name, perhaps on another disk.

    Raises:
      ValueError: its path leaves no room for names below it.
      InUse: another process, named by host and number, holds it.
      OSError: it cannot be made or written.
    """
    if (length := len(os.fsencode(folder.absolute()))) > _LONGEST:
        raise ValueError(
            f"The path of {folder.name[:60]!r} has {length} bytes, and files below it "
            f"need room; expected {_LONGEST} or less. Choose a shorter --workdir."
        )
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        if not wait:
            raise InUse(
                f"{folder} is in use by {_holder(folder)}. Wait for its end, give "
                "--wait, or choose another --workdir."
            ) from error
        if say:
            say(f"Waiting for {_holder(folder)}, which uses {folder}.")
        lock.acquire(poll_interval=1)
    locked = _identity(folder)

    def check() -> None:
        if locked is None or _identity(folder) != locked:
            raise StorageFailed(
                f"{folder} is not the folder any more that this run began in: its disk "
                "went, or it was moved. Nothing is written to what is there now; bring "
                "it back, and the same command goes on."
            )

    try:
        check()
        holder = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "since": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "command": sys.argv,
        }
        write_json(folder / _HOLDER, holder)
        yield check
    except OSError:
        check()  # which then is why
        raise
    finally:
        # Another's, should the folder have been replaced.
        if locked and _identity(folder) == locked:
            with contextlib.suppress(OSError):
                (folder / _HOLDER).unlink()
        lock.release()


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _holder(folder: Path) -> str:
    try:
        record = read_json(folder / _HOLDER, dict[str, object])
        return f"process {record['pid']} on {record['host']}, since {record['since']}"
    except (OSError, ValueError, KeyError):
        return "another process"  # which has only just taken it
