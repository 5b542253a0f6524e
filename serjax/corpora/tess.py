"""TESS: two women of Toronto, English.

Name: speaker_word_emotion, as `OAF_back_angry.wav`; the older (OAF) and the younger
(YAF) actress. One file in circulation is `OA_bite_neutral.wav`: no third speaker. `ps`
is pleasant surprise, which some copies spell out, with another underscore. Kaggle's
copy holds the whole tree twice, one in the other.

References:
  Pichora-Fuller & Dupuis, "Toronto emotional speech set (TESS)", Scholars Portal
  Dataverse 2020.
"""

import re

from serjax.corpora.reader import NameReader


class Tess(NameReader):
    """Reads TESS."""

    corpus = "tess"
    language = "en"
    genders = dict.fromkeys(("oaf", "yaf"), "female")
    pattern = re.compile(
        r"(?P<speaker>[OY]A)F?_(?P<word>[a-z]+)(?:_pleasant)?_(?P<label>[a-z]+)",
        re.IGNORECASE,
    )

    def speaker(self, match: re.Match[str]) -> str:
        """`oaf` or `yaf`, also where the name says OA."""
        return match["speaker"].lower() + "f"

    def label(self, match: re.Match[str]) -> str:
        """`ps` for a surprise, however it is spelt."""
        label = match["label"].lower()
        return "ps" if label in ("surprise", "surprised") else label

    def official_name(self, file: str) -> str:
        """See `Reader.official_name`: one for all spellings of a recording."""
        match = self._match(file)
        assert match is not None, f"tess was given a stranger: {file}"
        return f"{self.speaker(match)}_{match['word'].lower()}_{self.label(match)}"
