import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from serjax.config import DataSettings
from serjax.corpora import Reading, Skip, Tree, Utterance, find_files, read_corpora
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


def test_the_capitals_of_a_name_do_not_matter(read_tree):
    rows = read_tree(
        "03-01-03-01-01-01-01.WAV", "03A01FA.Wav", "GIO-F1-B1.WAV", "oaf_back_PS.wav"
    ).utterances
    found = {(row.corpus, row.label, row.speaker) for row in rows}
    assert found == {
        ("ravdess", "03", "ravdess/01"),
        ("emodb", "F", "emodb/03"),
        ("emovo", "gio", "emovo/f1"),
        ("tess", "ps", "tess/oaf"),
    }


def test_what_is_no_audio_is_passed_over_in_silence(read_tree):
    corpora = read_tree(
        HAPPY, "lablaut/03a01Fa.lablaut", "erkennung.txt", "03a01Fa.csv", "README"
    )
    assert len(corpora.utterances) == 1
    assert corpora.skipped == ()


def test_hidden_files_are_no_recordings(read_tree):
    corpora = read_tree(HAPPY, f"._{HAPPY}", f"__MACOSX/._{HAPPY}", ".git/03a01Fa.wav")
    assert [row.file for row in corpora.utterances] == [HAPPY]
    assert corpora.skipped == ()


def test_audio_of_no_known_name_is_a_listed_skip(read_tree):
    corpora = read_tree(HAPPY, "noise/rain.wav")
    assert corpora.skipped == (
        Skip(
            "noise/rain.wav",
            "its name is none of crema-d, emodb, emovo, epst, iemocap, ravdess, savee, "
            "tess",
        ),
    )


def test_a_doubled_download_is_read_once(read_tree):
    again = f"audio_speech_actors_01-24/Actor_01/{HAPPY}"
    same = {f"Actor_01/{HAPPY}": "speech", again: "speech"}
    corpora = read_tree(*same, contents=same)
    assert [row.file for row in corpora.utterances] == [f"Actor_01/{HAPPY}"]
    assert corpora.skipped == (
        Skip(again, f"same recording as Actor_01/{HAPPY}", "ravdess"),
    )


def test_two_recordings_of_one_name_are_refused(read_tree):
    with pytest.raises(ValueError, match=f"Two different.* a/{HAPPY} and bb/{HAPPY}"):
        read_tree(f"a/{HAPPY}", f"bb/{HAPPY}")


def test_it_is_said_how_many_recordings_of_one_name_differ(read_tree):
    other = "03-01-03-01-01-01-02.wav"
    with pytest.raises(ValueError, match=r"right one\. There are 2 such pairs\."):
        read_tree(f"a/{HAPPY}", f"bb/{HAPPY}", f"a/{other}", f"ccc/{other}")


def test_one_recording_of_two_names_is_kept_twice(read_tree):
    # As two repetitions of actor 07: whether they may part is the split's question.
    same = {"03-01-03-01-01-01-07.wav": "x", "03-01-03-01-01-02-07.wav": "x"}
    assert len(read_tree(*same, contents=same).utterances) == 2


def test_linked_folders_are_read_and_loops_end(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / HAPPY).touch()
    root = tmp_path / "data"
    root.mkdir()
    os.symlink(tmp_path / "real", root / "ravdess")
    os.symlink(root, root / "loop")
    assert find_files(root).audio == (f"ravdess/{HAPPY}",)


def test_a_missing_folder_is_refused(tmp_path: Path):
    settings = DataSettings(data=str(tmp_path / "none"))
    with pytest.raises(ValueError, match=r"No such folder: .*none. Give --data"):
        read_corpora(settings)


def test_a_folder_without_audio_is_refused(read_tree):
    with pytest.raises(ValueError, match=r"No audio in .*no file with an ending such"):
        read_tree("README.txt", "._03a01Fa.wav")


def test_a_folder_of_strangers_is_refused(read_tree):
    expected = "None of the 2 audio files in .*; the first is a.wav. Keep the"
    with pytest.raises(ValueError, match=expected):
        read_tree("a.wav", "b.wav")


def test_a_folder_of_nothing_but_skips_is_refused(read_tree):
    with pytest.raises(ValueError, match=r"all 1 audio files are left out.*song"):
        read_tree("03-02-03-01-01-01-01.wav")


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


def test_an_attribute_that_an_utterance_lacks_is_refused():
    row = Utterance("a.wav", "emodb", "F", "positive", language="de")
    assert row.attribute("language") == "de"
    with pytest.raises(ValueError, match=r"a.wav has no attribute 'age'; it has corpu"):
        row.attribute("age")
