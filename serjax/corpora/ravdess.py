"""RAVDESS: 24 actors of North American English, speech and song.

Name: modality-channel-emotion-intensity-statement-repetition-actor, two digits each,
as `03-01-06-01-02-01-12.wav`. Modality 03 is audio-only; vocal channel 01 is speech,
02 song. Odd actors are male, even ones female.

References:
  Livingstone & Russo, "The Ryerson Audio-Visual Database of Emotional Speech and Song",
  PLoS ONE 13(5), 2018.
"""

import re

from serjax.corpora.reader import NameReader


class Ravdess(NameReader):
    """Reads RAVDESS; its sung part only if `song`."""

    corpus = "ravdess"
    language = "en"
    genders = dict.fromkeys((f"{actor:02d}" for actor in range(1, 25)), "male")
    genders |= dict.fromkeys((f"{actor:02d}" for actor in range(2, 25, 2)), "female")
    pattern = re.compile(
        r"(?P<modality>0[1-3])-(?P<channel>0[12])-(?P<label>\d\d)-\d\d-\d\d-\d\d"
        r"-(?P<speaker>\d\d)"
    )

    def __init__(self, song: bool = False):
        self.song = song

    def skip_reason(self, match: re.Match[str]) -> str | None:
        """Leave out the sound of the videos, and song unless wanted."""
        if match["modality"] != "03":
            return (
                f"ravdess modality {match['modality']} is a video's; only modality 03, "
                "audio-only, is read"
            )
        if match["channel"] == "02" and not self.song:
            return "ravdess song; give --ravdess_song to read it"
        return None
