"""One recording, several files: which of them is read."""

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from serjax.corpora.files import Tree, is_lfs_pointer
from serjax.corpora.reader import Reader, Reading, stem
from serjax.corpora.utterance import Skip
from serjax.files import check_own_fault


def drop_copies(
    tree: Tree, reader: Reader, files: Sequence[str], reading: Reading
) -> list[str]:
    """Keep one of the files that bear one name, as downloads repeat some."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for file in sorted(files, key=lambda file: (_encoding(file), file)):
        by_name[reader.official_name(file)].append(file)
    return sorted(keep_one(tree, reader, same, reading) for same in by_name.values())


def keep_one(tree: Tree, reader: Reader, same: Sequence[str], reading: Reading) -> str:
    """Keep the first of a corpus's files of one name that is there and is audio.

    The others become the reading's skips, of which those of the same ending and size
    are copies, whose bytes are still to be compared; another size is a clash.
    """
    if len(same) == 1:
        return same[0]
    faults = {file: _fault(tree.root / file) for file in same}
    kept = min(same, key=lambda file: bool(faults[file]))
    name = tree.name(kept)
    for file in [it for it in same if it != kept]:
        if faults[file]:
            what = f"by its name the same recording as {name}, which is read"
            reason = f"{faults[file]}; {what}"
        elif _encoding(file) != _encoding(kept):
            reason = f"another encoding of {name}"
            reading.twins[file] = kept
        elif os.path.getsize(tree.root / file) != os.path.getsize(tree.root / kept):
            reading.clashes.append((kept, file))
            continue
        else:
            reason = f"same recording as {name}"
            reading.copies[file] = kept
        reading.skipped.append(Skip(file, reason, reader.corpus))
    return kept


def refuse_clashes(tree: Tree, reader: Reader, reading: Reading) -> None:
    """Refuse different recordings of one name."""
    if reading.clashes:
        (first, second), *others = reading.clashes
        more = f" There are {len(others) + 1} such pairs." if others else ""
        raise ValueError(
            f"Two different recordings in {tree.root} bear the name {stem(first)} of "
            f"{reader.corpus}: {first} and {second}. Keep the right one.{more}"
        )


def _encoding(file: str) -> tuple[int, str]:
    """Rank of a file's ending, plain encodings first and lossy ones last, and it."""
    ending = file.rpartition(".")[2].lower()
    ranks = {"wav": 0, "flac": 1, "mp3": 3, "ogg": 3, "oga": 3, "opus": 3}
    return ranks.get(ending, 2), ending


def _fault(path: Path) -> str:
    """Why a file holds no recording, as far as can be seen without decoding it."""
    try:
        return "a Git LFS pointer, not audio" if is_lfs_pointer(path) else ""
    except OSError as error:
        check_own_fault(path, error)
        return f"cannot be read: {error.strerror}"
