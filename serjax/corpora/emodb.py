"""Emo-DB: ten actors of Berlin, German.

Name: speaker, text, emotion, version, as `03a01Wa.wav`. The folders `lablaut`,
`labsilb` and `silb` beside `wav` hold no audio.

References:
  Burkhardt et al., "A Database of German Emotional Speech", Interspeech 2005.
"""

import re

from serjax.corpora.reader import NameReader


class EmoDb(NameReader):
    """Reads Emo-DB."""

    corpus = "emodb"
    language = "de"
    genders = dict.fromkeys(("08", "09", "13", "14", "16"), "female")
    genders |= dict.fromkeys(("03", "10", "11", "12", "15"), "male")
    pattern = re.compile(
        r"(?P<speaker>\d\d)[ab]\d\d(?P<label>[a-z])[a-z]?", re.IGNORECASE
    )

    def label(self, match: re.Match[str]) -> str:
        """The initial of the German word, in upper case."""
        return match["label"].upper()
