import json
from pathlib import Path

import pytest

from serjax.corpora.labels import LabelTable, read_labels
from serjax.corpora.manifest import read_manifest
from serjax.corpora.utterance import Utterance

LABELS = LabelTable(
    {"emodb": {"anger": "negative", "neutral": "neutral"}},
    classes=("negative", "neutral", "positive"),
)


def line(name: str, **more: object) -> str:
    """A line as EmoBox's own data/emodb/emodb.jsonl has them."""
    record = {
        "key": f"emodb-{name}",
        "dataset": "emodb",
        "wav": f"downloads/emodb/wav/{name}.wav",
        "type": "raw",
        "sample_rate": 16000,
        "num_frame": 30045.0,
        "task": "category",
        "length": 1.8778125,
        "emo": "anger",
        "channel": 1,
        **more,
    }
    return json.dumps(record) + "\n"


@pytest.fixture
def read(tmp_path: Path):
    """Write data/emodb/<name> below `tmp_path` and read it."""

    def write_and_read(*lines: str, name: str = "emodb.jsonl"):
        path = tmp_path / "data" / "emodb" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines), encoding="utf-8")
        return read_manifest(path, LABELS)

    return write_and_read


def test_a_line_is_a_recording_of_its_data_set_whose_speaker_is_unknown(read):
    file = "downloads/emodb/wav/03a01Wa.wav"
    assert read(line("03a01Wa"), "\n").utterances == [
        Utterance(file, "emodb", "anger", "negative")
    ]


def test_a_slip_in_its_list_of_emo_db_is_the_label_that_it_means(tmp_path: Path):
    path = tmp_path / "emodb.jsonl"
    path.write_text(line("03a01La", emo="boredem"))
    (row,) = read_manifest(path, read_labels()).utterances
    assert row.label == "boredom"


@pytest.mark.parametrize("folder", ["data/emodb", "data"])
def test_speakers_stand_in_the_transcripts_and_their_language_is_not_believed(
    read, tmp_path: Path, folder
):
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "data.seg.wrd.stm").write_text(
        "emodb-03a01Wa 1 03 0.0 1.88 "
        "<id=emodb-03a01Wa,lang=en,spk=STEFAN-RÖTTIG,emotion=anger> anger\n",
        encoding="utf-8",
    )
    first, second = read(line("03a01Wa"), line("08a01Na")).utterances
    assert (first.speaker, first.language) == ("emodb/STEFAN-RÖTTIG", None)
    assert second.speaker is None


def test_a_recording_may_hold_several_utterances(read):
    rows = read(
        line("a", start_time=0.0, end_time=4.46),
        line("a", start_time=4.46, end_time=9.58),
    ).utterances
    assert [(row.start_s, row.end_s) for row in rows] == [(0, 4.46), (4.46, 9.58)]


def test_a_line_may_say_more_of_itself(read):
    more = {"speaker": 3, "gender": "male", "lang": "de", "Microphone": "headset"}
    (row,) = read(line("a", **more, split="test", room=None)).utterances
    assert (row.speaker, row.gender, row.language) == ("emodb/3", "male", "de")
    assert row.extra == (("microphone", "headset"), ("room", None))
    assert row.part == "test"


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("emodb_train_fold_1.jsonl", "train"),
        ("emodb_test_fold1.jsonl", "test"),
        ("emodb_valid_fold_12.jsonl", "valid"),
        ("emodb.jsonl", None),
    ],
)
def test_the_file_of_a_fold_is_one_part(read, name, part):
    assert read(line("a"), name=name).utterances[0].part == part


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "emodb.jsonl lists nothing"),
        ("{\n", "line 2 is not JSON"),
        ("[" * 100_000 + "\n", "line 2 is not JSON"),
        ('{"wav": "a.wav", "emo": "x", "a": ' + "[" * 100_000, "line 2 is not JSON"),
        ('{"wav": "a.wav", "wav": "b.wav", "emo": "x"}', "it gives a key twice"),
        (line("b", file="b.wav"), "line 2: file is given twice"),
        (line("b", label="anger"), "line 2: label is given twice"),
        ("[1]\n", "line 2: expected an object with wav and emo"),
        ('{"wav": "a.wav"}\n', "line 2: expected an object with wav and emo"),
        (line("b", type="feature"), "line 2: type 'feature'; expected raw"),
        (line("b", votes=[1, 2]), "line 2: votes holds several values"),
        (line("b", **{"my room": 1}), "line 2: column 'my room' cannot be"),
        (line("b", emo="envy"), "emodb/emodb.jsonl line 2: No class for label 'envy'"),
        (line("b", wav=None), "line 2: the cell of file is empty"),
        (line("b", wav="\ud800.wav"), "line 2: file .* is no text"),
        (line("a"), "line 2: downloads/emodb/wav/a.wav is listed twice"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused(read, text, message):
    with pytest.raises(ValueError, match=message):
        read(*(line("a"), text) if text else ())
