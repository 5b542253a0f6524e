"""One recording, several files: which of them is read."""

import os
from pathlib import Path

from serjax.corpora.reader import Reader


def drop_copies(
    root: Path, reader: Reader, files: list[str]
) -> tuple[list[str], dict[str, str], dict[str, str]]:
    """Keep one of the files that bear one name: downloads repeat some.

    Returns:
      The files to read; copy -> kept; and file of another ending -> kept: CREMA-D
      comes as WAV and as MP3.
    """
    by_name: dict[str, list[str]] = {}
    for file in files:
        by_name.setdefault(reader.official_name(file), []).append(file)
    copies: dict[str, str] = {}
    others: dict[str, str] = {}
    for name, same in by_name.items():
        if len(same) == 1:
            continue
        same.sort(key=lambda file: (_preference(file), file))
        kept = same[0]
        for file in same[1:]:
            if _preference(file) != _preference(kept):
                others[file] = kept
            elif _size(root, kept) != _size(root, file):
                raise ValueError(
                    f"Two different recordings in {root} bear the name {name} of "
                    f"{reader.corpus}: {kept} and {file}. Keep the right one."
                )
            else:
                copies[file] = kept
    return sorted(same[0] for same in by_name.values()), copies, others


def _preference(file: str) -> tuple[int, str]:
    """Which encoding of a recording to keep: plain ones first, lossy ones last."""
    ending = file.rpartition(".")[2].lower()
    ranks = {"wav": 0, "flac": 1, "mp3": 3, "ogg": 3, "oga": 3, "opus": 3}
    return ranks.get(ending, 2), ending


def _size(root: Path, file: str) -> int:
    try:
        return os.path.getsize(root / file)
    except OSError as error:
        raise ValueError(
            f"{root / file}, one of two files of one name, cannot be read: "
            f"{error.strerror}. Remove it."
        ) from error
