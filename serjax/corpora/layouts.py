"""How each corpus lays its recordings out: official names, and labels beside them.

Synthetic corpora are written this way. Most names say everything; IEMOCAP keeps labels
in text files by dialogue, EPST holds many utterances in one SPHERE file.
"""

import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from scipy.io import wavfile

# Texts by the names that the corpora give them.
_CODES = "a01 a02 a04 a05 a07 b01 b02 b03 b09 b10".split()
_EMOVO = "b1 b2 b3 l1 l2 l3 l4 n1 n2 n3 n4 n5 d1 d2".split()
_CREMA_D = "IEO TIE IOM IWW TAI MTI IWL ITH DFA ITS TSI WSI".split()
_WORDS = "back bar bite boat chair dog fall gas hush jug keen luck mood note".split()
_DATES = (
    "March twenty-first,May twenty-third,June seventeenth,nine hundred ten,"
    "four hundred six,one thousand three"
).split(",")


class Spoken(NamedTuple):
    """An utterance that a synthetic corpus holds.

    Attributes:
      name: official name below the corpus; of EPST that of its recording.
      label: the corpus's own emotion label.
      wave: float[samples] of one channel, full scale at 1.
    """

    name: str
    label: str
    wave: np.ndarray


class Stretch(NamedTuple):
    """A labelled stretch of a longer recording: a turn, or a segment."""

    name: str
    label: str
    start_s: float
    end_s: float


def place(
    corpus: str, speaker: str, label: str, take: int, index: int
) -> tuple[str, int]:
    """Official name of an utterance below its corpus, and its text's number under 14.

    `take` counts the speaker's utterances of that label, `index` all of them.
    """
    if corpus == "ravdess":
        text, repetition = take % 2, 1 + take // 2
        fields = f"03-01-{label}-01-{1 + text:02d}-{repetition:02d}-{speaker}"
        return f"Actor_{speaker}/{fields}.wav", text
    # Elsewhere texts differ between labels and speakers, as they do between takes.
    text = (zlib.crc32(f"{speaker}{label}".encode()) + take) % 14
    match corpus:
        case "emodb":
            text %= 10
            name = f"wav/{speaker}{_CODES[text]}{label}{'abcdefgh'[take]}.wav"
        case "emovo":
            name = f"{speaker}/{label}-{speaker}-{_EMOVO[text]}.wav"
        case "tess":
            word = _WORDS[text]
            # One file of the real corpus has this name, too.
            odd = (speaker, word, label) == ("OAF", "bite", "neutral")
            name = f"{speaker}_{label}/{'OA' if odd else speaker}_{word}_{label}.wav"
        case "crema-d":
            text %= 12
            # The first sentence alone was spoken at three levels, but never neutrally.
            levels = text == 0 and label != "NEU"
            level = ("LO", "MD", "HI")[take % 3] if levels else "XX"
            name = f"AudioWAV/{speaker}_{_CREMA_D[text]}_{label}_{level}.wav"
        case "savee":
            # Both layouts in circulation: the official one, and the flat one.
            official = speaker in ("DC", "JE")
            start = f"AudioData/{speaker}/" if official else f"ALL/{speaker}_"
            name = f"{start}{label}{1 + take:02d}.wav"
        case "iemocap":
            dialogue = _DIALOGUES[speaker[:5]][index % 2]
            turn = f"{dialogue}_{speaker[5]}{index // 2:03d}"
            session = f"IEMOCAP_full_release/Session{speaker[4]}"
            name = f"{session}/sentences/wav/{dialogue}/{turn}.wav"
        case "epst":
            text %= 6
            name = f"speech/{speaker}_001.sph"
        case _:
            raise AssertionError(f"No layout of {corpus}")
    return name, text


# Two of each session's: with the letter of the actor whose face bore the markers, not
# of who speaks; and with the suffixes that some have.
_DIALOGUES = {
    "Ses01": ("Ses01F_impro01", "Ses01M_script01_1"),
    "Ses02": ("Ses02F_impro02", "Ses02M_script02_2"),
    "Ses03": ("Ses03M_impro05a", "Ses03F_script01_3"),
    "Ses04": ("Ses04F_impro04", "Ses04M_script03_1"),
    "Ses05": ("Ses05M_script01_1b", "Ses05F_impro08"),
}


def write_wav(path: Path, wave: np.ndarray, sample_rate_hz: int) -> None:
    """Write [samples] or [samples, channels], float or int16; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    wavfile.write(path, sample_rate_hz, _to_int16(wave))


def write_text(path: Path, text: str, encoding: str = "utf-8") -> None:
    """Write a text; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding)


def _to_int16(wave: np.ndarray) -> np.ndarray:
    return np.round(wave * 32767).astype("<i2") if wave.dtype.kind == "f" else wave


def write_dialogues(folder: Path, spoken: Sequence[Spoken], rate_hz: int) -> None:
    """Write what IEMOCAP has beside its turns: evaluations, and a whole dialogue."""
    # By their folders, SESSION/sentences/wav/DIALOGUE.
    dialogues: dict[Path, list[Spoken]] = {}
    for turn in spoken:
        dialogues.setdefault((folder / turn.name).parent, []).append(turn)
    for wavs, turns in dialogues.items():
        # The two speak in turns: F000, M000, F001, ...
        turns.sort(key=lambda turn: (turn.name[-7:], turn.name[-8]))
        start_s = 4.0
        stretches: list[Stretch] = []
        for turn in turns:
            end_s = start_s + len(turn.wave) / rate_hz
            stretches.append(Stretch(Path(turn.name).stem, turn.label, start_s, end_s))
            start_s = end_s + 0.4
        path = wavs.parents[2] / "dialog" / "EmoEvaluation" / f"{wavs.name}.txt"
        write_text(path, format_evaluation(stretches))
    wavs, turns = next(iter(dialogues.items()))
    whole = np.concatenate([turn.wave for turn in turns])
    path = wavs.parents[2] / "dialog" / "wav" / f"{wavs.name}.wav"
    write_wav(path, np.stack([whole, 0.5 * whole], axis=1), rate_hz)


def format_evaluation(turns: Iterable[Stretch]) -> str:
    """IEMOCAP's evaluation of a dialogue: a block per turn, raters' lines below it."""
    blocks = ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n"]
    for turn in turns:
        span = f"[{turn.start_s:.4f} - {turn.end_s:.4f}]"
        blocks.append(
            f"{span}\t{turn.name}\t{turn.label}\t[2.5000, 2.5000, 2.5000]\n"
            "C-E2:\tNeutral;\t()\nC-E3:\tAnger;\t()\nC-E4:\tNeutral; Other;\t(calm)\n"
            "A-E3:\tval 3; act 2; dom  2;\t()\nA-E4:\tval 2; act 3; dom  3;\t()\n"
        )
    return "\n".join(blocks)


def write_sessions(folder: Path, spoken: Sequence[Spoken], rate_hz: int) -> None:
    """Write EPST's recordings with their transcripts, from the segments in them.

    Two channels: the second microphone is farther away. Among the segments is chat
    that belongs to none.
    """
    sessions: dict[str, list[Spoken]] = {}
    for segment in spoken:
        sessions.setdefault(segment.name, []).append(segment)
    for name, segments in sessions.items():
        # Speech played backwards is chat that nobody labelled.
        chat = segments[0].wave[::-1]
        parts = [(f"Emotion category {segments[0].label}", chat)]
        parts += [
            (f"{s.label}, {_DATES[i % 6]}", s.wave) for i, s in enumerate(segments)
        ]
        parts.insert(2, ("[MISC]", chat))
        parts.append(("(laughs)", chat))
        texts, waves = zip(*parts, strict=True)
        ends_s = np.cumsum([len(wave) for wave in waves]) / rate_hz
        starts_s = [0.0, *ends_s[:-1]]
        stretches = map(Stretch, [name] * len(texts), texts, starts_s, ends_s)
        near = np.concatenate(waves)
        far = np.roll(near, rate_hz // 500) / 3
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = _to_int16(np.stack([near, far], axis=1))
        soundfile.write(path, samples, rate_hz, format="NIST")
        transcript = folder / "transcr" / f"{path.stem}.txt"
        write_text(transcript, format_transcript(stretches))


def format_transcript(segments: Iterable[Stretch]) -> str:
    """EPST's transcript of a recording; a segment's label is `emotion, words`."""
    return "".join(f"{s.start_s:.2f} {s.end_s:.2f} A: {s.label}\n" for s in segments)
