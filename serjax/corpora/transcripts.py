"""Transcripts of EPST: lines `12.51 14.02 A: hot anger, March twenty-first`."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from serjax.corpora.files import Tree
from serjax.files import check_own_fault

EMOTIONS = frozenset(
    "anxiety boredom cold-anger contempt despair disgust elation happy hot-anger "
    "interest neutral panic pride sadness shame".split()
)

_LINE = re.compile(
    r"(?P<start>\d+(?:\.\d*)?)\s+(?P<end>\d+(?:\.\d*)?)\s+[A-Z]\d?:\s*(?P<text>.*)"
)
# What a transcript says about itself.
_REMARK = re.compile(r"\[MISC\]|\(|Emotion category", re.IGNORECASE)
# More is no transcript: the real ones are tens of kilobytes.
_MAX_BYTES = 10_000_000


class Segment(NamedTuple):
    """One utterance: when, and its emotion."""

    start_s: float
    end_s: float
    label: str


class Transcript(NamedTuple):
    """What a transcript holds: utterances, and numbers of lines that are none."""

    file: str
    segments: tuple[Segment, ...]
    strangers: tuple[int, ...]


def find_transcript(
    tree: Tree, candidates: Iterable[str]
) -> tuple[Transcript | None, str]:
    """Find the first of some `tree.others` that holds utterances; or None, and why."""
    reason = (
        "named as a session of EPST, but no transcript of that name is there; list "
        "recordings of your own with --manifest"
    )
    for file in candidates:
        path = tree.root / file
        try:
            if path.stat().st_size > _MAX_BYTES:
                reason = f"{tree.name(file)} is too long for its transcript"
                continue
            transcript = _parse(file, path.read_text("utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            # An OSError itself would name the path, and reasons are written down.
            why = error
            if isinstance(error, OSError):
                check_own_fault(path, error)
                why = error.strerror
            reason = f"its transcript {tree.name(file)} cannot be read as text: {why}"
            continue
        if transcript.segments:
            return transcript, ""
        reason = f"{tree.name(file)} has no line `start end A: emotion, words`"
    return None, reason


def _parse(file: str, text: str) -> Transcript:
    segments: list[Segment] = []
    strangers: list[int] = []
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        match = _LINE.fullmatch(line)
        if not line or (match and _REMARK.match(match["text"])):
            continue
        if match:
            emotion, _, words = match["text"].partition(",")
            label = "-".join(emotion.lower().split())
            start_s, end_s = float(match["start"]), float(match["end"])
            if label in EMOTIONS and words.strip() and start_s < end_s:
                segments.append(Segment(start_s, end_s, label))
                continue
        strangers.append(number)
    return Transcript(file, tuple(segments), tuple(strangers))
