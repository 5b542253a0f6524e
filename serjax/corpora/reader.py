"""What a reader of a corpus is.

A reader recognises files by the grammar of their names, never by folder depth, so that
several corpora can lie anywhere below one folder. Most corpora say everything in the
name: `NameReader`, one file per corpus. Others keep labels in further files (IEMOCAP),
hold many utterances in one recording (EPST) or are listed by a user's manifest: they
implement `Reader` itself, and get the whole tree beside the files they claimed.
"""

import dataclasses
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

from serjax.corpora.disk_names import composed
from serjax.corpora.files import Tree
from serjax.corpora.labels import DROP, LabelTable
from serjax.corpora.utterance import Skip, Utterance


@dataclasses.dataclass
class Reading:
    """What a reader made of its files.

    Attributes:
      utterances: the rows.
      skipped: files left out, and why; names in reasons are `Tree.name`'s.
      copies: of the files left out, second copies of a recording -> the first.
      twins: other encodings of a recording -> the one that is read.
      clashes: pairs of different recordings that bear one name.
      notes: what was not taken as it is written, in words -> how many rows.
    """

    utterances: list[Utterance] = dataclasses.field(default_factory=list)
    skipped: list[Skip] = dataclasses.field(default_factory=list)
    copies: dict[str, str] = dataclasses.field(default_factory=dict)
    twins: dict[str, str] = dataclasses.field(default_factory=dict)
    clashes: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    notes: Counter[str] = dataclasses.field(default_factory=Counter)

    def add(
        self, labels: LabelTable, file: str, corpus: str, label: str, **known: Any
    ) -> None:
        """Add an utterance; a skip instead if the mapping drops its label.

        Raises:
          ValueError: the mapping does not know the label.
        """
        emotion = labels.emotion(corpus, label, file, common=False)
        if emotion == DROP:
            self.skipped.append(Skip.dropped(file, label, corpus))
        else:
            self.utterances.append(Utterance(file, corpus, label, emotion, **known))


def stem(file: str) -> str:
    """Name of a file without its folders and its ending: `a/b.wav` -> `b`."""
    name = file.rpartition("/")[2]
    return name.rpartition(".")[0] or name


class Reader(Protocol):
    """Turns the recordings of one corpus into utterances."""

    @property
    def corpus(self) -> str:
        """Name of the corpus, as `ravdess`."""
        ...

    def claims(self, file: str) -> bool:
        """Whether this audio file (relative, `/` between parts) is the corpus's."""
        ...

    def official_name(self, file: str) -> str:
        """What identifies a recording within the corpus, wherever its file lies."""
        ...

    def read(self, tree: Tree, files: Sequence[str], labels: LabelTable) -> Reading:
        """Read the claimed files of a tree, sorted and without second copies.

        No audio is opened. `tree.others` are the files that are no audio, in which
        some corpora keep labels or speakers.

        Raises:
          ValueError: a label that the table does not know.
        """
        ...


class NameReader:
    """A corpus whose file names say everything.

    `pattern` must match the whole name without its ending; its groups `label` and
    `speaker` are the raw label and the speaker as the corpus writes them. `genders` has
    the speakers whose gender is documented.
    """

    corpus: ClassVar[str]
    language: ClassVar[str]
    pattern: ClassVar[re.Pattern[str]]
    genders: ClassVar[Mapping[str, str]] = {}

    def gender(self, match: re.Match[str]) -> str | None:
        """Gender of the speaker, by `genders`; None if it is not documented."""
        return self.genders.get(self.speaker(match))

    def label(self, match: re.Match[str]) -> str:
        """The raw label, as it keys the label table."""
        return match["label"].lower()

    def speaker(self, match: re.Match[str]) -> str:
        """The speaker within the corpus, without prefix."""
        return match["speaker"].lower()

    def skip_reason(self, match: re.Match[str]) -> str | None:
        """Why a recording of that name is left out; None to keep it."""
        return None

    def claims(self, file: str) -> bool:
        """See `Reader.claims`."""
        return self._match(file) is not None

    def official_name(self, file: str) -> str:
        """See `Reader.official_name`: the file's name without its ending."""
        return self.name(file).lower()

    def name(self, file: str) -> str:
        """What `pattern` must match: the file's name without its ending."""
        return stem(file)

    def read(self, tree: Tree, files: Sequence[str], labels: LabelTable) -> Reading:
        """See `Reader.read`."""
        del tree  # The names say everything.
        reading = Reading()
        for file in files:
            match = self._match(file)
            assert match is not None, f"{self.corpus} was given a stranger: {file}"
            reason = self.skip_reason(match)
            if reason is not None:
                reading.skipped.append(Skip(file, reason, self.corpus))
                continue
            reading.add(
                labels,
                file,
                self.corpus,
                self.label(match),
                speaker=f"{self.corpus}/{self.speaker(match)}",
                gender=self.gender(match),
                language=self.language,
            )
        return reading

    def _match(self, file: str) -> re.Match[str] | None:
        name = self.name(file)
        match = self.pattern.fullmatch(name)
        if match or name.isascii():
            return match
        return self.pattern.fullmatch(composed(name))
