import csv
import subprocess
import sys

import numpy as np
import pytest

from tests.experiments.scripts import call_script, refusal


def table(folder):
    with (folder / "tsne.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_rows_that_a_run_was_evaluated_on_are_drawn(run, tmp_path):
    out = tmp_path / "out"
    arguments = [f"--run={run}", f"--workdir={out}", "--epoch=last"]
    done = call_script("embed", *arguments, "--colour=part,gender", "--max_points=7")
    assert done.returncode == 0, done.stderr
    with np.load(run / "embeddings.npz") as kept:
        files, embeddings = kept["files"], kept["embeddings_last"]
    assert done.stdout.splitlines() == [
        f"Drawn: 7 recordings, {len(files) - 7} left out at random; coloured by part, "
        "gender",
        f"Written: {out}/tsne.svg, {out}/tsne.csv, {out}/embeddings.npz",
    ]
    rows = table(out)
    assert {row["file"] for row in rows} < set(files)
    assert {row["corpus"] for row in rows} == {"emodb", "tess"}
    with np.load(out / "embeddings.npz") as written:
        np.testing.assert_array_equal(written["embeddings"], embeddings)
    svg = (out / "tsne.svg").read_text()
    for text in ("baseline-seed0, last epoch", "by part", "by gender", "ood"):
        assert f">{text}</text>" in svg, text


def test_any_recordings_are_drawn(run, speech_folder, tmp_path):
    out = tmp_path / "out"
    data = f"--data={speech_folder / 'tess'}"
    done = call_script(
        "embed", f"--run={run}", data, "--label_map=four-class", f"--workdir={out}"
    )
    assert done.returncode == 0, done.stderr
    assert "Drawn: 6 recordings; coloured by corpus, emotion" in done.stdout
    rows = table(out)
    assert {row["emotion"] for row in rows} == {"anger", "neutral", "happiness"}
    assert {row["predicted"] for row in rows} <= {"negative", "neutral", "positive"}
    assert (out / "skipped.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "No --run is given"),
        (["--run=absent"], "absent holds no run"),
        (["--run=RUN", "--colour=mood"], "Nothing is known of 'mood'"),
        (
            ["--run=RUN", "--label_map=four-class"],
            "--label_map says how to read --data",
        ),
        (["--run=RUN", "--workdir=RUN"], "holds a config.json"),
        (["--run=RUN", "--data=absent"], "No such folder: absent"),
        (["--run=RUN", "--epochs=3"], "Unknown command line flag 'epochs'"),
    ],
)
def test_wrong_input_is_told_in_one_line(run, tmp_path, arguments, message):
    arguments = [text.replace("RUN", str(run)) for text in arguments]
    before = {path: path.stat().st_mtime_ns for path in run.iterdir()}
    done = call_script("embed", f"--workdir={tmp_path / 'out'}", *arguments)
    assert message in refusal(done)
    assert {path: path.stat().st_mtime_ns for path in run.iterdir()} == before


def test_an_unfinished_run_is_refused(run, tmp_path):
    (tmp_path / "config.json").write_bytes((run / "config.json").read_bytes())
    assert "is unfinished" in refusal(call_script("embed", f"--run={tmp_path}"))


def test_a_picture_of_a_runs_own_rows_needs_no_jax():
    code = "import sys, experiments.embed; print('jax' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
