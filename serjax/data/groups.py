"""Rows that are normalised together, and which of them give the statistics."""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence

from serjax.config import NEEDS_OF_TARGET
from serjax.corpora.utterance import Utterance

FEW = 5
"""Fewer utterances of a speaker are counted in a note: so few say little of a voice."""


@dataclasses.dataclass(frozen=True)
class Groups:
    """Of each row, whose statistics it is normalised by.

    Attributes:
      numbers: of the group; -1 for a row that is normalised by its own.
      gives: whether the group's statistics are taken over the row.
    """

    numbers: tuple[int, ...]
    gives: tuple[bool, ...]

    @classmethod
    def alone(cls, num_rows: int) -> "Groups":
        """Each row by its own statistics."""
        return cls((-1,) * num_rows, (False,) * num_rows)

    def extended(self, copies_of: Sequence[int]) -> "Groups":
        """With copies of some rows, which are of their groups and give nothing."""
        numbers = *self.numbers, *(self.numbers[row] for row in copies_of)
        return Groups(numbers, (*self.gives, *[False] * len(copies_of)))


def find_groups(
    normalisation: str, utterances: Sequence[Utterance], parts: Sequence[str]
) -> Groups | None:
    """Group rows by speaker or by corpus; None where each is normalised by itself.

    What a row is normalised by is taken over rows of its own part, or of training: the
    rows of a corpus that is trained on all have the statistics of its training rows, a
    speaker in two parts has two, and an unseen corpus or speaker has its own. A row of
    an unknown speaker is a group of none. By `train` all rows are one group, to which
    the training rows give.
    """
    if normalisation == "train":
        return Groups((0,) * len(parts), tuple(part == "train" for part in parts))
    if normalisation not in ("speaker", "corpus"):
        return None
    rows = [*zip(utterances, parts, strict=True)]
    trained = {it.corpus for it, part in rows if part == "train"}
    keys: list[tuple[str, str] | None] = []
    for it, part in rows:
        if normalisation == "corpus":
            keys.append((it.corpus, "train" if it.corpus in trained else part))
        else:
            keys.append(None if it.speaker is None else (it.speaker, part))
    number_of = {key: n for n, key in enumerate(dict.fromkeys(filter(None, keys)))}
    return Groups(
        numbers=tuple(-1 if key is None else number_of[key] for key in keys),
        gives=tuple(
            key is not None and part == key[1]
            for key, part in zip(keys, parts, strict=True)
        ),
    )


def note_groups(normalisation: str, groups: Groups | None) -> Iterator[str]:
    """Say what the normalisation needs, and of whom there is little to take it over."""
    if groups is None or normalisation == "train":
        return
    needs = NEEDS_OF_TARGET[normalisation]
    yield f"normalisation={normalisation}: needs {needs} of an unseen corpus"
    sizes = Counter(groups.numbers)
    if unknown := sizes.pop(-1, 0):
        yield (
            f"normalisation={normalisation}: {unknown} utterances of unknown speakers "
            "are normalised by their own mean and deviation"
        )
    few = sum(size < FEW for size in sizes.values())
    if few and normalisation == "speaker":
        yield (
            f"normalisation={normalisation}: {few} of {len(sizes)} speakers have fewer "
            f"than {FEW} utterances"
        )
