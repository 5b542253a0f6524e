"""Names in another Unicode form, or with backslashes, are found; others are advised."""

import json
import os
import re
import unicodedata
from pathlib import Path

import pytest

from serjax.config import DataSettings
from serjax.corpora import NameReader, read_corpora
from serjax.corpora.disk_names import DiskNames, as_on_disk
from serjax.corpora.manifest import write_manifest
from serjax.corpora.sources import parse_data
from tests.corpora.tables import KINDS, write_table

FORMS = ("NFC", "NFD")
HAPPY = "03-01-03-01-01-01-01.wav"

# audformat's own.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def form(which: str, name: str) -> str:
    return unicodedata.normalize(which, name)  # pyright: ignore[reportArgumentType]


def listed(folder: Path, *files: str, kind: str = "csv") -> str:
    return write_table(folder, kind, [(file, "happy", "1") for file in files])


def read(*manifests: str, data: Path | str = ""):
    return read_corpora(DataSettings(data=str(data), manifest=manifests))


def files(corpora) -> list[str]:
    return [row.file for row in corpora.utterances]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form_on_disk", FORMS)
@pytest.mark.parametrize("form_in_table", FORMS)
def test_a_name_is_found_in_either_form(
    tmp_path, write, kind, form_on_disk, form_in_table
):
    name = form(form_on_disk, "Colère/é_1.wav")
    write(name, "b.wav")
    written = form(form_in_table, "Colère/é_1.wav")
    corpora = read(listed(tmp_path, written, "b.wav", kind=kind))
    assert sorted(files(corpora)) == sorted([name, "b.wav"])
    assert corpora.paths[name] == str(tmp_path / name)


def test_forms_may_be_mixed_within_one_path(tmp_path, write):
    name = "/".join((form("NFD", "Müller"), form("NFC", "Größe"), form("NFD", "ä.wav")))
    write(name)
    for written in (*(form(it, name) for it in FORMS), form("NFD", "Müller") + "/x"):
        file = written.replace("/x", "/" + form("NFD", "Größe") + "/ä.wav")
        assert files(read(listed(tmp_path, file))) == [name]


@pytest.mark.parametrize(
    "names", [[form(which, "é/ü.wav") for which in FORMS], ["x/a.wav", "x\\a.wav"]]
)
def test_of_two_files_the_one_as_it_is_written_is_taken(tmp_path, write, names):
    write(*names)
    for name in names:
        assert files(read(listed(tmp_path, name))) == [name]


def test_a_folder_of_the_other_form_is_looked_into_as_well(tmp_path, write):
    first, second = (form(which, "é") for which in FORMS)
    write(f"{first}/a.wav", f"{second}/b.wav")
    manifest = listed(tmp_path, f"{first}/b.wav")
    assert files(read(manifest)) == [f"{second}/b.wav"]


def test_names_of_data_and_of_manifests_are_found_in_either_form(tmp_path, write):
    name = form("NFD", f"data/Été/{HAPPY}")
    write(name)
    path = Path(listed(tmp_path / "mine", form("NFC", f"Été/{HAPPY}")))
    path.rename(tmp_path / form("NFD", "é.csv"))
    corpora = read(str(tmp_path / form("NFC", "é.csv")), data=tmp_path / "data")
    assert files(corpora) == [name.removeprefix("data/")]
    assert corpora.corpora == (form("NFD", "é"),)


@pytest.mark.parametrize("written", ["{}", "ravdess={}", "tess={0}/x,ravdess={0}/y"])
def test_folders_of_data_are_found_in_either_form(tmp_path, written):
    folder = tmp_path / form("NFD", "Émotions")
    for name in "xy":
        (folder / name).mkdir(parents=True)
    asked = written.format(tmp_path / form("NFC", "Émotions"))
    assert all(it.path.is_relative_to(folder) for it in parse_data(asked))


def test_keys_of_a_kaldi_folder_may_differ_by_their_form(tmp_path, write):
    write("a.wav")
    composed, taken_apart = (form(which, "é1") for which in FORMS)
    (tmp_path / "wav.scp").write_text(f"{composed} a.wav\n")
    (tmp_path / "segments").write_text(f"{composed} {taken_apart} 0 1\n")
    (tmp_path / "utt2spk").write_text(f"{taken_apart} s\n")
    (tmp_path / "utt2emo").write_text(f"{composed} happy\n")
    (row,) = read(str(tmp_path)).utterances
    assert (row.speaker, row.label) == (f"{tmp_path.name}/s", "happy")


def test_keys_of_emobox_s_speakers_may_differ_by_their_form(tmp_path, write):
    write("a.wav")
    record = {"key": form("NFC", "é"), "wav": "a.wav", "emo": "happy"}
    (tmp_path / "m.jsonl").write_text(json.dumps(record))
    stm = f"<id={form('NFD', 'é')},lang=en,spk=anna,emotion=happy>\n"
    (tmp_path / "data.seg.wrd.stm").write_text(stm)
    (row,) = read(str(tmp_path / "m.jsonl")).utterances
    assert row.speaker == "m/anna"


def test_a_reader_of_one_s_own_knows_names_in_either_form():
    class Cafe(NameReader):
        corpus, language = "cafe", "fr"
        pattern = re.compile(r"(?P<speaker>\d)_(?P<label>colère)")

    assert all(Cafe().claims(form(which, "x/1_colère.wav")) for which in FORMS)


def test_a_folder_is_listed_once_for_all_names(tmp_path, write, monkeypatch):
    write(*(form("NFD", f"é/ü{number}.wav") for number in range(20)))
    listed = []
    listdir = os.listdir
    monkeypatch.setattr(os, "listdir", lambda it: [listed.append(it), *listdir(it)][1:])
    disk = DiskNames()
    for number in range(40):
        path = form("NFC", f"{tmp_path}/é/ü{number}.wav")
        found = disk.find(path, f"{tmp_path}/")
        assert (found is not None) == (number < 20)
    assert len(listed) == 2


def test_a_way_without_end_is_no_name(tmp_path):
    path = f"{tmp_path}/" + "é/" * 1500 + "a.wav"
    assert DiskNames().find(path, f"{tmp_path}/") is None
    assert as_on_disk(Path(path)) == Path(path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_backslash_in_a_name_is_found_as_it_is_written(tmp_path, write, kind):
    write("wav\\a.wav", "wav/b.wav", "x\\y/c.wav")
    names = ("wav\\a.wav", "wav\\b.wav", "x\\y/c.wav")
    manifest = listed(tmp_path, *names, kind=kind)
    if kind == "audformat":  # It refuses backslashes itself, or keeps them.
        assert set(files(read(manifest))) <= {"wav\\a.wav", "wav/b.wav", "x\\y/c.wav"}
    else:
        assert files(read(manifest)) == ["wav/b.wav", "wav\\a.wav", "x\\y/c.wav"]


def test_a_file_that_windows_s_zip_left_is_found_by_a_table_with_slashes(
    tmp_path, write
):
    name = form("NFD", "é\\a.wav")
    write(name)
    manifest = listed(tmp_path, form("NFC", "é/a.wav"))
    assert files(read(manifest)) == [name]


@pytest.mark.parametrize(
    "folder", ["RAVDESS\\speech", form("NFD", "é\\ü"), form("NFC", "é"), " x ", "x\\"]
)
@pytest.mark.parametrize("pair", ["", "ravdess="])
def test_a_prepared_manifest_reads_back_whatever_its_names_are(
    tmp_path, write, folder, pair
):
    write(f"data/{folder}/{HAPPY}", f"data/{HAPPY.replace('03', '05', 1)}.txt")
    data = f"{pair}{tmp_path / 'data'}"
    corpora = read(data=data)
    rows = corpora.utterances
    assert len(rows) == 1
    run = tmp_path / "run"
    run.mkdir()
    write_manifest(run / "manifest.csv", rows, [1.0])
    config = {"settings": {"data": data, "manifest": []}}
    (run / "config.json").write_text(json.dumps(config))
    again = read(str(run / "manifest.csv"))
    assert again.utterances == rows
    assert again.paths[rows[0].file] == corpora.paths[rows[0].file]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("wav/A.WAV", "wav/a.wav"),
        ("WAV/a.wav", "wav/a.wav"),
        ("a.wav", "wav/a.wav"),
        ("other\\a.wav", "wav/a.wav"),
        ("v/W/B.wav", "v\\w/b.wav"),
        ("d.wav", None),
        ("c.wav", None),  # There are two of that name.
        ("listed.wav", None),
    ],
)
def test_a_file_that_may_be_meant_is_named(tmp_path, write, written, meant):
    write("wav/a.wav", "v\\w/b.wav", "x/c.wav", "y/c.wav", "x/listed.wav", "z/ok.wav")
    manifest = listed(tmp_path, written, "x/listed.wav", "z/ok.wav")
    (skip,) = read(manifest).skipped
    reason = f"no such file, though {tmp_path.name}/m.csv lists it"
    assert skip.reason == (f"{reason}; did you mean {meant}?" if meant else reason)


def test_a_file_of_data_that_may_be_meant_is_named_also_where_none_is_there(
    tmp_path, write
):
    write(f"data/Sub/{HAPPY}", "mine/x")
    manifest = listed(tmp_path / "mine", f"sub/{HAPPY}")
    with pytest.raises(ValueError, match=f"did you mean Sub/{HAPPY}\\? Paths are"):
        read(manifest, data=tmp_path / "data")
