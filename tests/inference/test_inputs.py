import json

import numpy as np
import pytest
import soundfile

from serjax.corpora import Skip
from serjax.inference.inputs import list_inputs, windows
from serjax.inference.stream import Input


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two recordings and a text below a folder, which is the working one."""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    noise = 0.1 * np.random.default_rng(0).standard_normal(80_000)
    for name in ("in/b.wav", "in/sub/á.wav"):
        soundfile.write(tmp_path / name, noise, 16_000)
    (tmp_path / "in" / "notes.txt").write_text("no audio")
    (tmp_path / "in" / "c.m4a").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(listed):
    """File, times and speaker of each input; file alone of a skip."""
    return [
        (it.file,)
        if isinstance(it, Skip)
        else (
            *(it.utterance.file, it.utterance.start_s, it.utterance.end_s),
            it.utterance.speaker,
        )
        for it in listed
    ]


def test_folders_files_and_lists_are_listed_in_order(folder):
    (folder / "list.txt").write_text("in/b.wav\nin/absent.wav\n", encoding="utf-8")
    listed = list_inputs(["in", "@list.txt", "-"], stdin=str(folder / "in" / "b.wav"))
    assert told(listed.inputs) == [
        ("in/b.wav", 0, None, None),
        ("in/sub/á.wav", 0, None, None),
        ("in/c.m4a",),
        ("in/absent.wav",),
        ("-", 0, None, None),
    ]
    assert listed.num_twice == 1


def test_a_manifest_needs_no_labels(folder):
    rows = "file;onset;offset;who\nb.wav;0,5;1,5;x\nb.wav;2;3;\nnone.wav;;;x\n"
    (folder / "in" / "m.csv").write_text(rows, encoding="utf-8")
    expected = [("b.wav", 0.5, 1.5, "x"), ("b.wav", 2, 3, None), ("none.wav",)]
    assert told(list_inputs(["in/m.csv"], "who").inputs) == expected
    lines = [{"wav": "b.wav", "start_time": 1}, {"file": "sub/á.wav", "spk": "y"}]
    text = "".join(json.dumps(it) + "\n" for it in lines)
    (folder / "in" / "m.jsonl").write_text(text, encoding="utf-8")
    by_folder = str((folder / "in").resolve())
    assert told(list_inputs(["in/m.jsonl"], "folder").inputs) == [
        ("b.wav", 1, None, by_folder),
        ("sub/á.wav", 0, None, f"{by_folder}/sub"),
    ]


@pytest.mark.parametrize("given", ["kaldi", "kaldi/wav.scp"])
def test_a_kaldi_folder_needs_no_labels(folder, given):
    (folder / "kaldi").mkdir()
    (folder / "kaldi" / "wav.scp").write_text("r in/b.wav\n")
    (folder / "kaldi" / "segments").write_text("u1 r 0 1\nu2 r 1 -1\n")
    (folder / "kaldi" / "utt2spk").write_text("u1 ann\n")
    expected = [("in/b.wav", 0, 1, "ann"), ("in/b.wav", 1, None, None)]
    assert told(list_inputs([given], "speaker").inputs) == expected


@pytest.mark.parametrize(
    ("given", "speakers", "message"),
    [
        (["absent"], "", "No such file or folder: absent"),
        (["@absent"], "", "absent cannot be read"),
        (["in/b.wav"], "who", "comes without a table"),
        (["m.csv"], "mood", "no such column; it has file, start"),
        (["late.csv"], "", "late.csv line 2: start 'now'; expected seconds"),
        (["unnamed.csv"], "", "no column file; it has path"),
        (["m.csv", "in/m.csv"], "", "b.wav names two recordings"),
    ],
)
def test_what_cannot_be_listed_is_refused(folder, given, speakers, message):
    soundfile.write(folder / "b.wav", np.ones(9), 16_000)
    for name in ("m.csv", "in/m.csv"):
        (folder / name).write_text("file,start\nb.wav,\n")
    (folder / "late.csv").write_text("file,start\nb.wav,now\n")
    (folder / "unnamed.csv").write_text("path\nb.wav\n")
    with pytest.raises(ValueError, match=message):
        list_inputs(given, speakers)


def test_windows_cover_a_recording_and_are_whole(folder):
    def cut(*times):
        its = windows([Input.of("b", "in/b.wav", *times)], 2, 0.8)
        return [it[1:3] for it in told(its)]

    # Of 5 s; the last is moved back to end with the file.
    assert cut() == [(0, 2), (0.8, 2.8), (1.6, 3.6), (2.4, 4.4), (3, 5)]
    assert cut(1.0, 3.8) == [(1, 3), (1.8, 3.8)]
    assert cut(4.0) == [(4, 5)]
    (skip,) = windows([Input.of("c", "in/notes.txt")], 2, 1)
    assert isinstance(skip, Skip) and "does not decode" in skip.reason
