import pytest

from serjax.corpora.columns import check_columns
from serjax.corpora.labels import LabelTable
from serjax.corpora.rows import Row, normalised, read_rows
from serjax.corpora.utterance import Skip, Utterance

LABELS = LabelTable(
    {"mine": {"joy": "positive", "calm": "neutral", "rage": "negative", "?": "drop"}},
    classes=("negative", "neutral", "positive"),
)


def read(*rows: dict[str, str]):
    """Read rows of the corpus `mine`, each with a file, a label and a speaker."""
    whole = [{"file": "a.wav", "label": "joy", "speaker": "1", **row} for row in rows]
    numbered = [Row(f"my.csv line {n}", row) for n, row in enumerate(whole, 2)]
    return read_rows(numbered, "mine", LABELS)


def only(**cells: str) -> Utterance:
    (utterance,) = read(cells).utterances
    return utterance


def test_a_row_becomes_an_utterance():
    cells = {
        "file": "x/a.wav",
        "start": "1.5",
        "end": "3",
        "gender": "F",
        "language": "EN",
        "split": "dev",
        "duration_s": "9",
        "microphone": "headset",
        "room": "",
    }
    assert only(**cells) == Utterance(
        file="x/a.wav",
        corpus="mine",
        label="joy",
        emotion="positive",
        speaker="mine/1",
        gender="female",
        language="en",
        start_s=1.5,
        end_s=3.0,
        part="valid",
        extra=(("microphone", "headset"), ("room", None)),
    )


def test_empty_cells_are_unknown_and_never_a_guess():
    assert only(speaker="", gender="", language=" ", split="", start="", end="") == (
        Utterance("a.wav", "mine", "joy", "positive")
    )


@pytest.mark.parametrize("text", ["nan", "NaN", "<NA>", " NaT ", "None"])
def test_what_pandas_makes_of_empty_cells_is_empty(text):
    columns = ("gender", "language", "split", "start", "end", "corpus")
    cells: dict[str, str] = dict.fromkeys(columns, text)
    row = only(speaker=text, emotion=text, room=text, **cells)
    expected = Utterance("a.wav", "mine", "joy", "positive", extra=(("room", None),))
    assert row == expected
    assert read({"label": text}).skipped == [Skip("a.wav", "it has no label", "mine")]
    assert only(file=text).file == text


@pytest.mark.parametrize("corpus", ["Train", "ood"])
def test_a_corpus_that_has_the_name_of_a_part_is_refused(corpus):
    expected = "line 2: corpus '.*' is reserved; give a column corpus, or rename the m"
    row = Row("my.csv line 2", {"file": "a.wav", "label": "joy", "speaker": "1"})
    for cells, default in (
        (row.cells | {"corpus": corpus}, "mine"),
        (row.cells, corpus),
    ):
        with pytest.raises(ValueError, match=expected):
            read_rows([row._replace(cells=cells)], default, LABELS)


@pytest.mark.parametrize(
    ("written", "corpus"), [("emo-db", "emodb"), ("CREMA_D", "crema-d"), ("x", "x")]
)
def test_a_corpus_by_its_column_or_its_table_has_its_name_and_so_have_its_speakers(
    written, corpus
):
    labels = LabelTable({corpus: {"joy": "positive"}}, classes=("negative", "positive"))
    for speaker in ("7", f"{written}/7", f"{corpus}/7"):
        cells = {"file": "a.wav", "label": "joy", "speaker": speaker}
        told = read_rows([Row("x", cells | {"corpus": f" {written} "})], "m", labels)
        named = read_rows([Row("x", cells)], written, labels)
        assert (told.default_corpus, named.default_corpus) == (None, corpus)
        for row in (*told.utterances, *named.utterances):
            assert (row.corpus, row.speaker) == (corpus, f"{corpus}/7")


@pytest.mark.parametrize("corpus", ["a,b", "a:b", "a/b", "a\nb"])
def test_a_corpus_that_ood_could_not_name_is_refused(corpus):
    with pytest.raises(ValueError, match="line 2: corpus .*so that --ood can name it"):
        read({"corpus": corpus})


def test_slips_of_typing_around_a_cell_do_not_make_another_value():
    row = only(label=" joy", speaker=" 1 ", gender=" male ", microphone=" headset ")
    assert (row.label, row.speaker, row.gender) == ("joy", "mine/1", "male")
    assert row.attribute("microphone") == "headset"


def test_an_emotion_is_taken_as_mapped_and_the_label_is_kept():
    row = only(label="joy", emotion="negative")
    assert (row.label, row.emotion) == ("joy", "negative")
    row = only(label="joy", emotion="")
    assert (row.label, row.emotion) == ("joy", "positive")
    row = only(label="", emotion="neutral")
    assert (row.label, row.emotion) == ("neutral", "neutral")


def test_an_emotion_that_is_no_class_is_refused():
    expected = r"line 2: emotion 'joy'; expected one of negative, neutral, positive, "
    with pytest.raises(ValueError, match=expected + "drop.*drop it where a column lab"):
        read({"emotion": "joy"})


def test_an_unknown_label_is_refused_where_it_stands():
    with pytest.raises(ValueError, match="my.csv line 2: No class for label 'envy'"):
        read({"label": "envy"})


@pytest.mark.parametrize("cells", [{"label": "?"}, {"label": "?", "emotion": "drop"}])
def test_a_dropped_label_is_a_listed_skip(cells):
    reason = "label '?' of mine is dropped by the mapping"
    assert read(cells).skipped == [Skip("a.wav", reason, "mine")]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2", "1"),
        ("1", "1"),
        ("-1", "1"),
        ("0", "1e999"),
        ("1e999", ""),
        ("0:02", "0:01"),
    ],
)
def test_times_that_are_no_stretch_are_a_listed_skip(start, end):
    reason = f"my.csv line 2: start={start} and end={end}; expected seconds, "
    (skip,) = read({"start": start, "end": end}).skipped
    assert skip == Skip("a.wav", reason + "0 <= start < end", "mine")


def test_a_stretch_may_begin_late_or_end_early():
    late, early = only(start="2", end=""), only(start="", end="2")
    assert (late.start_s, late.end_s) == (2.0, None)
    assert (early.start_s, early.end_s) == (0.0, 2.0)


@pytest.mark.parametrize(
    ("column", "value", "texts"),
    [
        ("gender", "female", "female F Woman"),
        ("gender", "male", "male m MAN"),
        ("gender", None, "unknown Other nan child UNK #N/A none ? - NULL"),
        ("split", "train", "train Train training TRN"),
        ("split", "valid", "valid val DEV devel validation Development"),
        ("split", "test", "test eval evaluation Test1 test2"),
        ("split", None, "N/A - unknown"),
        ("language", "en", "en-GB English"),
        ("language", None, "UNK und"),
    ],
)
def test_words_are_read_however_they_are_written(column, value, texts):
    name = "part" if column == "split" else column
    for text in texts.split():
        assert getattr(only(**{column: text}), name) == value


@pytest.mark.parametrize(
    ("column", "text"),
    [("gender", "W"), ("split", "fold1"), ("split", "ood"), ("language", "klingon")],
)
def test_a_word_that_is_none_of_the_known_ones_is_refused(column, text):
    with pytest.raises(ValueError, match=f"line 3: {column} '{text}'; expected "):
        read({}, {"file": "b.wav", column: text})


def test_a_row_without_a_file_is_refused():
    with pytest.raises(ValueError, match="line 3: the cell of file is empty"):
        read({}, {"file": " "})


@pytest.mark.parametrize("label", ["joy", "", "?"])
def test_a_stretch_that_is_listed_twice_is_refused(label):
    first = {"file": "x/a.wav", "start": "0", "end": "2", "label": label}
    again = {"file": "x/y/../a.wav", "start": "0.0", "end": "2.0"}
    for one, other in ((first, again), (again, first)):
        with pytest.raises(
            ValueError, match="line 4: x/a.wav is listed twice, first in my"
        ):
            read(one, {"file": "x/a.wav"}, other)


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_what_is_no_text_is_refused(text):
    with pytest.raises(ValueError, match="line 2: speaker .* is no text"):
        read({"speaker": text})


@pytest.mark.parametrize(
    ("written", "file"),
    [
        ("./a.wav", "a.wav"),
        ("x//y/../a.wav", "x/a.wav"),
        ("x\\y\\a.wav", "x\\y\\a.wav"),
        ("../x/a.wav", "../x/a.wav"),
        ("/data/a.wav", "/data/a.wav"),
        (" a.wav", " a.wav"),
        ('ä, \n"a".wav', 'ä, \n"a".wav'),
    ],
)
def test_paths_have_one_form(written, file):
    assert normalised(written) == file
    assert only(file=written).file == file


def test_further_columns_are_attributes_and_need_names_that_can_be_asked_for():
    good = ("file", "label", "speaker", "microphone", "age-group", "room.size", "raum1")
    check_columns(good, "my.csv")


@pytest.mark.parametrize(
    "name",
    [
        *["a,b", "a:b", "a+b", "a b", "a/b", "-", ".", "a\nb"],
        *["part", "predicted", "p_positive", "all", "train", "encoder"],
    ],
)
def test_a_further_column_whose_name_means_something_else_is_refused(name):
    with pytest.raises(ValueError, match="cannot be an attribute's name") as caught:
        check_columns(("file", "label", "speaker", name), "my.csv")
    assert repr(name) in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("label,speaker", "no column file; it has label, speaker"),
        ("file,label", "no column speaker"),
        ("file,speaker", "no column label"),
        ("path,text", "no column file, speaker, label"),
        ("file,label,speaker,file", "two columns are named 'file'"),
        (",file,label,speaker", "column 1 has no name.*index=False"),
    ],
)
def test_columns_that_cannot_be_read_are_refused(columns, message):
    with pytest.raises(ValueError, match=message):
        check_columns(columns.split(","), "my.csv")


def test_a_countrys_code_that_is_taken_for_a_language_is_noted():
    listing = read(*({"file": f, "language": "JP"} for f in "ab"), {"language": "ja"})
    assert [row.language for row in listing.utterances] == ["ja"] * 3
    assert listing.notes == {"mine: language 'jp' is taken for 'ja'": 2}
