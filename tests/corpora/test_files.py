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
    assert tree.unreadable == ()


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


@pytest.mark.parametrize(
    "name",
    [
        *("rain\nand wind.wav", "rain, wind.wav", '"rain".wav', "\N{SNOWMAN}.wav"),
        *("r" * 251 + ".wav", "03a01Fa\n.wav", "1001_DFA_ANG_XX\n.wav"),
        "cc_001_shame_1.5_a\nb.wav",
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


@pytest.mark.parametrize("folder", ["a", "c"])
def test_one_of_two_files_of_one_name_that_leads_nowhere_is_listed(
    read_tree, tmp_path, folder
):
    read_tree(f"b/{HAPPY}", f"{folder}/notes.txt")
    os.symlink("nowhere", tmp_path / "data" / folder / HAPPY)
    corpora = read_tree()
    assert [row.file for row in corpora.utterances] == [f"b/{HAPPY}"]
    (skip,) = corpora.skipped
    assert (skip.file, skip.corpus) == (f"{folder}/{HAPPY}", "ravdess")
    assert skip.reason == (
        "cannot be read: No such file or directory; by its name the same recording as "
        f"b/{HAPPY}, which is read"
    )
    assert corpora.copies == {}


@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_a_git_lfs_pointer_beside_the_recording_is_listed(read_tree, ending):
    pointer, real = "a/1001_DFA_ANG_XX.wav", f"b/1001_DFA_ANG_XX.{ending}"
    content = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    corpora = read_tree(pointer, real, contents={pointer: content})
    assert [row.file for row in corpora.utterances] == [real]
    (skip,) = corpora.skipped
    assert (skip.file, skip.corpus) == (pointer, "crema-d")
    assert skip.reason.startswith("a Git LFS pointer, not audio; by its name the same")
    assert skip.reason.endswith(f" {real}, which is read")


def test_all_files_of_a_name_may_be_git_lfs_pointers(read_tree):
    head = "version https://git-lfs.github.com/spec/v1\n"
    contents = {"a/1001_DFA_ANG_XX.wav": head, "b/1001_DFA_ANG_XX.wav": head + "size"}
    corpora = read_tree(contents=contents)
    assert len(corpora.utterances) == len(corpora.skipped) == 1


def test_audio_that_libsndfile_cannot_decode_is_listed(read_tree):
    corpora = read_tree(HAPPY, "a/03a01Fa.M4A", "b/speech.wma", "c/speech.opus")
    reasons = {skip.file: skip.reason for skip in corpora.skipped}
    assert reasons.pop("c/speech.opus").startswith("its name is none of")
    assert reasons == {
        "a/03a01Fa.M4A": "libsndfile cannot decode .m4a; convert it to WAV or FLAC",
        "b/speech.wma": "libsndfile cannot decode .wma; convert it to WAV or FLAC",
    }


def test_videos_and_archives_are_listed_once_per_folder(read_tree):
    videos = [f"a/01-01-03-01-01-01-{actor:02}.mp4" for actor in range(1, 25)]
    zips = [f"a/Actor_{actor:02}.zip" for actor in range(1, 25)]
    others = ("b/x.AVI", ".hidden/x.avi", "b/._x.avi", "b/speech.tar.gz")
    corpora = read_tree(HAPPY, *videos, *zips, *others)
    assert [(skip.file, skip.reason, skip.corpus) for skip in corpora.skipped] == [
        (videos[0], "24 videos, as this one; serjax reads audio alone", None),
        (zips[0], "24 archives, as this one; unpack it if it holds recordings", None),
        ("b/speech.tar.gz", "1 archive; unpack it if it holds recordings", None),
        ("b/x.AVI", "1 video; serjax reads audio alone", None),
    ]


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
