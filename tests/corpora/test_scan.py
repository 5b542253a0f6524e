"""A scan of all eight corpora at full size, and a ninth corpus in one class."""

import itertools
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from serjax.config import DataSettings
from serjax.corpora import Corpora, NameReader, make_readers, read_corpora


def crema_d() -> Iterator[str]:
    sentences = "IEO TIE IOM IWW TAI MTI IWL ITH DFA ITS TSI WSI".split()
    emotions = "ANG DIS FEA HAP NEU SAD".split()
    for actor, text, label in itertools.product(range(1001, 1092), sentences, emotions):
        for level in ("HI", "LO") if text == "IEO" else ("XX",):
            yield f"CREMA-D/AudioWAV/{actor}_{text}_{label}_{level}.wav"


def emodb() -> Iterator[str]:
    speakers = "03 08 09 10 11 12 13 14 15 16".split()
    for speaker, text, label in itertools.product(speakers, range(1, 9), "WLEAFTN"):
        yield f"emodb/wav/{speaker}a{text:02d}{label}a.wav"


def emovo() -> Iterator[str]:
    labels = "dis gio neu pau rab sor tri".split()
    speakers = "f1 f2 f3 m1 m2 m3".split()
    texts = "b1 b2 b3 l1 l2 l3 l4 n1 n2 n3 n4 n5 d1 d2".split()
    for label, speaker, text in itertools.product(labels, speakers, texts):
        yield f"EMOVO/{speaker}/{label}-{speaker}-{text}.wav"


def epst() -> Iterator[str]:
    labels = "anxiety cold-anger happy neutral pride".split()
    for speaker, label in itertools.product("cc cl gg jg mf mk mm".split(), labels):
        for number in range(67):
            yield f"epst/{speaker}_001_{label}_{number * 2.5}_May-third.wav"


def iemocap_turns() -> Iterator[tuple[str, str]]:
    """Dialogue and turn."""
    for session, letter, number in itertools.product(range(1, 6), "FM", range(15)):
        dialogue = f"Ses{session:02d}{letter}_impro{number:02d}"
        for turn, speaker in itertools.product(range(33), "FM"):
            yield dialogue, f"{dialogue}_{speaker}{turn:03d}"


def iemocap() -> Iterator[str]:
    for dialogue, turn in iemocap_turns():
        session = dialogue[4]
        yield f"IEMOCAP/Session{session}/sentences/wav/{dialogue}/{turn}.wav"


def ravdess() -> Iterator[str]:
    for actor, label, repeat in itertools.product(
        range(1, 25), range(1, 9), range(1, 9)
    ):
        name = f"03-01-{label:02d}-01-01-{repeat:02d}-{actor:02d}.wav"
        yield f"ravdess/Actor_{actor:02d}/{name}"


def savee() -> Iterator[str]:
    labels = "a d f h n sa su".split()
    for speaker, label, text in itertools.product(
        "DC JE JK KL".split(), labels, range(1, 16)
    ):
        yield f"SAVEE/AudioData/{speaker}/{label}{text:02d}.wav"


def tess() -> Iterator[str]:
    labels = "angry disgust fear happy neutral ps sad".split()
    for speaker, label, number in itertools.product(("OAF", "YAF"), labels, range(200)):
        word = "".join("abcdefghij"[int(digit)] for digit in f"{number:03d}")
        yield f"TESS/{speaker}_{label}/{speaker}_{word}_{label}.wav"


CORPORA = (crema_d, emodb, emovo, epst, iemocap, ravdess, savee, tess)


def make_tree(root: Path, make_audio: Callable[[str], None], step: int = 1) -> int:
    """Make every `step`-th recording of the corpora, and all of IEMOCAP's texts.

    Returns:
      How many recordings there are.
    """
    folders: set[str] = set()
    files = [file for corpus in CORPORA for file in corpus()][::step]
    for file in files:
        path = f"{root}/{file}"
        folder = path.rpartition("/")[0]
        if folder not in folders:
            os.makedirs(folder, exist_ok=True)
            folders.add(folder)
        make_audio(path)
    texts: dict[str, list[str]] = {}
    for dialogue, turn in iemocap_turns():
        text = f"IEMOCAP/Session{dialogue[4]}/dialog/EmoEvaluation/{dialogue}.txt"
        lines = f"[6.2901 - 8.2357]\t{turn}\tneu\t[2.5000, 2.5000, 2.5000]\n"
        lines += "C-E2:\tNeutral;\t()\nA-E3:\tval 3; act 2; dom  2;\t()\n\n"
        texts.setdefault(text, []).append(lines)
    for text, lines in texts.items():
        path = root / text
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("% [START_TIME - END_TIME] TURN_NAME\n\n" + "".join(lines))
    return len(files)


def make_dangling(path: str) -> None:
    os.symlink("nowhere", path)


def time_scan(settings: DataSettings) -> tuple[Corpora, float]:
    start_s = time.process_time()  # whatever else the machine does
    corpora = read_corpora(settings)
    return corpora, time.process_time() - start_s


def test_25_000_recordings_are_scanned_in_two_seconds(tmp_path: Path, slowness: float):
    # Links to one empty file: 25,000 new ones take a disk half a minute.
    empty = tmp_path / "empty"
    empty.touch()
    num_files = make_tree(tmp_path / "data", lambda path: os.link(empty, path))
    assert num_files >= 25_000
    settings = DataSettings(data=str(tmp_path / "data"))
    corpora, first_s = time_scan(settings)
    _, second_s = time_scan(settings)
    counts = Counter(row.corpus for row in corpora.utterances)
    assert set(counts) == {reader.corpus for reader in make_readers(settings)}
    assert sum(counts.values()) == num_files and corpora.skipped == ()
    assert min(first_s, second_s) < 2 * slowness


def test_no_reader_opens_audio(tmp_path: Path):
    # Every recording is a link to nowhere: whoever opened one would fail.
    num_files = make_tree(tmp_path, make_dangling, step=100)
    corpora = read_corpora(DataSettings(data=str(tmp_path)))
    assert len(corpora.utterances) == num_files
    assert len(corpora.corpora) == len(CORPORA)


class MyCorpus(NameReader):
    """My corpus: recordings `anna_017_angry.wav`."""

    corpus = "mine"
    language = "sv"
    pattern = re.compile(r"(?P<speaker>[a-z]+)_\d{3}_(?P<label>[a-z]+)")

    def gender(self, match: re.Match[str]) -> str | None:
        return {"anna": "female", "olle": "male"}.get(match["speaker"])


@pytest.fixture
def my_tree(tmp_path: Path) -> DataSettings:
    root = tmp_path / "data"
    root.mkdir()
    for name in ("anna_017_angry", "olle_018_happy", "kim_019_angry", "03a01Fa"):
        (root / f"{name}.wav").touch()
    mapping = tmp_path / "mine.toml"
    mapping.write_text('[mine]\nangry = "negative"\nhappy = "positive"\n')
    return DataSettings(data=str(root), label_map=str(mapping))


def test_a_corpus_of_one_s_own_is_one_class(my_tree):
    corpora = read_corpora(my_tree, readers=(*make_readers(my_tree), MyCorpus()))
    assert corpora.corpora == ("emodb", "mine") and corpora.skipped == ()
    rows = [row for row in corpora.utterances if row.corpus == "mine"]
    assert [(row.speaker, row.gender, row.emotion) for row in rows] == [
        ("mine/anna", "female", "negative"),
        ("mine/kim", None, "negative"),
        ("mine/olle", "male", "positive"),
    ]
    assert {row.language for row in rows} == {"sv"}
