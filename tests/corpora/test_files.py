import os
from pathlib import Path

import pytest

from serjax.config import DataSettings
from serjax.corpora import find_files, read_corpora

HAPPY = "03-01-03-01-01-01-01.wav"


def test_audio_and_other_files_are_told_apart_and_sorted(tmp_path: Path):
    (tmp_path / "z").mkdir()
    for name in ("z/b.WAV", "z/a.sph", "c.flac", "z/notes.txt", "LICENSE", ".x.wav"):
        (tmp_path / name).touch()
    tree = find_files(tmp_path)
    assert tree.audio == ("c.flac", "z/a.sph", "z/b.WAV")
    assert tree.others == ("LICENSE", "z/notes.txt")
    assert tree.unnameable == ()


def test_a_name_that_is_no_text_is_a_listed_skip(tmp_path: Path):
    (tmp_path / HAPPY).touch()
    for name in (b"caf\xe9.wav", b"caf\xe9.txt"):
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).touch()
    corpora = read_corpora(DataSettings(data=str(tmp_path)))
    assert [row.file for row in corpora.utterances] == [HAPPY]
    (skip,) = corpora.skipped
    assert skip.file == r"caf\xe9.wav"
    assert skip.reason == "its name is not UTF-8; rename it"
    assert find_files(tmp_path).others == ()


def test_nothing_but_names_that_are_no_text_is_refused(tmp_path: Path):
    Path(os.fsdecode(bytes(tmp_path) + b"/caf\xe9.wav")).touch()
    with pytest.raises(ValueError, match=r"all 1 audio files are left out.*not UTF-8"):
        read_corpora(DataSettings(data=str(tmp_path)))


@pytest.mark.parametrize(
    "name",
    [
        "rain\nand wind.wav",
        "rain, wind.wav",
        '"rain".wav',
        "\N{SNOWMAN}.wav",
        "r" * 251 + ".wav",
        "03a01Fa\n.wav",
        "cc_001_shame_1.5_a\nb.wav",
        "1001_DFA_ANG_XX\n.wav",
    ],
)
def test_a_hostile_name_of_no_corpus_is_a_listed_skip(read_tree, name):
    corpora = read_tree(HAPPY, name)
    assert [row.file for row in corpora.utterances] == [HAPPY]
    assert [skip.file for skip in corpora.skipped] == [name]


@pytest.mark.parametrize("folder", ["a,b", "a\nb", "d" * 255, "\N{SNOWMAN}", "e.wav"])
def test_a_folder_may_have_any_name(read_tree, folder):
    corpora = read_tree(f"{folder}/{HAPPY}")
    assert [row.file for row in corpora.utterances] == [f"{folder}/{HAPPY}"]
    assert Path(corpora.paths[f"{folder}/{HAPPY}"]).is_file()


def test_loops_of_links_end(tmp_path: Path):
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (deep / HAPPY).touch()
    os.symlink(tmp_path, deep / "up")
    os.symlink(deep, deep / "self")
    os.symlink("there", tmp_path / "here")
    os.symlink("here", tmp_path / "there")
    os.symlink("loop.wav", tmp_path / "loop.wav")
    tree = find_files(tmp_path)
    # What a link to itself is, decoding says.
    assert tree.audio == (f"a/b/{HAPPY}", "loop.wav")


def test_one_of_two_files_of_one_name_that_leads_nowhere_is_refused(
    read_tree, tmp_path
):
    read_tree(f"a/{HAPPY}", "b/notes.txt")
    os.symlink("nowhere", tmp_path / "data" / "b" / HAPPY)
    with pytest.raises(ValueError, match=r"b/03-01.*one of two files.*Remove it"):
        read_tree()


def test_a_folder_that_cannot_be_listed_is_refused(tmp_path: Path, monkeypatch):
    # Root may list anything, so that the refusal is played.
    (tmp_path / HAPPY).touch()
    (tmp_path / "locked").mkdir()
    scan = os.scandir

    def refuse(folder):
        if str(folder).endswith("locked"):
            raise PermissionError(13, "Permission denied", folder)
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(ValueError, match=r"locked cannot be listed: Permission denied"):
        find_files(tmp_path)
