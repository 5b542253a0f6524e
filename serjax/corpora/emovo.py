"""EMOVO: six Italian actors.

Name: emotion-speaker-sentence, as `gio-f2-b2.wav`; speakers f1 f2 f3 m1 m2 m3. The
recordings are stereo with opposed channels: keep one, never mix.

References:
  Costantini et al., "EMOVO Corpus: an Italian Emotional Speech Database", LREC 2014.
"""

import re

from serjax.corpora.reader import NameReader


class Emovo(NameReader):
    """Reads EMOVO."""

    corpus = "emovo"
    language = "it"
    genders = dict.fromkeys(("f1", "f2", "f3"), "female")
    genders |= dict.fromkeys(("m1", "m2", "m3"), "male")
    pattern = re.compile(
        r"(?P<label>[a-z]{3})-(?P<speaker>[fm]\d)-[a-z]\d", re.IGNORECASE
    )
