"""Folders of recordings -> utterances with their labels and attributes."""

from serjax.corpora.files import Tree, find_files
from serjax.corpora.reader import NameReader, Reader, Reading
from serjax.corpora.tree import Corpora, make_readers, read_corpora
from serjax.corpora.utterance import NothingUsable, Skip, Utterance

__all__ = [
    "Corpora",
    "NameReader",
    "NothingUsable",
    "Reader",
    "Reading",
    "Skip",
    "Tree",
    "Utterance",
    "find_files",
    "make_readers",
    "read_corpora",
]
