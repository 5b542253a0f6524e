"""A folder's files sealed by their SHA-256, in the form that `sha256sum -c` reads."""

import hashlib
from pathlib import Path

from serjax.files import replacing, sync

SUMS = "SHA256SUMS"


def seal(folder: Path) -> None:
    """Write the digests of all files below `folder` to its SHA256SUMS, last of all."""
    names = _names(folder)
    lines = [f"{_digest(folder / name)}  {name}\n" for name in names]
    for name in names:
        sync(folder / name)
    with replacing(folder / SUMS) as temporary:
        temporary.write_text("".join(lines), encoding="utf-8", newline="\n")


def find_damage(folder: Path) -> str | None:
    """Say what in a sealed folder is not as it was written; None if nothing.

    A file that is missing, cut short, changed in a bit or not listed; a list that is
    itself missing or cut short; what is no plain file, as a link out of the folder.

    Raises:
      OSError: a file that is there cannot be read, so that nothing is known of it.
    """
    for path in folder.rglob("*"):
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            return f"{path.relative_to(folder)} is no plain file"
    try:
        text = (folder / SUMS).read_bytes().decode("ascii", "replace")
    except (FileNotFoundError, IsADirectoryError):
        return f"it has no {SUMS}"
    if not text.endswith("\n"):
        return f"its {SUMS} is cut short"
    lines = [line.partition("  ") for line in text.splitlines()]
    listed = {name: digest for digest, _, name in lines}
    names = _names(folder)
    if missing := sorted({*listed} - {*names}):
        return f"{missing[0]!r} is missing"
    for name in names:
        if name not in listed:
            return f"{name} is not in its {SUMS}"
        if _digest(folder / name) != listed[name]:
            return f"{name} is not as it was written"
    return None


def _names(folder: Path) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted({path.relative_to(folder).as_posix() for path in files} - {SUMS})


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
