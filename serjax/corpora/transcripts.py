"""Transcripts of EPST: lines `12.51 14.02 A: hot anger, March twenty-first`."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from serjax.corpora.files import Tree
from serjax.corpora.texts import read_text

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


class Transcript(NamedTuple):
    """What a transcript says.

    Attributes:
      file: the transcript.
      segments: start and end in seconds, and emotion, of each utterance.
      strangers: numbers of the lines that are no utterance.
    """

    file: str
    segments: list[tuple[float, float, str]]
    strangers: list[int]


def find_transcript(
    tree: Tree, candidates: Iterable[str]
) -> tuple[Transcript | None, str]:
    """Find the first of some `tree.others` that holds utterances; or None, and why."""
    reason = (
        "named as a session of EPST, but no transcript of that name is there; list "
        "recordings of your own with --manifest"
    )
    for file in candidates:
        path, name = tree.root / file, tree.name(file)
        try:
            # What leads nowhere has no size: to read it says so.
            if path.exists() and path.stat().st_size > _MAX_BYTES:
                reason = f"{name} is too long for its transcript"
                continue
            transcript = _parse(file, read_text(path))
        except ValueError as error:
            # No path of this machine: reasons are written into tables.
            why = str(error).replace(str(path), name)
            reason = f"its transcript cannot be read as text: {why}"
            continue
        if transcript.segments:
            return transcript, ""
        reason = f"{name} has no line `start end A: emotion, words`"
    return None, reason


def _parse(file: str, text: str) -> Transcript:
    found = Transcript(file, [], [])
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        match = _LINE.fullmatch(line)
        if not line or (match and _REMARK.match(match["text"])):
            continue
        if match:
            emotion, _, words = match["text"].partition(",")
            label = "-".join(emotion.lower().split())
            start_s, end_s = float(match["start"]), float(match["end"])
            if label in EMOTIONS and words.strip() and start_s < end_s:
                found.segments.append((start_s, end_s, label))
                continue
        found.strangers.append(number)
    return found
