"""CREMA-D: 91 actors of North American English.

Name: actor_sentence_emotion_level, as `1001_DFA_ANG_XX.wav`; levels LO, MD, HI and XX
(unspecified). One name in circulation is cut: `1040_ITH_SAD_X.wav`. The sex of an actor
stands in `VideoDemographics.csv`, which some copies lack: `crema-d_actors.csv` beside
this file has the same. The official repository holds every recording as MP3 as well.

References:
  Cao et al., "CREMA-D: Crowd-Sourced Emotional Multimodal Actors Dataset", IEEE
  Transactions on Affective Computing 5(4), 2014.
"""

import functools
import importlib.resources
import re
from collections.abc import Mapping

from serjax.corpora.reader import NameReader, stem
from serjax.corpora.words import GENDERS


@functools.cache
def actor_genders() -> Mapping[str, str | None]:
    """Actor -> gender of the 91, as CREMA-D publishes them."""
    file = importlib.resources.files("serjax.corpora").joinpath("crema-d_actors.csv")
    lines = file.read_text("utf-8").splitlines()
    pairs = (line.split(",") for line in lines if line[0].isdecimal())
    return {actor: GENDERS[sex] for actor, sex in pairs}


class CremaD(NameReader):
    """Reads CREMA-D."""

    corpus = "crema-d"
    language = "en"
    pattern = re.compile(
        r"(?P<speaker>1\d{3})_(?:IEO|TIE|IOM|IWW|TAI|MTI|IWL|ITH|DFA|ITS|TSI|WSI)"
        r"_(?P<label>[A-Z]{3})_(?:LO|MD|HI|XX?)",
        re.IGNORECASE,
    )

    def gender(self, match: re.Match[str]) -> str | None:
        """By the table of the 91 actors; None for an actor that is not in it."""
        return actor_genders().get(match["speaker"])

    def label(self, match: re.Match[str]) -> str:
        """The three letters, in upper case."""
        return match["label"].upper()

    def official_name(self, file: str) -> str:
        """See `Reader.official_name`: with the level XX also where the name is cut."""
        name = stem(file).lower()
        return f"{name}x" if name.endswith("_x") else name
