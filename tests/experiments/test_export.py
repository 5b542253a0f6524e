import csv

import jax
import numpy as np
import pytest
import soundfile

from serjax.inference.bundle import read_bundle
from serjax.inference.trained import read_run_model
from tests.experiments.scripts import TINY, call_script, refusal


@pytest.fixture(scope="module")
def run(speech_folder, tmp_path_factory):
    """A finished run on Emo-DB, TESS being unseen."""
    folder = tmp_path_factory.mktemp("export") / "run"
    done = call_script("train", *TINY, f"--data={speech_folder}", f"--workdir={folder}")
    assert done.returncode == 0, done.stderr
    return folder


def test_a_bundle_is_the_runs_model_at_either_epoch(run, tmp_path):
    for epoch in ("best", "last"):
        out = tmp_path / f"{epoch}.serjax"
        done = call_script("export", f"--run={run}", f"--out={out}", f"--epoch={epoch}")
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[1:] == [
            "Note: the card says 'not stated'; --license tells it.",
            "Note: the card says 'not stated'; --data_licence tells it.",
        ]
        found, expected = read_bundle(out), read_run_model(run, epoch)
        same = jax.tree.map(np.array_equal, found.params, expected.params)
        assert jax.tree.all(same)
        assert found.batch_size == expected.batch_size
        assert str(run).encode() not in out.read_bytes()


def test_onnx_gives_the_probabilities_of_the_runs_evaluation(
    run, speech_folder, tmp_path
):
    pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    out = tmp_path / "onnx"
    words = [f"--run={run}", f"--out={out}", "--format=onnx", "--license=mit"]
    for _ in range(2):  # the second time over the first
        done = call_script("export", *words, "--data_licence=none: it is noise")
        assert done.returncode == 0, done.stderr
        assert "Note" not in done.stdout
    session = onnxruntime.InferenceSession(out / "model.onnx")
    with (run / "predictions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        signal, _ = soundfile.read(speech_folder / row["file"], dtype="float32")
        (found,) = session.run(["probabilities"], {"signal": signal[None]})
        kept = [float(row[name]) for name in row if name.startswith("p_")]
        np.testing.assert_allclose(found[0], kept, rtol=0, atol=1e-4)


def test_a_command_that_would_write_over_something_else_is_refused(run, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for words, told in (
        ([f"--out={tmp_path}/x"], "expected a file NAME.serjax"),
        (
            [f"--out={tmp_path}", "--format=onnx"],
            "holds notes.txt, and is of something",
        ),
        ([f"--out={tmp_path}/notes.txt", "--format=onnx"], "is a file; with"),
        ([], "No --out is given"),
    ):
        assert told in refusal(call_script("export", f"--run={run}", *words))
    words = [f"--run={tmp_path}", f"--out={tmp_path}/m.serjax"]
    assert "holds no finished run" in refusal(call_script("export", *words))
