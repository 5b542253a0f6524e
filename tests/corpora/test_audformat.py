import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from serjax.config import DataSettings
from serjax.corpora import read_corpora
from serjax.corpora.labels import LabelTable
from serjax.corpora.manifest import read_manifest
from serjax.corpora.utterance import Skip, Utterance

# audformat 1.4 calls pandas in ways that pandas 3.1 is to drop.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

LABELS = LabelTable(
    {"emodb": {"anger": "negative", "happiness": "positive", "neutral": "neutral"}},
    classes=("negative", "neutral", "positive"),
)
FILES = ["wav/03a01Wa.wav", "wav/08a01Fa.wav", "wav/08a02Na.wav"]


@pytest.fixture
def audformat():
    return pytest.importorskip("audformat")


@pytest.fixture
def database(audformat):
    """Emo-DB as audEERING publishes it (github.com/audeering/emodb), three files."""
    db = audformat.Database(name="emodb", languages=["deu"])
    db.schemes["emotion"] = audformat.Scheme(labels=["anger", "happiness", "neutral"])
    db.schemes["speaker"] = audformat.Scheme(
        labels={
            3: {"gender": "male", "age": 31, "language": "deu"},
            8: {"gender": "female", "age": 34, "language": "deu"},
        }
    )
    index = audformat.filewise_index(FILES)
    db["files"] = audformat.Table(index)
    db["files"]["speaker"] = audformat.Column(scheme_id="speaker")
    db["files"]["speaker"].set([3, 8, 8])
    add_table(db, "emotion", index, ["anger", "happiness", "neutral"])
    return db


def add_table(db, name: str, index, labels: Sequence[str | None], split: str = ""):
    import audformat

    if split:
        db.splits.setdefault(split, audformat.Split(split))
    db[name] = audformat.Table(index, split_id=split or None)  # pyright: ignore
    db[name]["emotion"] = audformat.Column(scheme_id="emotion")
    db[name]["emotion"].set(labels)


@pytest.fixture
def read(database, tmp_path: Path):
    """Save the database in one of audformat's ways, and read it."""

    def save_and_read(storage_format: str = "csv", table: str = ""):
        folder = tmp_path / "any-name"
        database.save(str(folder), storage_format=storage_format)
        path = folder / f"db.{table}.{storage_format}" if table else folder
        return read_manifest(path, LABELS)

    return save_and_read


@pytest.mark.parametrize("storage_format", ["csv", "parquet"])
def test_a_database_is_joined_from_its_tables(read, storage_format):
    woman = Utterance(
        file="wav/08a01Fa.wav",
        corpus="emodb",
        label="happiness",
        emotion="positive",
        speaker="emodb/8",
        gender="female",
        language="de",
        extra=(("age", "34"),),
    )
    first, *others = read(storage_format).utterances
    assert (first.speaker, first.gender) == ("emodb/3", "male")
    assert others == [
        woman,
        dataclasses.replace(
            woman, file="wav/08a02Na.wav", label="neutral", emotion="neutral"
        ),
    ]


def test_speakers_may_be_described_in_a_table_of_their_own(audformat, database, read):
    import pandas

    misc = audformat.MiscTable(pandas.Index([3, 8], dtype="Int64", name="speaker"))
    database["people"] = misc
    database["people"]["sex"] = audformat.Column()
    database["people"]["sex"].set(["male", "female"])
    database.schemes["person"] = audformat.Scheme("int", labels="people")
    database["files"]["speaker"] = audformat.Column(scheme_id="person")
    database["files"]["speaker"].set([3, 8, 8])
    found = {(row.speaker, row.gender, row.language) for row in read().utterances}
    assert found == {("emodb/3", "male", "de"), ("emodb/8", "female", "de")}


def test_splits_come_from_tables_that_have_one(audformat, database, read):
    # As of its version 1.2.0: subsets of the table emotion.
    splits = {"train": "anger", "dev": "happiness", "test": "neutral"}
    for file, (split, label) in zip(FILES, splits.items(), strict=True):
        name = f"emotion.categories.{split}.gold_standard"
        add_table(database, name, audformat.filewise_index([file]), [label], split)
    assert [row.part for row in read().utterances] == ["train", "valid", "test"]
    index = audformat.filewise_index(FILES[:1])
    add_table(database, "emotion.test", index, ["anger"], "test")
    expected = "03a01Wa.wav is in train and in test of emodb"
    with pytest.raises(ValueError, match=expected):
        read()


def test_segments_have_times_and_the_speaker_of_their_file(audformat, database, read):
    starts, ends = ["0s", "1.5s", "0s"], ["1.5s", None, None]
    files = [FILES[0], FILES[0], FILES[1]]
    index = audformat.segmented_index(files, starts, ends)
    add_table(database, "emotion", index, ["anger", "neutral", "happiness"])
    rows = read().utterances
    assert [(row.file, row.start_s, row.end_s, row.speaker) for row in rows] == [
        (FILES[0], 0.0, 1.5, "emodb/3"),
        (FILES[0], 1.5, None, "emodb/3"),
        (FILES[1], 0.0, None, "emodb/8"),
    ]


def test_a_row_without_a_label_is_a_listed_skip_and_one_without_a_file_is_refused(
    audformat, database, read, tmp_path: Path
):
    index = audformat.filewise_index(FILES)
    add_table(database, "emotion", index, ["anger", None, "neutral"])
    reading = read()
    assert [row.label for row in reading.utterances] == ["anger", "neutral"]
    assert reading.skipped == [Skip(FILES[1], "it has no label", "emodb")]
    table = tmp_path / "any-name" / "db.emotion.csv"
    table.write_text(table.read_text().replace(FILES[1], ""))
    with pytest.raises(ValueError, match="row 2: the cell of file is empty"):
        read_manifest(table.parent, LABELS)


def test_tables_of_laryngograms_are_not_speech(audformat, database, read):
    index = audformat.filewise_index(["laryngo/03a01Wa.wav"])
    add_table(database, "laryngo.emotion", index, ["anger"])
    assert [row.file for row in read().utterances] == FILES


def test_tables_that_disagree_are_refused_and_one_can_be_chosen(
    audformat, database, read
):
    index = audformat.filewise_index(FILES[:1])
    add_table(database, "emotion.desired", index, ["neutral"])
    expected = "Tables emotion and emotion.desired of emodb disagree on wav/03a01Wa.wav"
    with pytest.raises(ValueError, match=expected + ".*: db.emotion.csv"):
        read()
    assert len(read(table="emotion").utterances) == 3
    (row,) = read(table="emotion.desired").utterances
    assert (row.label, row.speaker) == ("neutral", "emodb/3")


def test_a_database_without_emotions_is_refused(database, read):
    database.drop_tables("emotion")
    with pytest.raises(
        ValueError, match="no table with a column emotion; .* are files"
    ):
        read()
    with pytest.raises(ValueError, match="Table files of emodb has no column emotion"):
        read(table="files")


def test_pickled_tables_are_never_opened(read, tmp_path: Path):
    with pytest.raises(ValueError, match="cannot be read as.*db.save"):
        read("pkl")
    for path in (tmp_path / "any-name").glob("*.pkl"):
        path.write_bytes(b"no pickle")
    assert len(read("csv").utterances) == 3
    # A database may be given by its header as well.
    again = read_manifest(tmp_path / "any-name" / "db.yaml", LABELS)
    assert len(again.utterances) == 3


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "- 1",
        "",
        "name: emodb\ntables:\n  emotion: 3\n",
        "!!python/object/apply:os.system ['touch {ran}']",
    ],
)
def test_a_header_that_is_none_is_refused_and_runs_nothing(
    audformat, tmp_path: Path, text
):
    (tmp_path / "db.yaml").write_text(text.replace("{ran}", str(tmp_path / "ran")))
    expected = "cannot be read as an audformat database"
    with pytest.raises(ValueError, match=expected) as caught:
        read_manifest(tmp_path, LABELS)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "ran").exists()


def test_a_table_that_is_not_there_is_named_by_its_own_folder(
    read, tmp_path: Path, monkeypatch
):
    read()
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    folder = tmp_path / "any-name"
    (folder / "db.emotion.csv").unlink()
    with pytest.raises(ValueError, match="any-name/db.emotion") as caught:
        read_manifest(folder, LABELS)
    assert "scratch" not in str(caught.value)


def test_tables_of_one_database_are_one_corpus(audformat, database, read, tmp_path):
    files = [str(tmp_path / "any-name" / file) for file in FILES[:2]]
    for name, file in zip(("one", "two"), files, strict=True):
        add_table(database, name, audformat.filewise_index([file]), ["anger"])
    read()
    for file in files:
        Path(file).parent.mkdir(exist_ok=True)
        Path(file).touch()
    tables = [str(tmp_path / f"any-name/db.{name}.csv") for name in ("one", "two")]
    corpora = read_corpora(DataSettings(manifest=tuple(tables)))
    assert [row.corpus for row in corpora.utterances] == ["emodb", "emodb"]


def test_without_the_package_its_name_is_given(monkeypatch, tmp_path: Path):
    monkeypatch.setitem(sys.modules, "audformat", None)
    (tmp_path / "db.yaml").touch()
    with pytest.raises(ValueError, match=r"pip install 'serjax\[audformat\]'"):
        read_manifest(tmp_path, LABELS)
