"""Folders of recordings -> utterances with their labels and attributes."""

from serjax.corpora.files import Tree as Tree
from serjax.corpora.files import find_files as find_files
from serjax.corpora.reader import NameReader as NameReader
from serjax.corpora.reader import Reader as Reader
from serjax.corpora.reader import Reading as Reading
from serjax.corpora.tree import Corpora as Corpora
from serjax.corpora.tree import make_readers as make_readers
from serjax.corpora.tree import read_corpora as read_corpora
from serjax.corpora.utterance import NothingUsable as NothingUsable
from serjax.corpora.utterance import Skip as Skip
from serjax.corpora.utterance import Utterance as Utterance
