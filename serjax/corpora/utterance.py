"""The record that every reader makes of a recording."""

import dataclasses
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Utterance:
    """One labelled stretch of speech. `None` is an unknown attribute, never a guess.

    Attributes:
      file: audio file relative to the data folder, `/` between its parts.
      corpus: name of the corpus, as `ravdess`.
      label: the corpus's own emotion label, as it keys the mappings.
      emotion: the class that the label maps to, one of the mapping's.
      speaker: unique over all corpora, because prefixed by its own: `ravdess/01`.
      gender: `female` or `male`.
      language: by ISO 639-1, as `en`.
      start_s: where the utterance starts in its file, in seconds.
      end_s: where it ends, in seconds; None is the end of the file.
      part: 'train', 'valid' or 'test' where the corpus or the user gives a split.
      extra: further attributes, as pairs of name and value.
    """

    file: str
    corpus: str
    label: str
    emotion: str
    speaker: str | None = None
    gender: str | None = None
    language: str | None = None
    start_s: float = 0.0
    end_s: float | None = None
    part: str | None = None
    extra: tuple[tuple[str, str | None], ...] = ()

    @property
    def is_segment(self) -> bool:
        """Whether it is a stretch of its file, which may hold others."""
        return self.start_s > 0 or self.end_s is not None

    @property
    def stretch(self) -> str:
        """Where it lies in its file, in words: `from 1.5 s to the end`."""
        end = "the end" if self.end_s is None else f"{self.end_s:g} s"
        return f"from {self.start_s:g} s to {end}"

    def attribute(self, name: str) -> str | None:
        """Value of an attribute by its name; None where it is unknown.

        Raises:
          ValueError: the utterance has no attribute of that name.
        """
        known = ("corpus", "speaker", "gender", "language")
        values = {it: getattr(self, it) for it in known} | dict(self.extra)
        if name not in values:
            raise ValueError(
                f"{self.file} has no attribute {name!r}; it has {', '.join(values)}."
            )
        return values[name]


@dataclasses.dataclass(frozen=True)
class Skip:
    """A file, or a stretch of one, that is left out, and why.

    `corpus` is the corpus that it belongs to, None if to none; `is_dropped` says that
    the mapping of labels leaves it out, though it is a recording like the others.
    """

    file: str
    reason: str
    corpus: str | None = None
    is_dropped: bool = dataclasses.field(default=False, compare=False)

    @classmethod
    def dropped(cls, file: str, label: str, corpus: str) -> "Skip":
        """A recording whose label the mapping drops."""
        reason = f"label {label!r} of {corpus} is dropped by the mapping"
        return cls(file, reason, corpus, is_dropped=True)


class NothingUsable(ValueError):
    """There are recordings, and every one is left out.

    Attributes:
      skipped: the recordings, each with its reason.
    """

    def __init__(self, message: str, skipped: Sequence[Skip]):
        super().__init__(message)
        self.skipped = tuple(skipped)
