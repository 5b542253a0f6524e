"""Writing files so that a reader never meets half of one."""

import contextlib
import errno
import json
import os
import re
import shutil
import socket
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

# Errors that say something of a file, and not of the machine.
_OF_THE_FILE = (errno.EACCES, errno.EPERM, errno.ELOOP, errno.EISDIR, errno.ENXIO)
_OF_THE_FILE += (errno.ENAMETOOLONG,)
# What spreadsheets run; with apostrophes before it, so that each text has its own form.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_NUMBER = re.compile(
    r"[+-]?(\d+\.?\d*|\.\d+|inf)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE
)


@contextlib.contextmanager
def replacing(
    path: str | Path, durable: bool = True, make_folder: bool = True
) -> Iterator[Path]:
    """Give a temporary path beside `path`; it takes `path`'s place at the end.

    Nothing is left behind, and `path` is untouched, if the block raises. Several
    processes may write the same `path`: the last to finish wins, whole.

    Args:
      path: the file to write. The temporary path, of which there is no file yet, keeps
        its ending, for writers that look at it.
      durable: have it on the disk before it takes its place, so that a machine that
        dies leaves the old or the new file. Not worth it for what is found damaged,
        and made again, when it is read.
      make_folder: if need be. Not where it must be there: its disk may have gone, and
        the file would lie on another.
    """
    path = Path(path)
    if make_folder:
        path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_beside(path)
    try:
        yield temporary
        if durable:
            sync(temporary)
        temporary.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        # A full disk names no file, and the temporary one is nobody's.
        theirs = (None, str(temporary))
        if isinstance(error, OSError) and error.errno and error.filename in theirs:
            error.filename = str(path)
        raise
    if durable:
        sync(path.parent)


def check_own_fault(path: str | Path, error: OSError) -> None:
    """Raise `error` unless it is the file's own fault that it cannot be read.

    Raises:
      OSError: the file went since it was listed, no file handles are left, the disk
        fails. To leave the file out would change the data without a word that is true.
    """
    is_dangling = isinstance(error, FileNotFoundError) and os.path.islink(path)
    if not is_dangling and error.errno not in _OF_THE_FILE:
        raise error


def temporary_beside(path: Path) -> Path:
    """Name what is to take `path`'s place; remove what killed processes left of it.

    A process that is killed removes nothing. So the name tells of which process it is,
    and the next that writes the same path, on the same host, clears up.
    """
    start = f".{path.stem[:120]}-{socket.gethostname()[:60]}-"
    with os.scandir(path.parent) as entries:
        old = [it for it in entries if it.name.startswith(start)]
    for entry in old:
        number = entry.name.removeprefix(start).partition("-")[0]
        if number.isdecimal() and not _is_running(int(number)):
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                Path(entry).unlink(missing_ok=True)
    return path.with_name(f"{start}{os.getpid()}-{uuid.uuid4().hex}{path.suffix}")


def _is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except OSError as error:
        return not isinstance(error, ProcessLookupError)  # another user's
    return True


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk.

    Raises:
      OSError: the file could not be written; never for a folder, since not all file
        systems can.
    """
    with contextlib.suppress(OSError) if path.is_dir() else contextlib.nullcontext():
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_csv(
    path: str | Path, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Write a table as UTF-8 text, whole or not at all, to a folder that is there."""
    with (
        replacing(path, make_folder=False) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        file.writelines(map(csv_line, [header, *rows]))


def csv_line(cells: Iterable[object]) -> str:
    """Join cells to a line of a CSV, which ends with a newline; None is an empty cell.

    Quoted is what any program may take for the end of a cell or trim: Python's writer
    leaves a lone carriage return bare, and LibreOffice cuts at semicolons and tabs as
    well. Text that a spreadsheet would run as a formula gets a leading apostrophe,
    which `cell_text` takes off; numbers stay numbers.
    """
    return ",".join(map(_cell, cells)) + "\n"


def cell_text(cell: str) -> str:
    """Text of a cell of a CSV, without the apostrophe that `csv_line` put before it."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8, whole or not at all; its folder is made if need be."""
    with replacing(path) as temporary:
        # A folder's name, in a command, need be no text.
        temporary.write_text(text, "utf-8", "backslashreplace", "\n")


def write_json(path: Path, record: Mapping[str, Any]) -> None:
    """Write a JSON object, whole or not at all, to a folder that is there."""
    with replacing(path, make_folder=False) as temporary:
        temporary.write_text(json.dumps(record, indent=2) + "\n")


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    if _FORMULA.match(text) and text != "-" and not _NUMBER.fullmatch(text):
        text = f"'{text}"
    if text == text.strip() and not any(c in text for c in ',;\t"\r\n'):
        return text
    return '"' + text.replace('"', '""') + '"'
