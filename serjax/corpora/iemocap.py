"""IEMOCAP: ten actors in five pairs, American English, cut into turns.

A turn `Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M003.wav` has its label in
`Session1/dialog/EmoEvaluation/Ses01F_impro01.txt`. The speaker is the letter of the
LAST field, here a man's: the first letter says only whose face bore the markers. Labels
are the raters' majority; `xxx` is none. Whole dialogues lie in `dialog/wav`.

References:
  Busso et al., "IEMOCAP: Interactive emotional dyadic motion capture database",
  Language Resources and Evaluation 42(4), 2008.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from serjax.corpora.files import Tree
from serjax.corpora.labels import LabelTable
from serjax.corpora.reader import Reading, stem
from serjax.corpora.texts import read_text
from serjax.corpora.utterance import Skip

_NAME = re.compile(r"Ses0[1-5][FM]_(?:impro|script)\d\d\w*", re.IGNORECASE)
_DIALOGUE = re.compile(r"Ses\d\d[FM]_[a-z]+\d\d(?:_\d)?[a-z]?", re.IGNORECASE)
_TURN = re.compile(r"(?P<session>Ses\d\d)[FM]_\w+_(?P<letter>[FM])\w{3}", re.IGNORECASE)
# [6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 2.5000, 2.5000]
_LINE = re.compile(
    r"\[[\d.]+ - [\d.]+\]\s+(?P<turn>\w+)\s+(?P<label>[a-z]{3})\s+\[[^\]]*\]\s*",
    re.IGNORECASE,
)
_TEXT = re.compile(r"(?:.*/)?EmoEvaluation/[^/]+\.txt", re.IGNORECASE)
_NO_TEXTS = (
    "its label stands in Session*/dialog/EmoEvaluation/*.txt of IEMOCAP, and no such "
    "file is there; add them, or list the recordings with --manifest"
)


class _Turn(NamedTuple):
    """A turn by EmoEvaluation: its label, which text says so, where its sound lies."""

    label: str
    text: str
    recording: str


class Iemocap:
    """Reads IEMOCAP."""

    corpus = "iemocap"

    def claims(self, file: str) -> bool:
        """See `Reader.claims`: turns and whole dialogues."""
        return _NAME.fullmatch(stem(file)) is not None

    def official_name(self, file: str) -> str:
        """See `Reader.official_name`: the name of the turn or the dialogue."""
        return stem(file).lower()

    def read(self, tree: Tree, files: Sequence[str], labels: LabelTable) -> Reading:
        """See `Reader.read`.

        Raises:
          ValueError: a file of EmoEvaluation that is no text, or two that disagree; a
            label that the table does not know.
        """
        reading = Reading()
        texts = [it for it in tree.others if _TEXT.fullmatch(it)]
        turns = self._read_texts(tree, texts, reading)
        for file in files:
            name = stem(file)
            match = _TURN.fullmatch(name)
            turn = turns.pop(name.lower(), None)
            if match is None and not _DIALOGUE.fullmatch(name):
                reason = "named neither as a turn nor as a dialogue of IEMOCAP"
            elif match is None:
                reason = "a whole dialogue; its turns are read, from sentences/wav"
            elif turn is None:
                reason = "no line of EmoEvaluation labels it" if texts else _NO_TEXTS
            else:
                session, letter = match["session"].capitalize(), match["letter"].upper()
                reading.add(
                    labels,
                    file,
                    self.corpus,
                    turn.label,
                    speaker=f"iemocap/{session}{letter}",
                    gender="female" if letter == "F" else "male",
                    language="en",
                    extra=(("session", f"iemocap/{session}"),),
                )
                continue
            reading.skipped.append(Skip(file, reason, self.corpus))
        for turn in turns.values():
            reason = f"no such recording, though {tree.name(turn.text)} labels it"
            reading.skipped.append(Skip(turn.recording, reason, self.corpus))
        return reading

    def _read_texts(
        self, tree: Tree, texts: Sequence[str], reading: Reading
    ) -> dict[str, _Turn]:
        """Turn in lower case -> what is said of it; lines of no turn are skips."""
        turns: dict[str, _Turn] = {}
        for text in texts:
            # Where its turns lie.
            session = re.sub(r"(?i)(dialog/)?EmoEvaluation/[^/]+$", "", text)
            lines = enumerate(read_text(tree.root / text).splitlines(), start=1)
            # Others are comments, empty, or one rater's opinion.
            for number, line in [it for it in lines if it[1].startswith("[")]:
                match = _LINE.fullmatch(line)
                if match is None or _TURN.fullmatch(match["turn"]) is None:
                    what = "`[start - end] turn label [v, a, d]`"
                    reason = f"line {number} is not {what}"
                    reading.skipped.append(Skip(text, reason, self.corpus))
                    continue
                name, label = match["turn"], match["label"].lower()
                wav = f"{session}sentences/wav/{name.rpartition('_')[0]}/{name}.wav"
                said = turns.setdefault(name.lower(), _Turn(label, text, wav))
                if said.label != label:
                    raise ValueError(
                        f"{tree.root}: {said.text} labels {name} {said.label!r}, and "
                        f"{text}, line {number}, {label!r}. Keep the right one."
                    )
        return turns
