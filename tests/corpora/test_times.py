"""Times of rows: under the names and in the forms that others write them."""

import json

import pytest

from serjax.corpora.columns import check_columns
from serjax.corpora.labels import LabelTable
from serjax.corpora.manifest import read_manifest
from serjax.corpora.times import read_times, time_columns

LABELS = LabelTable({"mine": {"joy": "positive"}}, classes=("positive",))


@pytest.fixture
def read(tmp_path):
    """Read a CSV manifest with one row: its columns and cells beyond the usual."""

    def write_and_read(columns, cells, delimiter=","):
        text = f"file,label,speaker,{columns}\na.wav,joy,1,{cells}\n"
        path = tmp_path / "mine.csv"
        # Commas of decimals are written as NULs.
        path.write_text(text.replace(",", delimiter).replace("\0", ","))
        return read_manifest(path, LABELS)

    return write_and_read


@pytest.mark.parametrize(
    "columns",
    [
        *(
            "start,end",
            "start_time,end_time",
            "Start Time,End Time",
            "StartTime,EndTime",
        ),
        *("begin,stop", "begin_time,end_time", "onset,offset", "start_s,end_s"),
        *("start_sec,end_sec", "Start (s),End [s]", "t_start,t_end", "tmin,tmax"),
        *("segment_start,segment_end", "xmin,xmax", "onset_seconds,offset_seconds"),
    ],
)
def test_a_start_and_an_end_are_known_by_their_usual_names(read, columns):
    reading = read(columns, "1.5,2.75")
    (row,) = reading.utterances
    assert (row.start_s, row.end_s, row.extra) == (1.5, 2.75, ())
    assert len(reading.notes) == (columns != "start,end")


def test_times_under_other_names_are_noted_once(tmp_path):
    path = tmp_path / "mine.csv"
    text = "file,label,speaker,onset,offset\na.wav,joy,1,0,1\nb.wav,joy,1,0,1\n"
    path.write_text(text)
    assert read_manifest(path, LABELS).notes == {
        "mine: times in the file are read from onset, offset; name such a column "
        "otherwise if it has none": 2
    }


@pytest.mark.parametrize(
    ("start", "duration"),
    [
        *(("offset", "duration"), ("start", "duration"), ("start", "length")),
        *(("start_time", "dur"), ("begin", "duration_s")),
    ],
)
def test_a_start_and_a_duration_give_the_end(read, start, duration):
    reading = read(f"{start},{duration}", "1.1,2.2")
    (row,) = reading.utterances
    assert (row.start_s, row.end_s, row.extra) == (1.1, 3.3, ())
    assert reading.notes


def test_milliseconds_are_known_by_the_column_or_the_cell(read):
    for columns, cells in (
        ("start_ms,end_ms", "1500,2000"),
        ("start,end", "1500ms,2 s"),
    ):
        (row,) = read(columns, cells).utterances
        assert (row.start_s, row.end_s) == (1.5, 2.0)


def test_a_duration_without_a_start_says_nothing_of_the_stretch(read):
    (row,) = read("duration", "2.5").utterances
    assert (row.is_segment, row.extra) == (False, (("duration", "2.5"),))
    (row,) = read("start,duration", ",2.5").utterances
    assert not row.is_segment


def test_start_and_end_are_taken_whichever_other_columns_there_are(read):
    columns = "start,end,duration,start_time,offset"
    (row,) = read(columns, "1,2,9,08:30,x").utterances
    assert (row.start_s, row.end_s) == (1.0, 2.0)
    further = (("duration", "9"), ("start_time", "08:30"), ("offset", "x"))
    assert row.extra == further


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("0 days 00:00:01.5", 1.5), ("0 days 00:01:01.500000", 61.5)),
        *(("1 day", 86400.0), ("00:00:01,500", 1.5), ("1:02.5", 62.5)),
        *(("100:00:00", 360000.0), ("1.5s", 1.5), ("15e-1", 1.5), (".5", 0.5)),
    ],
)
def test_times_are_read_as_others_write_them(text, seconds):
    assert read_times({"start": text}) == (seconds, None)


@pytest.mark.parametrize("delimiter", [";", "\t"])
@pytest.mark.parametrize("columns", ["start,end", "onset,offset"])
def test_decimal_commas_are_numbers_where_a_comma_parts_no_cells(
    read, columns, delimiter
):
    (row,) = read(f"{columns},room", "0\0005,12\00025,1\0005", delimiter).utterances
    assert (row.start_s, row.end_s) == (0.5, 12.25)
    assert row.extra == (("room", "1,5"),)


@pytest.mark.parametrize(
    "text", "one 1_0 inf 0x1 1,5 -1_days_+23:59:59 1:75 00:00:01:12 :".split()
)
def test_a_time_that_cannot_be_read_is_refused(read, text):
    text = text.replace("_days_", " days ")
    with pytest.raises(ValueError, match="line 2: onset .*; expected seconds, as 62.5"):
        read("onset,offset", f'"{text}",2')


@pytest.mark.parametrize(
    ("columns", "role"),
    [
        ("offset", "start or end"),
        ("onset,begin", "start"),
        ("start,end_time,stop", "end"),
        ("start_sample,end_sample", "start"),
        ("begin_frame,end_frame", "start"),
    ],
)
def test_columns_that_may_be_either_or_count_samples_are_refused(columns, role):
    columns = ("file", "label", "speaker", *columns.split(","))
    with pytest.raises(ValueError, match=f"my.csv: the {role} cannot be told from"):
        check_columns(columns, "my.csv")


@pytest.mark.parametrize(
    "name", ["duration", "session", "startled", "friend", "tone_onset_age", "weekend"]
)
def test_other_columns_are_no_times(name):
    assert time_columns(("file", name)) == {}


def test_emobox_lines_may_have_an_offset_and_a_duration(tmp_path):
    record = {"wav": "a.wav", "emo": "joy", "offset": 1.5, "duration": 2}
    (tmp_path / "mine.jsonl").write_text(json.dumps(record))
    (row,) = read_manifest(tmp_path / "mine.jsonl", LABELS).utterances
    assert (row.start_s, row.end_s, row.extra) == (1.5, 3.5, ())


@pytest.mark.parametrize("channel", ["0", "1", "2.0", "left", "R", "A"])
def test_a_column_of_channels_is_refused_and_the_setting_named(read, channel):
    with pytest.raises(ValueError, match=r"line 2: channel .* give --channel=N"):
        read("channel", channel)


@pytest.mark.parametrize("channel", ["", "telephone"])
def test_a_channel_that_is_no_number_is_an_attribute(read, channel):
    (row,) = read("channel", channel).utterances
    assert row.extra == (("channel", channel or None),)
