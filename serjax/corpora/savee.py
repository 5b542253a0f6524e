"""SAVEE: four men of Surrey, British English.

Two layouts: `AudioData/DC/a01.wav`, the official one, and `DC_a01.wav`. Speakers DC JE
JK KL; the letters are the emotion, the digits the sentence.

References:
  Haq & Jackson, "Multimodal Emotion Recognition", in Machine Audition, 2010.
"""

import re

from serjax.corpora.reader import NameReader


class Savee(NameReader):
    """Reads SAVEE, whose speaker may be a folder."""

    corpus = "savee"
    language = "en"
    genders = dict.fromkeys(("dc", "je", "jk", "kl"), "male")
    pattern = re.compile(
        r"(?P<speaker>DC|JE|JK|KL)[/_](?P<label>[a-z]{1,2})(?P<sentence>\d\d)",
        re.IGNORECASE,
    )

    def official_name(self, file: str) -> str:
        """See `Reader.official_name`: one for both layouts."""
        return self.name(file).lower().replace("/", "_")

    def name(self, file: str) -> str:
        """The name without its ending, and the folder before a name of one field."""
        path = file.rpartition(".")[0]
        folder, _, name = path.rpartition("/")
        return name if "_" in name else f"{folder.rpartition('/')[2]}/{name}"
