"""One recording, several files: which of them is read."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

from serjax.corpora.files import Tree, is_lfs_pointer
from serjax.corpora.reader import Reader
from serjax.corpora.utterance import Skip
from serjax.files import check_own_fault


@dataclasses.dataclass
class Kept:
    """What became of the files that bear the name of one recording.

    Attributes:
      file: the one that is read.
      copies: files of the same ending and size; their bytes are still to be compared.
      encodings: files of another ending.
      clashes: files of the same ending and another size.
      skipped: all others, and the copies, with reasons.
    """

    file: str
    copies: list[str] = dataclasses.field(default_factory=list)
    encodings: list[str] = dataclasses.field(default_factory=list)
    clashes: list[str] = dataclasses.field(default_factory=list)
    skipped: list[Skip] = dataclasses.field(default_factory=list)


def drop_copies(tree: Tree, reader: Reader, files: Sequence[str]) -> list[Kept]:
    """Keep one of the files that bear one name: downloads repeat some."""
    by_name: dict[str, list[str]] = {}
    for file in files:
        by_name.setdefault(reader.official_name(file), []).append(file)
    kept: dict[str, Kept] = {}
    for name, same in by_name.items():
        same.sort(key=lambda file: (_encoding(file), file))
        kept[name] = keep_one(tree, reader.corpus, same)
    refuse_clashes(tree, reader.corpus, kept)
    return list(kept.values())


def keep_one(tree: Tree, corpus: str, same: Sequence[str]) -> Kept:
    """Keep the first of a corpus's files of one name that is there and is audio."""
    if len(same) == 1:
        return Kept(same[0])
    root = tree.root
    faults = {file: _fault(root / file) for file in same}
    kept = Kept(min(same, key=lambda file: bool(faults[file])))
    name = tree.name(kept.file)
    for file in same:
        if file == kept.file:
            continue
        if faults[file]:
            what = f"by its name the same recording as {name}, which is read"
            reason = f"{faults[file]}; {what}"
        elif _encoding(file) != _encoding(kept.file):
            reason = f"another encoding of {name}"
            kept.encodings.append(file)
        elif os.path.getsize(root / file) != os.path.getsize(root / kept.file):
            kept.clashes.append(file)
            continue
        else:
            reason = f"same recording as {name}"
            kept.copies.append(file)
        kept.skipped.append(Skip(file, reason, corpus))
    return kept


def refuse_clashes(tree: Tree, corpus: str, kept: dict[str, Kept]) -> None:
    """Refuse different recordings of one name, which is the key in `kept`."""
    pairs = [(name, it.file, file) for name, it in kept.items() for file in it.clashes]
    if pairs:
        name, first, second = pairs[0]
        more = f" There are {len(pairs)} such pairs." if len(pairs) > 1 else ""
        raise ValueError(
            f"Two different recordings in {tree.root} bear the name {name} of "
            f"{corpus}: {first} and {second}. Keep the right one.{more}"
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
