"""One recording under several names."""

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path

from serjax.corpora.utterance import Utterance
from serjax.files import write_csv

# What two names of one recording may differ in, and what is then wrong.
_HARM = {
    "corpus": "a test on one of these corpora hears what was trained on",
    "speaker": "a speaker of the test may be heard in training",
    "emotion": "one of the two labels is wrong",
}


@dataclasses.dataclass(frozen=True)
class Duplicate:
    """A file that holds the same recording as another one.

    Attributes:
      file: the later name.
      same_as: the first name of the recording.
      differs: which of corpus, speaker and emotion are not the same for the two.
    """

    file: str
    same_as: str
    differs: tuple[str, ...] = ()


def find_duplicates(
    utterances: Sequence[Utterance], digests: Sequence[str], fingerprints: Sequence[str]
) -> tuple[Duplicate, ...]:
    """Find files of the same bytes, or of the same samples in another encoding.

    Digests are of the whole file of each row, fingerprints of its samples. Segments of
    one file are no duplicates.
    """
    first: dict[str, Utterance] = {}
    found: dict[str, Duplicate] = {}
    for utterance, *keys in zip(utterances, digests, fingerprints, strict=True):
        for twin in [first.setdefault(key, utterance) for key in keys]:
            if twin.file == utterance.file or utterance.file in found:
                continue
            differs = (
                it for it in _HARM if getattr(twin, it) != getattr(utterance, it)
            )
            found[utterance.file] = Duplicate(utterance.file, twin.file, tuple(differs))
    return tuple(found.values())


def write_duplicates(path: Path, duplicates: Iterable[Duplicate]) -> None:
    """Write `duplicates.csv`, a line per file that is another one."""
    write_csv(path, ("file", "same_as"), ((it.file, it.same_as) for it in duplicates))


def warn_of_duplicates(duplicates: Sequence[Duplicate]) -> list[str]:
    """Say how many there are, and what is worse than a recording counted twice."""
    if not duplicates:
        return []
    first = duplicates[0]
    number = f"{len(duplicates):,} files are copies"
    number = number if len(duplicates) > 1 else "1 file is a copy"
    lines = [
        f"{number} of another, in bytes or in samples: {first.file} is the same "
        f"recording as {first.same_as}."
    ]
    for name, harm in _HARM.items():
        across = [it for it in duplicates if name in it.differs]
        one = len(across) == 1
        if across:
            lines.append(
                f"{len(across):,} of these copies {'has' if one else 'have'} another "
                f"{name} than the first, so {harm}: {across[0].file} and "
                f"{across[0].same_as}."
            )
    return lines
