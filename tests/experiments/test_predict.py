import csv
import io
import sys
from unittest import mock

import pytest

from tests.experiments.scripts import call_script, refusal


def table(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_numbers_are_those_of_the_run(run, speech_folder, tmp_path):
    out = tmp_path / "x.csv"
    words = f"--run={run}", speech_folder, f"--out={out}"
    done = call_script("predict", *words)
    assert done.returncode == 0, done.stderr
    start, _, end = done.stdout.partition(" in ")
    assert start == "Predicted: 42 files, 42 rows, 0:00:13 of speech"
    assert end.endswith(f" x real time). Written: {out}\n")
    rows = {row["file"]: row for row in table(out)}
    for expected in table(run / "predictions.csv"):
        row = rows[str(speech_folder / expected["file"])]
        assert row["label"] == expected["predicted"]
        for name in ("negative", "neutral", "positive"):
            # Its rows are of one length, so that the batch shape is the run's.
            assert row[f"score_{name}"] == expected[f"p_{name}"]
    again = call_script("predict", *words)
    assert "Predicted: 0 files, 0 rows" in again.stdout
    assert "42 rows were there" in again.stdout


def test_standard_input_is_a_recording(run, speech_folder, tmp_path):
    path = speech_folder / "emodb" / "wav" / "03a01Wa.wav"
    out = tmp_path / "x.csv"
    stdin = io.TextIOWrapper(io.BytesIO(path.read_bytes()))
    with mock.patch.object(sys, "stdin", stdin):
        done = call_script("predict", f"--run={run}", path, "-", f"--out={out}")
    assert done.returncode == 0, done.stderr
    first, second = table(out)
    assert second["file"] == "-"
    assert {**first, "file": "-"} == second


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--out=x.csv"], "No --run is given"),
        (["--run=RUN", "--out=x.csv"], "No input is given"),
        (["--run=RUN", "absent.wav", "--out=x.csv"], "No such file or folder: absent"),
        (["--run=absent", "EMPTY", "--out=x.csv"], "absent holds no finished run"),
        (["--run=RUN", "EMPTY", "--out=x.csv"], "EMPTY, because: does not decode"),
        (["--run=RUN", "EMPTY", "--out=x.csv", "--epochs=3"], "flag 'epochs'"),
    ],
)
def test_wrong_input_is_told_in_one_line(run, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "EMPTY").write_bytes(b"")
    words = [text.replace("RUN", str(run)) for text in words]
    assert message in refusal(call_script("predict", *words))
