import csv
import json

import pytest

from serjax.corpora import NothingUsable
from serjax.errors import InUse
from serjax.inference.files import predict_files
from serjax.inference.inputs import list_inputs
from serjax.inference.output import Output
from serjax.inference.stream import Classifier
from serjax.inference.trained import read_trained


@pytest.fixture(scope="module")
def classifier(trained):
    return Classifier(read_trained(trained))


@pytest.fixture(scope="module")
def listed(recordings, tmp_path_factory):
    """The recordings, and one that is none."""
    bad = tmp_path_factory.mktemp("bad") / "bad.wav"
    bad.write_bytes(b"")
    return list_inputs([str(recordings), str(bad)])


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl"])
def test_what_was_stopped_goes_on_to_the_same_bytes(classifier, listed, tmp_path, name):
    out = tmp_path / name
    done = predict_files(classifier, listed, out)
    assert (done.num_rows, done.num_before, done.num_skipped) == (21, 0, 1)
    assert "Predicted: 21 files, 21 rows, 0:00:05 of speech" in str(done)
    whole = out.read_bytes()
    for size in (len(whole) // 2, whole.index(b"\n") - 3):
        out.write_bytes(whole[:size])
        again = predict_files(classifier, listed, out)
        assert again.num_rows + again.num_before == 21
        assert out.read_bytes() == whole
    assert again.num_before == 0  # nothing but a torn head was left
    lines = done.skipped.read_text().splitlines()
    assert len(lines) == 2 and lines[1].endswith(
        "bad.wav,does not decode: the file is empty"
    )


def test_csv_and_jsonl_say_the_same(classifier, listed, tmp_path):
    for name in ("x.csv", "x.jsonl"):
        predict_files(classifier, listed, tmp_path / name, window_s=0.1, hop_s=0.05)
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    objects = [*map(json.loads, (tmp_path / "x.jsonl").read_text().splitlines())]
    for row, its in zip(rows, objects, strict=True):
        assert (row["file"], row["label"]) == (its["file"], its["label"])
        assert (float(row["start"]), float(row["end"])) == (its["start"], its["end"])
        for name, score in its["scores"].items():
            assert float(row[f"score_{name}"]) == score
    assert (rows[0]["start"], rows[0]["end"]) == ("0.0", "0.1")


def test_rows_of_something_else_are_refused(classifier, listed, trained, tmp_path):
    out = tmp_path / "x.csv"
    predict_files(classifier, listed, out)
    before = out.read_bytes()
    other = Classifier(read_trained(trained, "last"))
    with pytest.raises(ValueError, match="another prediction: model="):
        predict_files(other, listed, out)
    with pytest.raises(ValueError, match="window_s=0.0 there, 1 now"):
        predict_files(classifier, listed, out, window_s=1)
    (tmp_path / "x.csv.settings.json").unlink()
    with pytest.raises(ValueError, match="x.csv.settings.json, which would tell"):
        predict_files(classifier, listed, out)
    assert out.read_bytes() == before
    with pytest.raises(ValueError, match="ends in .csv or .jsonl"):
        predict_files(classifier, listed, tmp_path / "x.xlsx")


def test_two_processes_do_not_write_one_table(classifier, listed, tmp_path):
    out = tmp_path / "x.csv"
    with Output(out, classifier.trained.classes, {}), pytest.raises(InUse):
        predict_files(classifier, listed, out)


def test_a_table_of_nothing_is_an_error_and_is_begun_anew(
    classifier, listed, recordings, tmp_path
):
    (tmp_path / "bad.wav").write_bytes(b"")
    nothing = list_inputs([str(tmp_path / "bad.wav")])
    out = tmp_path / "x.csv"
    with pytest.raises(NothingUsable, match="the first, .*bad.wav, because: does not"):
        predict_files(classifier, nothing, out)
    assert predict_files(classifier, listed, out, window_s=1).num_rows == 21


def test_speakers_are_asked_for_where_they_are_needed(
    classifier, by_speaker, listed, recordings, tmp_path
):
    needing, out = Classifier(read_trained(by_speaker)), tmp_path / "x.csv"
    with pytest.raises(ValueError, match="Say whom it belongs to: --speakers=COLUMN"):
        predict_files(needing, listed, out)
    with pytest.raises(ValueError, match="which needs no speakers"):
        predict_files(classifier, listed, out, speakers="one")
    all_as_one = list_inputs([str(recordings)], "one")
    done = predict_files(needing, all_as_one, out, speakers="one")
    assert done.num_rows == 21 and "needs speech and speaker" in done.notes[0]
    fewer = list_inputs([str(recordings / "tess")], "one")
    with pytest.raises(ValueError, match="another prediction: inputs="):
        predict_files(needing, fewer, out, speakers="one")
