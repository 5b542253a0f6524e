import csv
import dataclasses
from pathlib import Path

import pytest

from serjax.corpora.labels import LabelTable, read_labels
from serjax.corpora.manifest import read_manifest, write_manifest
from serjax.corpora.utterance import Skip, Utterance
from serjax.files import cell_text

LABELS = LabelTable(
    {"mine": {"joy": "positive", "calm": "neutral", "?": "drop"}},
    classes=("negative", "neutral", "positive"),
)


HEAD = "file,label,speaker\n"


@pytest.fixture
def read(tmp_path: Path):
    """Write a manifest mine.csv, as text or as bytes, and read it."""

    def write_and_read(text: str | bytes, name: str = "mine.csv"):
        content = text if isinstance(text, bytes) else text.encode()
        (tmp_path / name).write_bytes(content)
        return read_manifest(tmp_path / name, LABELS)

    return write_and_read


def test_a_manifest_lists_recordings_with_labels_and_speakers(read):
    reading = read("file,label,speaker\na.wav,joy,1\nb.wav,calm,\nc.wav,?,1\n")
    assert reading.utterances == [
        Utterance("a.wav", "mine", "joy", "positive", "mine/1"),
        Utterance("b.wav", "mine", "calm", "neutral"),
    ]
    reason = "label '?' of mine is dropped by the mapping"
    assert reading.skipped == [Skip("c.wav", reason, "mine")]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_tables_are_read_as_pandas_libreoffice_and_excel_write_them(
    read, mark, delimiter, newline
):
    head = ("Speaker", " FILE ", "label", "microphone")
    cells = ("1", '"a, b; ""c"".wav"', "joy", "headset")
    lines = (delimiter.join(it) + newline for it in (head, cells))
    (row,) = read(mark + "".join(lines)).utterances
    assert row.file == 'a, b; "c".wav'
    assert row.extra == (("microphone", "headset"),)


def test_the_delimiter_is_told_by_the_head_alone(read):
    (row,) = read("file,label,speaker\na;b;c;d\te.wav,joy,1\n").utterances
    assert row.file == "a;b;c;d\te.wav"


def test_quoted_newlines_are_part_of_their_cell_and_count_as_lines(read):
    text = 'file,label,speaker\n"a\nb.wav",joy,1\nc.wav,envy,1\n'
    with pytest.raises(ValueError, match="/mine.csv line 4: No class"):
        read(text)
    assert read(text.replace("envy", "joy")).utterances[0].file == "a\nb.wav"


def test_the_order_of_further_columns_is_kept(read):
    text = "room,file,label,microphone,speaker\nbig,a.wav,joy,,1\n"
    extra = (("room", "big"), ("microphone", None))
    assert read(text).utterances[0].extra == extra


def test_rows_and_nameless_columns_that_hold_nothing_are_passed_over(read):
    text = ",,,,\nfile,,label,speaker,\na.wav,,joy,1, \n,,,,\n , ,\nb.wav,,calm,1,\n"
    rows = read(text).utterances
    assert [(row.file, row.extra) for row in rows] == [("a.wav", ()), ("b.wav", ())]
    with pytest.raises(ValueError, match="line 2: column 1 has no name"):
        read("\n,file,label,speaker\n,b.wav,joy,1\n0,a.wav,joy,1\n")


def test_spaces_in_the_head_are_underscores(read):
    text = "file,label,speaker,Recording  Room\na.wav,joy,1,big\n"
    assert read(text).utterances[0].extra == (("recording_room", "big"),)
    with pytest.raises(ValueError, match="two columns are named 'recording_room'"):
        read(text.replace("speaker", "speaker,recording_room").replace("1,", "1,1,"))


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_first_line_for_excel_names_the_delimiter(read, mark):
    text = mark + b"sep=;\r\nfile;label;speaker;a,b,c,d\r\na,,,,,,.wav;joy;1;x\r\n"
    with pytest.raises(ValueError, match="line 2: column 'a,b,c,d' cannot be"):
        read(text)
    text = text.replace(b"a,b,c,d", b"room")
    assert read(text).utterances[0].file == "a,,,,,,.wav"
    with pytest.raises(ValueError, match="mine.csv line 3: No class for label 'envy'"):
        read(text.replace(b"joy", b"envy"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "mine.csv lists nothing"),
        ("\n", "mine.csv lists nothing"),
        (HEAD, "mine.csv lists nothing: expected rows below its head"),
        ("file,label\na.wav,joy\n", "line 1: no column speaker"),
        (HEAD + "a.wav,joy,1\nb.wav,joy\n", "line 3 has 2 cells, but .* 3 columns"),
        (HEAD + "a.wav,joy,1,x\n", "line 2 has 4 cells.*Quote a cell that holds ','"),
        (HEAD + "a.wav,joy,1\na\0.wav,joy,1\n", "line 3 holds a NUL"),
        (HEAD + "a.wav,joy,1\n./a.wav,joy,1\n", "line 3: a.wav is listed twice"),
        (HEAD + '"a.wav,joy,1\n', "line 2 is no CSV: unexpected end of data"),
        (HEAD + '"a"b.wav,joy,1\n', "line 2 is no CSV: ',' expected"),
        (HEAD + "a" * 200_000 + ",joy,1\n", "line 2 is no CSV: field larger than"),
        (HEAD.encode() + b"a.wav,joy,\xe4\n", "line 2 is not UTF-8"),
        (HEAD.encode("utf-16"), "line 1 is not UTF-8"),
        (b"PK\3\4\xff", "is a spreadsheet or a ZIP archive, no text"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_its_line(read, text, message):
    with pytest.raises(ValueError, match=message):
        read(text)


def test_what_is_no_manifest_is_refused(tmp_path: Path):
    (tmp_path / "m.json").touch()
    for path, message in {
        "none.csv": "none.csv does not exist; expected a CSV",
        "": "has neither db.yaml nor wav.scp; expected",
        "m.json": "ends in .json; expected .jsonl",
    }.items():
        with pytest.raises(ValueError, match=message):
            read_manifest(tmp_path / path, LABELS)


HOSTILE = [
    "a,b",
    'say "a"',
    "a\nb",
    "a\rb",
    "a\r\nb",
    "ä \u2028 感情",
    "a;b\tc",
    "'=1+1",
]


def hostile_rows() -> list[Utterance]:
    plain = Utterance("a.wav", "mine", "joy", "positive", "mine/1", "male", "en")
    hostile = [
        Utterance(
            *(f" {text} .wav", "mine", text, "positive", f"mine/{text}"),
            start_s=0.1 + number,
            end_s=None if number == 1 else number + 1 / 3,
            extra=(("microphone", text), ("room", None)),
        )
        for number, text in enumerate(HOSTILE)
    ]
    return [plain, *hostile]


def test_a_written_manifest_reads_back_as_the_same_rows(tmp_path: Path):
    # The first has no further attributes: in a table its cells of them are empty.
    extra = (("microphone", None), ("room", None))
    rows = hostile_rows()
    expected = [dataclasses.replace(rows[0], extra=extra), *rows[1:]]
    path = tmp_path / "manifest.csv"
    write_manifest(path, rows, [1.0] * len(rows))
    reading = read_manifest(path, LABELS)
    assert reading.utterances == expected
    assert reading.skipped == []
    again = tmp_path / "again.csv"
    write_manifest(again, reading.utterances, [1.0] * len(rows))
    assert again.read_bytes() == path.read_bytes()


def test_a_written_manifest_is_plain_csv(tmp_path: Path):
    path = tmp_path / "manifest.csv"
    write_manifest(path, hostile_rows(), [2.5] * (len(HOSTILE) + 1))
    with path.open(encoding="utf-8", newline="") as file:
        head, first, *others = csv.reader(file, strict=True)
    columns = "file,start,end,corpus,label,emotion,speaker,gender,language,duration_s"
    assert head == [*columns.split(","), "microphone", "room"]
    assert first == [
        *("a.wav", "", "", "mine", "joy", "positive", "mine/1", "male", "en"),
        *("2.500000", "", ""),
    ]
    assert [cell_text(line[4]) for line in others] == list(HOSTILE)


def test_a_split_is_written_where_one_is_given(tmp_path: Path):
    rows = [
        Utterance("a.wav", "mine", "joy", "positive", part="valid"),
        Utterance("b.wav", "mine", "joy", "positive"),
    ]
    path = tmp_path / "manifest.csv"
    write_manifest(path, rows, [1.0, 1.0])
    assert path.read_text().splitlines()[0].endswith(",duration_s,split")
    assert read_manifest(path, LABELS).utterances == rows


def test_a_manifest_of_other_classes_says_how_to_have_its_labels_mapped(tmp_path: Path):
    path = tmp_path / "manifest.csv"
    write_manifest(path, [Utterance("a.wav", "mine", "joy", "positive")], [1.0])
    labels = LabelTable({"mine": {"joy": "happiness"}}, ("anger", "happiness"))
    with pytest.raises(ValueError, match="'positive'; expected one of anger, happin"):
        read_manifest(path, labels)


def test_labels_that_a_spreadsheet_robbed_of_their_zeros_are_the_corpuss_own(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        "file,label,speaker,corpus\na.wav,3,1,ravdess\nb.wav,02,1,ravdess\n"
    )
    rows = read_manifest(path, read_labels()).utterances
    assert [(row.label, row.emotion) for row in rows] == [
        ("03", "positive"),
        ("02", "neutral"),
    ]
