"""Folders of recordings -> utterances with their labels and attributes."""

from serjax.corpora.reader import NameReader, Reader, Reading
from serjax.corpora.tree import Corpora, find_audio, read_corpora
from serjax.corpora.utterance import Skip, Utterance

__all__ = [
    "Corpora",
    "NameReader",
    "Reader",
    "Reading",
    "Skip",
    "Utterance",
    "find_audio",
    "read_corpora",
]
