"""How each synthetic corpus is made: whose voices, which moods, what recording.

The strengths here decide how hard the synthetic task is; they were tuned, against the
demo preset and its test and unseen scores (BUILD_NOTES 12), so that emotion is learnt
in part and carries over to the unseen corpus in part.
`serjax.corpora.synthetic.VERSION` counts every change.
"""

import dataclasses

from serjax.corpora.speaking import Emotion
from serjax.corpora.synthesiser import Recording

EMOTIONS = {
    "neutral": Emotion(),
    "calm": Emotion(f0_st=-0.5, range_st=-0.5, tempo=-0.08, level_db=-1.5),
    "bored": Emotion(-1.5, -1.5, -2.0, -0.25, -3.0, -1.0, -5.0, -1.5, 2.0, 0.0),
    "happy": Emotion(3.5, 3.0, 4.0, 0.18, 3.0, 2.5, 5.0, 1.5, 0.0, 0.0),
    "surprised": Emotion(5.0, 3.5, 6.0, 0.12, 3.0, 2.0, 6.0, 1.0, 1.0, 0.0),
    "angry": Emotion(3.0, 1.5, -4.0, 0.15, 6.0, 5.0, -6.0, 3.0, -2.0, 0.0),
    "fearful": Emotion(5.0, -0.5, -2.0, 0.25, 1.0, 1.0, -5.0, 0.5, 5.0, 0.9),
    "disgust": Emotion(-1.0, 1.0, -4.0, -0.15, 1.0, 4.0, -5.0, 0.5, 1.0, 0.0),
    "sad": Emotion(-1.0, -1.5, -2.5, -0.3, -4.0, -1.0, -7.0, -2.0, 4.0, 0.3),
}
"""Moods that act out the corpora's labels."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a synthetic corpus is made.

    Attributes:
      language: by ISO 639-1.
      speakers: name -> gender.
      counts: raw label -> (mood, utterances per speaker).
      num_texts: how many texts there are.
      num_syllables: length of a text.
      recording: microphone and room.
      strength: scales all moods.
      manner: added to every mood: how this corpus speaks.
      sample_rate_hz: of the files.
      num_channels: 2 for opposed channels.
    """

    language: str
    speakers: dict[str, str]
    counts: dict[str, tuple[str, int]]
    num_texts: int
    num_syllables: int
    recording: Recording
    strength: float = 1.4
    manner: Emotion = Emotion()  # noqa: RUF009
    sample_rate_hz: int = 16_000
    num_channels: int = 1


RECIPES = {
    "ravdess": Recipe(
        language="en",
        speakers={
            f"{actor:02d}": "male" if actor % 2 else "female" for actor in range(1, 25)
        },
        counts={
            "01": ("neutral", 2),
            "02": ("calm", 1),
            "03": ("happy", 2),
            "08": ("surprised", 1),
            "04": ("sad", 1),
            "05": ("angry", 1),
            "06": ("fearful", 1),
            "07": ("disgust", 1),
        },
        num_texts=2,
        num_syllables=4,
        recording=Recording(-37.0, -41.0, -5.0, lead_s=0.14, trail_s=0.14),
    ),
    "emodb": Recipe(
        language="de",
        speakers={
            **dict.fromkeys(("03", "10", "11", "12", "15"), "male"),
            **dict.fromkeys(("08", "09", "13", "14", "16"), "female"),
        },
        counts={
            "N": ("neutral", 5),
            "F": ("happy", 5),
            "W": ("angry", 2),
            "E": ("disgust", 1),
            "A": ("fearful", 1),
            "T": ("sad", 1),
            "L": ("bored", 1),
        },
        num_texts=10,
        num_syllables=4,
        recording=Recording(-33.0, -52.0, -3.0, lead_s=0.03, trail_s=0.03),
    ),
    "emovo": Recipe(
        language="it",
        speakers={
            **dict.fromkeys(("f1", "f2", "f3"), "female"),
            **dict.fromkeys(("m1", "m2", "m3"), "male"),
        },
        counts={
            "neu": ("neutral", 6),
            "gio": ("happy", 3),
            "sor": ("surprised", 3),
            "dis": ("disgust", 1),
            "pau": ("fearful", 2),
            "rab": ("angry", 2),
            "tri": ("sad", 2),
        },
        num_texts=14,
        num_syllables=4,
        recording=Recording(
            -34.0, -46.0, -1.0, lead_s=0.07, trail_s=0.07, reverberation_s=0.25
        ),
        num_channels=2,
    ),
    "tess": Recipe(
        language="en",
        speakers={"OAF": "female", "YAF": "female"},
        counts={
            "neutral": ("neutral", 14),
            "happy": ("happy", 7),
            "ps": ("surprised", 7),
            "angry": ("angry", 4),
            "disgust": ("disgust", 3),
            "fear": ("fearful", 3),
            "sad": ("sad", 4),
        },
        num_texts=14,
        num_syllables=4,
        recording=Recording(
            -24.0, -42.0, -4.0, lead_s=0.03, trail_s=0.06, low_cut_hz=150.0
        ),
        strength=1.0,
        manner=Emotion(tempo=-0.1, final_st=1.5, swell_db=2.0, accent_db=1.0),
        sample_rate_hz=24_414,
    ),
}
"""The four corpora: 598 utterances, about 10 minutes."""
