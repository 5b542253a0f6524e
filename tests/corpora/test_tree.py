import re
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from serjax.config import DataSettings
from serjax.corpora import (
    NameReader,
    Reading,
    Tree,
    Utterance,
    make_readers,
    read_corpora,
)
from serjax.corpora.emodb import EmoDb
from serjax.corpora.labels import LabelTable

HAPPY = "03-01-03-01-01-01-01.wav"


def test_corpora_are_found_at_any_depth_and_in_one_order(read_tree):
    corpora = read_tree(
        f"x/y/z/{HAPPY}", "03a01Fa.flac", "b/gio-f1-b1.ogg", "a/OAF_back_ps.aiff"
    )
    assert corpora.corpora == ("emodb", "emovo", "ravdess", "tess")
    files = [row.file for row in corpora.utterances]
    assert files == sorted(files) and len(files) == 4
    assert corpora.skipped == ()


def test_hidden_files_are_no_recordings(read_tree):
    corpora = read_tree(HAPPY, f"._{HAPPY}", f"__MACOSX/._{HAPPY}", ".git/03a01Fa.wav")
    assert [row.file for row in corpora.utterances] == [HAPPY]
    assert corpora.skipped == ()


def test_two_recordings_of_one_name_are_refused_with_the_number_of_such_pairs(
    read_tree,
):
    other = "03-01-03-01-01-01-02.wav"
    with pytest.raises(ValueError, match=f"Two different.* a/{HAPPY} and bb/{HAPPY}"):
        read_tree(f"a/{HAPPY}", f"bb/{HAPPY}")
    with pytest.raises(ValueError, match=r"right one\. There are 2 such pairs\."):
        read_tree(f"a/{other}", f"ccc/{other}")


def test_one_recording_of_two_names_is_kept_twice(read_tree):
    # As two repetitions of actor 07: whether they may part is the split's question.
    same = {"03-01-03-01-01-01-07.wav": "x", "03-01-03-01-01-02-07.wav": "x"}
    assert len(read_tree(*same, contents=same).utterances) == 2


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["README.txt", "._03a01Fa.wav"], "No audio in .*no file with an ending such"),
        (
            ["a.wav", "b.wav"],
            "None of the 2 audio files in .*; the first is a.wav. Keep",
        ),
        (["03-02-03-01-01-01-01.wav"], "all 1 audio files are left out.*song"),
        (["03a01Fa.aac", "03a01Fb.aac"], "all 2 audio files.*cannot decode .aac"),
        (["speech.zip", "readme.txt"], "speech.zip, because: 1 archive; unpack it"),
    ],
)
def test_a_folder_without_anything_to_read_is_refused(read_tree, files, message):
    with pytest.raises(ValueError, match=message):
        read_tree(*files)


class Segments:
    """A reader of the other kind: many utterances in one recording, none in a name."""

    corpus = "segments"

    def claims(self, file: str) -> bool:
        return file.startswith("cc_")

    def official_name(self, file: str) -> str:
        return file

    def read(self, tree: Tree, files: Sequence[str], labels: LabelTable) -> Reading:
        reading = Reading()
        for file in files:
            for line in (tree.root / file).with_suffix(".txt").read_text().splitlines():
                start, end, label = line.split()
                emotion = labels.emotion("epst", label, file)
                reading.utterances.append(
                    Utterance(
                        file,
                        self.corpus,
                        label,
                        emotion,
                        start_s=float(start),
                        end_s=float(end),
                        extra=(("microphone", "headset"),),
                    )
                )
        return reading


def test_a_reader_may_cut_one_recording_into_many_utterances(tmp_path: Path):
    (tmp_path / "cc_001.sph").write_text("a recording")
    (tmp_path / "cc_001.txt").write_text("2.5 4 panic\n0 1.5 pride\n")
    (tmp_path / "03a01Fa.wav").touch()
    settings = DataSettings(data=str(tmp_path))
    corpora = read_corpora(settings, readers=(Segments(), EmoDb()))
    assert corpora.corpora == ("emodb", "segments")
    rows = corpora.utterances[1:]
    assert [(row.start_s, row.end_s) for row in rows] == [(0, 1.5), (2.5, 4)]
    assert [row.emotion for row in rows] == ["positive", "negative"]
    assert rows[0].attribute("microphone") == "headset"
    assert rows[0].attribute("speaker") is None


def test_a_file_that_two_readers_claim_is_refused(tmp_path: Path):
    class Greedy(Segments):
        def claims(self, file: str) -> bool:
            return True

    (tmp_path / "03a01Fa.wav").touch()
    settings = DataSettings(data=str(tmp_path))
    with pytest.raises(ValueError, match=r"03a01Fa.wav.*by emodb and by segments"):
        read_corpora(settings, readers=(EmoDb(), Greedy()))


class MyCorpus(NameReader):
    """Recordings `anna_017_angry.wav`."""

    corpus = "mine"
    language = "sv"
    pattern = re.compile(r"(?P<speaker>[a-z]+)_\d{3}_(?P<label>[a-z]+)")
    genders: ClassVar = {"anna": "female", "olle": "male"}


def test_a_corpus_of_one_s_own_is_one_class(tmp_path):
    for name in ("anna_017_angry", "olle_018_happy", "kim_019_angry", "03a01Fa"):
        (tmp_path / f"{name}.wav").touch()
    settings = DataSettings(data=str(tmp_path))
    readers = (*make_readers(settings), MyCorpus())
    corpora = read_corpora(settings, readers=readers)
    assert corpora.corpora == ("emodb", "mine") and corpora.skipped == ()
    rows = [row for row in corpora.utterances if row.corpus == "mine"]
    assert [(row.speaker, row.gender, row.emotion) for row in rows] == [
        ("mine/anna", "female", "negative"),
        ("mine/kim", None, "negative"),
        ("mine/olle", "male", "positive"),
    ]
    assert {row.language for row in rows} == {"sv"}


def test_an_attribute_that_an_utterance_lacks_is_refused():
    row = Utterance("a.wav", "emodb", "F", "positive", language="de")
    assert row.attribute("language") == "de"
    with pytest.raises(ValueError, match=r"a.wav has no attribute 'age'; it has corpu"):
        row.attribute("age")
