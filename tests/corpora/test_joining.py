import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from serjax.config import DataSettings
from serjax.corpora import Corpora, Skip, read_corpora
from serjax.corpora.manifest import write_manifest
from serjax.data.splits import resolve_ood
from tests.corpora.tables import write_table

HAPPY = "03-01-03-01-01-01-01.wav"
HEAD = "file,emotion,speaker"


@pytest.fixture
def listing(tmp_path: Path):
    """Write a manifest below `tmp_path` that lists files; returns its path."""

    def write_lines(file: str, *lines: str, head: str = HEAD) -> str:
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join((head, *lines, "")))
        return str(path)

    return write_lines


def read(*manifests: str, data: Path | str = "") -> Corpora:
    return read_corpora(DataSettings(data=str(data), manifest=manifests))


def files(corpora: Corpora) -> list[str]:
    return [row.file for row in corpora.utterances]


@pytest.mark.parametrize(
    ("there", "manifest", "file", "name"),
    [
        ("mine/wav/a.wav", "mine/My Speech.csv", "wav/a.wav", "My Speech/wav/a.wav"),
        ("data/mine/a.wav", "data/mine/My Speech.csv", "a.wav", "mine/a.wav"),
        ("data/mine/a.wav", "lists/My Speech.csv", "mine/a.wav", "mine/a.wav"),
    ],
)
def test_a_manifest_joins_the_data_by_paths_relative_to_it_or_to_them(
    tmp_path, write, listing, there, manifest, file, name
):
    write(f"data/{HAPPY}", "data/mine/b.wav", there)
    corpora = read(listing(manifest, f"{file},neutral,1"), data=tmp_path / "data")
    assert files(corpora) == [HAPPY, name]
    assert {row.corpus for row in corpora.utterances} == {"My Speech", "ravdess"}
    assert corpora.paths[name] == str(tmp_path / there)
    assert [skip.file for skip in corpora.skipped] == ["mine/b.wav"]
    assert resolve_ood(("My Speech",), corpora.corpora) == ("My Speech",)


def test_one_path_in_two_folders_is_two_recordings(tmp_path, write, listing):
    write("one/a.wav", "two/a.wav", "three/a.wav")
    manifests = [
        listing("one/x.csv", "a.wav,neutral,1"),
        listing("two/y.csv", "a.wav,positive,1"),
        listing("three/x.csv", "a.wav,negative,2,x", head=HEAD + ",corpus"),
    ]
    corpora = read(*manifests)
    assert {row.file: (row.corpus, row.speaker) for row in corpora.utterances} == {
        "x/a.wav": ("x", "x/1"),
        "y/a.wav": ("y", "y/1"),
        # A second manifest of that name, which says that it is the same corpus.
        "x-2/a.wav": ("x", "x/2"),
    }
    assert corpora.paths["x-2/a.wav"] == str(tmp_path / "three/a.wav")


def test_rows_replace_what_readers_made_of_a_file(tmp_path, write, listing):
    second = "03-01-04-01-01-01-02.wav"
    write(f"data/{HAPPY}", f"data/{second}")
    manifest = listing("mine.csv", f"data/{HAPPY},negative,x")
    corpora = read(manifest, data=tmp_path / "data")
    assert {row.file: (row.corpus, row.emotion) for row in corpora.utterances} == {
        HAPPY: ("mine", "negative"),
        second: ("ravdess", "negative"),
    }


def test_a_listed_copy_of_a_recording_is_no_longer_left_out(tmp_path, write, listing):
    for folder in ("a", "b"):
        path = tmp_path / "data" / folder / HAPPY
        path.parent.mkdir(parents=True)
        path.write_text("the same")
    manifest = listing("mine.csv", f"data/b/{HAPPY},neutral,1")
    corpora = read(manifest, data=tmp_path / "data")
    assert files(corpora) == [f"b/{HAPPY}"]
    assert corpora.copies == {f"a/{HAPPY}": f"b/{HAPPY}"}
    reason = f"same recording as b/{HAPPY}, which {tmp_path.name}/mine.csv lists"
    assert corpora.skipped == (Skip(f"a/{HAPPY}", reason, "ravdess"),)
    both = listing("both.csv", f"data/a/{HAPPY},neutral,1")
    for order in ((manifest, both), (both, manifest)):
        again = read(*order, data=tmp_path / "data")
        assert files(again) == [f"a/{HAPPY}", f"b/{HAPPY}"]
        assert (again.copies, again.skipped) == ({}, ())


def test_of_a_listed_encoding_the_other_one_is_left_out(tmp_path, write, listing):
    mp3 = HAPPY.replace("wav", "mp3")
    write(f"data/{HAPPY}", f"data/{mp3}")
    corpora = read(listing("m.csv", f"data/{mp3},neutral,1"), data=tmp_path / "data")
    assert files(corpora) == [mp3]
    assert [skip.file for skip in corpora.skipped] == [HAPPY]
    assert corpora.copies == {}


def test_a_listed_recording_has_the_gender_and_language_that_its_reader_knows(
    tmp_path, write, listing
):
    write(f"data/{HAPPY}")
    head = "file,emotion,corpus,speaker,gender,language"
    wholes = {
        "ravdess,01,,": ("male", "en"),
        "RAVDESS,01,female,fr": ("female", "fr"),
        "ravdess,02,,": (None, None),
        "mine,01,,": (None, None),
    }
    for cells, expected in wholes.items():
        manifest = listing("mine.csv", f"data/{HAPPY},neutral,{cells}", head=head)
        (row,) = read(manifest, data=tmp_path / "data").utterances
        assert (row.gender, row.language) == expected


def test_an_absolute_path_keeps_its_name_also_where_it_is_not_there(
    tmp_path, write, listing
):
    write("elsewhere/a.wav", "mine/b.wav")
    file = str(tmp_path / "elsewhere/a.wav")
    lines = (f"{file},neutral,1", "/none/a.wav,neutral,1", "/none/c.wav,,1")
    first = listing("mine/x.csv", *lines)
    second = listing("mine/y.csv", "b.wav,neutral,1")
    data = DataSettings(manifest=(first, second), allow_outside_data=True)
    corpora = read_corpora(data)
    assert files(corpora) == [file, "y/b.wav"]
    assert [skip.file for skip in corpora.skipped] == ["/none/a.wav", "/none/c.wav"]


def test_spaces_around_a_file_count_only_where_it_has_them(write, listing):
    write("mine/ a.wav", "mine/a.wav", "mine/b.wav")
    lines = (" a.wav,neutral,1", "a.wav,neutral,1", " ./b.wav ,neutral,1")
    corpora = read(listing("mine/x.csv", *lines))
    assert files(corpora) == [" a.wav", "a.wav", "b.wav"]
    assert corpora.skipped == ()


def test_manifests_that_only_their_name_would_make_one_corpus_are_refused(
    write, listing
):
    write("a/a.wav", "b/a.wav")
    first = listing("a/metadata.csv", "a.wav,neutral,1")
    second = listing("b/metadata.csv", "a.wav,neutral,1")
    expected = "a/metadata.csv and .*b/metadata.csv: both would be the corpus 'metadata"
    with pytest.raises(ValueError, match=expected + "'; rename one, or give a column"):
        read(first, second)
    named = listing("b/metadata.csv", "a.wav,neutral,1,metadata", head=HEAD + ",corpus")
    assert read(first, named).corpora == ("metadata",)


def test_links_to_a_folder_lead_to_one_file(tmp_path, write, listing):
    write(f"real/sub/{HAPPY}")
    (tmp_path / "data").symlink_to(tmp_path / "real")
    for place in ("data", "real"):
        manifest = listing("mine.csv", f"{tmp_path}/{place}/sub/{HAPPY},neutral,1")
        for data in ("data", "real"):
            corpora = read(manifest, data=tmp_path / data)
            assert files(corpora) == [f"sub/{HAPPY}"]
            assert corpora.corpora == ("mine",)


def test_a_file_that_is_not_there_is_a_listed_skip(write, listing):
    write("mine/a.wav", "mine/folder.wav/x")
    lines = ("a.wav,neutral,1", "b.wav,neutral,1", "folder.wav,neutral,1")
    corpora = read(listing("mine/mine.csv", *lines))
    reason = "no such file, though mine/mine.csv lists it"
    assert corpora.skipped == (
        Skip("b.wav", reason, "mine"),
        Skip("folder.wav", reason, "mine"),
    )


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("a.wav,,1", "Nothing to use in .* and .*mine/x.csv: all 2 audio files"),
        (
            "b.wav,neutral,1",
            "none of its 1 recordings is there; the first is b.wav, looked for in "
            ".*mine, .*data.*as --data",
        ),
    ],
)
def test_a_manifest_that_gives_nothing_is_refused(
    tmp_path, write, listing, cells, message
):
    write("mine/a.wav", "data/notes.wav")
    with pytest.raises(ValueError, match=message):
        read(listing("mine/x.csv", cells), data=tmp_path / "data")


def test_two_manifests_may_list_stretches_of_one_recording(write, listing):
    write("mine/a.wav")
    head = "file,start,end,emotion,speaker"
    first = listing("mine/x.csv", "a.wav,0,1,neutral,1", head=head)
    second = listing("mine/y.csv", "a.wav,1,2,neutral,1", head=head)
    rows = read(first, second).utterances
    assert [(row.file, row.start_s, row.corpus) for row in rows] == [
        ("x/a.wav", 0.0, "x"),
        ("x/a.wav", 1.0, "y"),
    ]


def test_a_stretch_that_is_listed_by_two_paths_or_manifests_is_refused(
    tmp_path, write, listing
):
    write("mine/a.wav")
    first = listing("mine/x.csv", "a.wav,neutral,1")
    second = listing("y.csv", "mine/a.wav,positive,1")
    message = r"listed twice .*x.csv .corpus 'x'. and by .*y"
    with pytest.raises(ValueError, match=message):
        read(first, second)
    lines = ("a.wav,neutral,1", f"{tmp_path}/mine/a.wav,neutral,1")
    with pytest.raises(ValueError, match=r"a.wav is listed twice"):
        read(listing("mine/x.csv", *lines))


def test_one_name_for_two_recordings_is_refused(tmp_path, write, listing):
    write("data/mine/a.wav", "elsewhere/a.wav", f"data/{HAPPY}")
    manifest = listing("elsewhere/mine.csv", "a.wav,neutral,1")
    with pytest.raises(ValueError, match=r"mine/a.wav names two recordings, .*Rename"):
        read(manifest, data=tmp_path / "data")


def test_every_row_has_every_further_attribute(write, listing):
    write("x/a.wav", "y/a.wav")
    first = listing("x/x.csv", "a.wav,neutral,1,big", head=HEAD + ",room")
    second = listing("y/y.csv", "a.wav,neutral,1,headset", head=HEAD + ",microphone")
    rows = read(first, second).utterances
    assert rows == read(second, first).utterances
    assert [row.extra for row in rows] == [
        (("microphone", None), ("room", "big")),
        (("microphone", "headset"), ("room", None)),
    ]


@pytest.mark.parametrize("kind", ["jsonl", "kaldi"])
@pytest.mark.parametrize("folder", ["data/mine", "data/mine/fold_1"])
def test_paths_of_emobox_and_kaldi_may_be_relative_to_a_folder_above(
    tmp_path, write, kind, folder
):
    write("EmoBox/downloads/a.wav")
    rows = [("downloads/a.wav", "happy", "s1")]
    manifest = write_table(tmp_path / "EmoBox" / folder, kind, rows)
    assert files(read(manifest)) == ["downloads/a.wav"]


def prepare(folder: Path, data: str, manifests: Sequence[str]) -> tuple[str, Corpora]:
    """What `experiments.prepare` writes: a manifest, and the settings beside it."""
    corpora = read(*manifests, data=data)
    folder.mkdir(exist_ok=True)
    path = folder / "manifest.csv"
    write_manifest(path, corpora.utterances, [1.0] * len(corpora.utterances))
    settings = {"data": data, "manifest": list(manifests), "epochs": 150}
    (folder / "config.json").write_text(json.dumps({"settings": settings}))
    return str(path), corpora


def test_a_prepared_manifest_alone_gives_the_same_rows_and_paths(
    tmp_path, write, listing
):
    write(f"data/{HAPPY}", "mine/a, b.wav", "yours/a.wav")
    manifests = [
        listing("mine/x.csv", '"a, b.wav",neutral,1,big', head=HEAD + ",room"),
        listing("yours/x.csv", "a.wav,neutral,1,x", head=HEAD + ",corpus"),
    ]
    path, corpora = prepare(tmp_path / "run", str(tmp_path / "data"), manifests)
    assert files(corpora) == [HAPPY, "x-2/a.wav", "x/a, b.wav"]
    again = read(path)
    assert again.utterances == corpora.utterances
    assert again.paths == corpora.paths
    # And so does that of the prepared one.
    path, third = prepare(tmp_path / "run2", "", [path])
    assert read(path).utterances == corpora.utterances
    assert read(path).paths == third.paths == corpora.paths


def test_a_prepared_manifest_beside_other_data_is_one_more_source(
    tmp_path, write, listing
):
    write(f"data/{HAPPY}", "mine/a.wav")
    path, corpora = prepare(tmp_path / "run", str(tmp_path / "data"), [])
    more = listing("mine/mine.csv", "a.wav,neutral,1")
    assert files(read(path, more)) == [f"manifest/{HAPPY}", "mine/a.wav"]
    # Its data folder given again adds nothing: the files keep their names.
    assert read(path, data=tmp_path / "data").utterances == corpora.utterances


def test_a_relative_data_folder_is_relative_to_the_working_directory(
    tmp_path, write, monkeypatch
):
    write(f"data/{HAPPY}")
    monkeypatch.chdir(tmp_path)
    path, corpora = prepare(tmp_path / "run", "data", [])
    assert read(path).utterances == corpora.utterances
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    expected = "It was prepared with data=data, manifest=none, relative to the working "
    with pytest.raises(ValueError, match=expected + "directory of then; .* as --data"):
        read(path)
    assert read(path, data="../data").utterances == corpora.utterances


def test_a_relative_data_folder_may_be_relative_to_the_prepared_manifest(
    tmp_path, write, listing, monkeypatch
):
    write(f"run/data/{HAPPY}", "run/mine/a.wav")
    listing("run/mine/x.csv", "a.wav,neutral,1")
    monkeypatch.chdir(tmp_path / "run")
    _, corpora = prepare(tmp_path / "run", "ravdess=data", ["mine/x.csv"])
    monkeypatch.chdir(tmp_path)
    assert read("run/manifest.csv").utterances == corpora.utterances
    assert len(corpora.utterances) == 2


@pytest.mark.parametrize(
    ("then", "now"),
    [("data", "../data"), ("ravdess=data", "../data"), ("data", "ravdess=../data")],
)
def test_a_prepared_manifest_agrees_with_what_it_was_prepared_from(
    tmp_path, write, listing, monkeypatch, then, now
):
    write(f"data/{HAPPY}", "mine/a.wav", "mine/b.wav", "elsewhere/x")
    manifest = listing("mine/x.csv", "a.wav,neutral,1", "b.wav,positive,")
    monkeypatch.chdir(tmp_path)
    path, prepared = prepare(tmp_path / "run", then, ["mine/x.csv"])
    monkeypatch.chdir(tmp_path / "elsewhere")
    for manifests in ((path, "../mine/x.csv"), ("../mine/x.csv", path)):
        corpora = read(*manifests, data=now)
        assert len(corpora.utterances) == len(prepared.utterances) == 3
        assert corpora.skipped == ()
    Path(manifest).write_text(f"{HEAD}\na.wav,negative,1\n")
    with pytest.raises(ValueError, match="x/a.wav is .*'neutral'.*'negative'"):
        read(path, "../mine/x.csv", data=now)


def test_many_rows_are_joined_soon(tmp_path, listing, slowness):
    # Links to one empty file, which are made sooner than new files.
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "0.wav").touch()
    for number in range(1, 25_000):
        os.link(tmp_path / "data" / "0.wav", tmp_path / "data" / f"{number}.wav")
    manifest = listing("mine.csv", *(f"{it}.wav,neutral,1" for it in range(25_000)))
    begin = time.process_time()
    corpora = read(manifest, data=tmp_path / "data")
    took_s = time.process_time() - begin
    assert took_s < 3 * slowness  # 0.9 s; a lookup per file takes longer.
    assert len(corpora.utterances) == 25_000


def test_prepared_manifests_that_name_each_other_come_to_an_end(tmp_path, write):
    write(f"data/{HAPPY}")
    path, _ = prepare(tmp_path / "one", str(tmp_path / "data"), [])
    prepare(tmp_path / "two", "", [path])
    config = {"settings": {"data": "", "manifest": [f"{tmp_path}/two/manifest.csv"]}}
    (tmp_path / "one" / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match="none of its 1 recordings is there"):
        read(path)
