import itertools
from pathlib import Path

import pytest

from serjax.config import DataSettings
from serjax.corpora import Corpora, read_corpora
from serjax.corpora.speakers import speaker_key
from serjax.data.splits import split_by_speaker
from tests.corpora.tables import KINDS, write_table

ACTORS = ("01", "02", "11")
LABELS = ("01", "03", "05")


def recording(actor: str, label: str = "03") -> str:
    return f"Actor_{actor}/03-01-{label}-01-01-01-{actor}.wav"


@pytest.fixture
def ravdess(tmp_path: Path) -> Path:
    """Three recordings each of three actors, of which none is opened."""
    for actor, label in itertools.product(ACTORS, LABELS):
        path = tmp_path / "data" / recording(actor, label)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name)
    return tmp_path / "data"


@pytest.fixture
def table(tmp_path: Path):
    """Write a CSV manifest, and the files below `data` that it lists."""

    def write(name: str, *lines: str, head: str = "file,label,speaker,gender") -> str:
        path = tmp_path / "data" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join((head, *lines, "")))
        for line in lines:
            (path.parent / line.partition(",")[0]).touch()
        return str(path)

    return write


def read(*manifests: str, data: Path | str = "", **settings: str) -> Corpora:
    return read_corpora(DataSettings(data=str(data), manifest=manifests, **settings))  # pyright: ignore


def speakers(corpora: Corpora) -> list[str]:
    return sorted({row.speaker or "unknown" for row in corpora.utterances})


@pytest.mark.parametrize(
    ("corpus", "spellings"),
    [
        ("ravdess", "01 1 1.0 01.00 1,0 001 ravdess/01 RAVDESS_01 ravdess-1 Ravdess01"),
        ("savee", "DC dc Dc savee_DC SAVEE/dc"),
        ("crema-d", "1001 1001.0 crema-d/1001 CREMA_D_1001 cremad1001 CremaD-1001"),
        ("mine", "spk01 SPK1 Spk001"),
        ("mine", "a_01 A-1 a-01"),
        ("mine", "J\u00fcrgen Ju\u0308rgen J\u00dcRGEN"),
    ],
)
def test_spellings_of_one_person_have_one_key(corpus, spellings):
    assert len({speaker_key(f"{corpus}/{it}") for it in spellings.split()}) == 1


@pytest.mark.parametrize(
    ("corpus", "names"),
    [
        ("mine", "1 10 100 11 1.5 1.50 15 0 a1 1a a spk_1_1 spk_11"),
        # The name of the corpus is no prefix of a number.
        ("1", "1 2 12 11 112"),
        ("mine", "m1 f1 1 mine"),
    ],
)
def test_people_keep_their_keys(corpus, names):
    keys = [speaker_key(f"{corpus}/{it}") for it in names.split()]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("spelling", ["{:d}", "{:d}.0", "{:03d}", "ravdess_{:02d}", ""])
def test_a_speaker_in_a_table_of_known_recordings_is_the_readers(
    ravdess, table, spelling
):
    lines = [f"{recording(it)},3,{spelling.format(int(it))},ravdess" for it in ACTORS]
    manifest = table("mend.csv", *lines, head="file,label,speaker,corpus")
    corpora = read(manifest, data=ravdess)
    assert speakers(corpora) == [f"ravdess/{it}" for it in ACTORS]
    genders = {row.speaker: row.gender for row in corpora.utterances}
    assert list(genders.values()) == ["male", "female", "male"]
    assert {row.language for row in corpora.utterances} == {"en"}
    assert len(corpora.notes) == (1 if spelling else 0)


# audformat 1.4 calls pandas in ways that pandas 3.1 is to drop.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_every_format_of_manifest_has_the_readers_speakers(ravdess, kind):
    rows = [(recording(actor), "03", str(int(actor))) for actor in ACTORS]
    path = write_table(ravdess / "ravdess", kind, rows)
    if path != str(ravdess / "ravdess"):  # A file's corpus has its name.
        path = str(Path(path).rename(ravdess / f"ravdess.{kind}"))
    assert speakers(read(path, data=ravdess)) == [f"ravdess/{it}" for it in ACTORS]


def test_a_row_may_name_another_speaker_that_the_reader_knows(ravdess, table):
    line = f"{recording('01')},3,2,ravdess"
    manifest = table("mend.csv", line, head="file,label,speaker,corpus")
    corpora = read(manifest, data=ravdess)
    (row,) = (it for it in corpora.utterances if it.file == recording("01"))
    assert row.speaker == "ravdess/02"
    assert not any("leak" in note for note in corpora.notes)


@pytest.mark.parametrize(
    ("speaker", "corpus"), [("Actor_01", "ravdess"), ("anna", "ravdess"), ("01", "x")]
)
def test_where_nobody_can_tell_a_possible_leak_is_told(ravdess, table, speaker, corpus):
    line = f"{recording('01')},happy,{speaker},{corpus}"
    head = "file,label,speaker,corpus"
    (note,) = read(table("mend.csv", line, head=head), data=ravdess).notes
    assert note.startswith("possible leak: 1 recordings have another speaker in a man")
    assert f"'ravdess/01' as '{corpus}/{speaker}'" in note
    # All of an actor's recordings renamed are a speaker of one name.
    lines = [f"{recording('01', it)},happy,{speaker},{corpus}" for it in LABELS]
    assert read(table("mend.csv", *lines, head=head), data=ravdess).notes == ()


def test_tables_that_rename_one_person_differently_are_told(ravdess, table):
    head = "file,label,speaker,corpus"
    first = [f"{recording('01', it)},happy,Actor_01,ravdess" for it in LABELS[:2]]
    second = [f"{recording('01', LABELS[2])},happy,A,ravdess"]
    manifests = table("a.csv", *first, head=head), table("b.csv", *second, head=head)
    for order in (manifests, manifests[::-1]):
        (note,) = read(*order, data=ravdess).notes
        assert "'ravdess/01' as 'ravdess/A', 'ravdess/01' as 'ravdess/Actor_01'" in note


def test_the_order_of_tables_and_rows_changes_nothing(table):
    head = "file,label,speaker,gender,corpus"
    manifests = [
        table("a.csv", "a.wav,happy,Spk1,,m", "b.wav,happy,spk01,,m", head=head),
        table("b.csv", "c.wav,happy,spk01,,m", "d.wav,happy,SPK1,female,m", head=head),
        table("c.csv", "e.wav,happy,2.0,,m", "f.wav,happy,2,,m", head=head),
    ]
    found = [read(*order) for order in itertools.permutations(manifests)]
    # The most frequent one; of equally frequent ones the first in sort order.
    assert speakers(found[0]) == ["m/2", "m/spk01"]
    assert all(it.notes == found[0].notes for it in found)
    rows = [sorted((r.label, r.speaker or "") for r in it.utterances) for it in found]
    assert all(it == rows[0] for it in rows)
    (note,) = found[0].notes
    assert note.startswith("3 spellings of speakers differ from others in case, ")
    assert note.endswith(
        "'m/2' as 'm/2.0', 'm/spk01' as 'm/SPK1', 'm/spk01' as 'm/Spk1'"
    )


def test_genders_that_contradict_each_other_keep_two_and_are_told(table):
    manifest = table("m.csv", "a.wav,happy,Kim,male", "b.wav,happy,kim,female")
    corpora = read(manifest)
    assert speakers(corpora) == ["m/Kim", "m/kim"]
    (note,) = corpora.notes
    assert note.startswith(
        "possible leak: 'm/kim' (1 recordings) and 'm/Kim' (1) are sp"
    )


def test_one_row_in_two_tables_may_spell_its_speaker_in_two_ways(table):
    head = "file,label,speaker,corpus"
    first = table("a.csv", "a.wav,happy,01,m", head=head)
    second = table("b.csv", "a.wav,happy,1.0,m", "b.wav,happy,1.0,m", head=head)
    for order in ((first, second), (second, first)):
        assert speakers(read(*order)) == ["m/1.0"]
    other = table("b.csv", "a.wav,happy,2,m", head=head)
    with pytest.raises(ValueError, match=r"speaker 'm/01'.*speaker 'm/2'"):
        read(first, other)


def test_a_session_of_two_is_one_however_they_are_spelt(table):
    lines = [
        f"{number}{take}.wav,happy,{speaker},{number // 2}"
        for number in range(10)
        for take, speaker in enumerate((f"{number:02}", f"{number}.0"))
    ]
    manifest = table("m.csv", *lines, head="file,label,speaker,session")
    rows = read(manifest).utterances
    parts = split_by_speaker(rows, (), 0)
    held = {
        row.attribute("session")
        for row, part in zip(rows, parts, strict=True)
        if part != "train"
    }
    assert len(held) == 1


@pytest.mark.parametrize(
    "text",
    "Unknown unknown UNK N/A #N/A NA NaN none NULL - -- ? <unk> n.a. m/Unknown".split(),
)
def test_a_speaker_that_is_unknown_is_nobody(table, text):
    manifest = table("m.csv", f"a.wav,happy,{text},{text[-7:]}", "b.wav,happy,7,f")
    corpora = read(manifest)
    assert speakers(corpora) == ["m/7", "unknown"]
    assert [row.gender for row in corpora.utterances] == [None, "female"]
    note = f"m: speaker {text!r} is taken for an unknown one (1 rows)"
    assert corpora.notes == (() if text == "NaN" else (note,))  # An empty cell.


def test_given_parts_can_be_left_out(table):
    lines = ["a.wav,happy,1,train", "b.wav,happy,2,test"]
    manifest = table("m.csv", *lines, head="file,label,speaker,split")
    corpora = read(manifest, split="ignore")
    assert [row.part for row in corpora.utterances] == [None, None]
    assert corpora.notes == ("m: its given split is left out (--split)",)
