"""The eight corpora as published: every name by its grammar, labels, hours, formats.

No list of files stands here: what the grammar and the official counts do not fix (which
turn of IEMOCAP has which label, say) is drawn.
"""

import dataclasses
import itertools
from collections.abc import Callable

import numpy as np

Names = list[tuple[str, str]]
"""Pairs of a name below the corpus's folder, and a label."""


@dataclasses.dataclass(frozen=True)
class Corpus:
    """What is known of a corpus as published.

    Attributes:
      names: makes all names with their labels; draws labels where names say none.
      hours: in all.
      spread: standard deviation of a length's natural logarithm.
      sample_rate_hz: of its files.
      num_channels: of its files.
    """

    names: Callable[[np.random.Generator], Names]
    hours: float
    spread: float
    sample_rate_hz: int
    num_channels: int = 1


def _crema_d(rng: np.random.Generator) -> Names:
    del rng
    labels = "ANG DIS FEA HAP NEU SAD".split()
    # What the published corpus lacks: a sentence of three actors, two single files.
    absent = {("1008", "WSI", label) for label in labels}
    absent |= {("1009", "MTI", label) for label in labels}
    absent |= {("1019", "ITH", label) for label in labels}
    absent |= {("1002", "TIE", "NEU"), ("1076", "ITS", "NEU")}
    sentences = "IEO TIE IOM IWW TAI MTI IWL ITH DFA ITS TSI WSI".split()
    actors = map(str, range(1001, 1092))
    return [
        (f"AudioWAV/{actor}_{sentence}_{label}_{level}.wav", label)
        for actor, sentence, label in itertools.product(actors, sentences, labels)
        if (actor, sentence, label) not in absent
        for level in (
            ("LO", "MD", "HI") if sentence == "IEO" and label != "NEU" else ("XX",)
        )
    ]


def _emodb(rng: np.random.Generator) -> Names:
    del rng
    speakers = "03 08 09 10 11 12 13 14 15 16".split()
    texts = "a01 a02 a04 a05 a07 b01 b02 b03 b09 b10".split()
    counts = {"W": 127, "L": 81, "E": 46, "A": 69, "F": 71, "N": 79, "T": 62}
    return [
        (
            f"wav/{speakers[i % 10]}{texts[i // 10 % 10]}{label}{'ab'[i // 100]}.wav",
            label,
        )
        for label, count in counts.items()
        for i in range(count)
    ]


def _emovo(rng: np.random.Generator) -> Names:
    del rng
    sentences = "b1 b2 b3 l1 l2 l3 l4 n1 n2 n3 n4 n5 d1 d2".split()
    labels = "dis gio neu pau rab sor tri".split()
    return [
        (f"{speaker}/{label}-{speaker}-{sentence}.wav", label)
        for speaker in "f1 f2 f3 m1 m2 m3".split()
        for label in labels
        for sentence in sentences
    ]


def _epst(rng: np.random.Generator) -> Names:
    counts = {"contempt": 180, "happy": 177, "interest": 176, "despair": 174}
    counts |= {"disgust": 172, "anxiety": 170, "elation": 159, "boredom": 154}
    counts |= {"cold-anger": 154, "sadness": 151, "pride": 150, "shame": 148}
    counts |= {"panic": 141, "hot-anger": 139, "neutral": 79}
    speakers = {"cc": 265, "cl": 368, "gg": 420, "jg": 273, "mf": 299, "mk": 397}
    speakers["mm"] = 302
    recordings: list[str] = []
    for speaker, count in speakers.items():
        num_sessions = 3 if speaker == "gg" else 2  # 15 recordings in all.
        recordings += [
            f"speech/{speaker}_{1 + i * num_sessions // count:03d}.sph"
            for i in range(count)
        ]
    return list(zip(recordings, _shuffled(counts, rng), strict=True))


def _iemocap(rng: np.random.Generator) -> Names:
    dialogues: list[str] = []
    scenes = [f"impro0{number}" for number in range(1, 9)]
    scenes += "script01_1 script01_2 script01_3 script02_1 script02_2".split()
    scenes += "script03_1 script03_2".split()
    for session, letter in itertools.product(range(1, 6), "FM"):
        for scene in scenes:
            parts = (scene,)
            if session == 1 and scene == "impro08":
                parts = ()
            elif (session, letter) == (3, "M") and scene in ("impro05", "impro08"):
                parts = (f"{scene}a", f"{scene}b")
            elif (session, letter) == (5, "M") and scene == "script01_1":
                parts = (scene, f"{scene}b")
            dialogues += [f"Ses0{session}{letter}_{part}" for part in parts]
    counts = {"neu": 1708, "exc": 1041, "hap": 595, "sur": 107, "fru": 1849}
    counts |= {"ang": 1103, "sad": 1084, "fea": 40, "dis": 2, "oth": 3, "xxx": 2507}
    labels = _shuffled(counts, rng)
    names: Names = []
    for number, dialogue in enumerate(dialogues):
        first = number * len(labels) // len(dialogues)
        last = (number + 1) * len(labels) // len(dialogues)
        folder = f"Session{dialogue[4]}/sentences/wav/{dialogue}"
        names += [
            (f"{folder}/{dialogue}_{'FM'[i % 2]}{i // 2:03d}.wav", label)
            for i, label in enumerate(labels[first:last])
        ]
    return names


def _ravdess(rng: np.random.Generator) -> Names:
    del rng
    return [
        (
            f"Audio_Speech_Actors_01-24/Actor_{actor:02d}/03-01-{label:02d}-"
            f"{intensity:02d}-{statement:02d}-{repetition:02d}-{actor:02d}.wav",
            f"{label:02d}",
        )
        for actor in range(1, 25)
        for label in range(1, 9)
        for intensity in ((1,) if label == 1 else (1, 2))  # No strong neutral.
        for statement, repetition in itertools.product((1, 2), (1, 2))
    ]


def _savee(rng: np.random.Generator) -> Names:
    del rng
    return [
        (f"AudioData/{speaker}/{label}{number:02d}.wav", label)
        for speaker in ("DC", "JE", "JK", "KL")
        for label in "a d f h n sa su".split()
        for number in range(1, 31 if label == "n" else 16)
    ]


def _tess(rng: np.random.Generator) -> Names:
    del rng
    sounds = itertools.product("bcdfghjkl", "aeiou", "dgklmnprt")
    words = list(map("".join, sounds))[::2][:200]
    return [
        (f"{speaker}_{label}/{speaker}_{word}_{label}.wav", label)
        for speaker in ("OAF", "YAF")
        for label in "angry disgust fear happy neutral ps sad".split()
        for word in words
    ]


def _shuffled(counts: dict[str, int], rng: np.random.Generator) -> list[str]:
    labels = np.repeat(list(counts), list(counts.values()))
    return rng.permutation(labels).tolist()


CORPORA = {
    "crema-d": Corpus(_crema_d, 5.257, 0.2, 16_000),
    "emodb": Corpus(_emodb, 0.413, 0.35, 16_000),
    "emovo": Corpus(_emovo, 0.510, 0.35, 48_000, num_channels=2),
    # No source tells EPST's hours: four syllables take about 1.5 s.
    "epst": Corpus(_epst, 0.968, 0.25, 22_050, num_channels=2),
    "iemocap": Corpus(_iemocap, 12.438, 0.63, 16_000),
    "ravdess": Corpus(_ravdess, 1.480, 0.1, 48_000),
    "savee": Corpus(_savee, 0.512, 0.28, 44_100),
    "tess": Corpus(_tess, 1.598, 0.15, 24_414),
}
"""The eight corpora as published."""
