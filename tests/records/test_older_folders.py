"""Folders as the first runs of version 0.1 left them, with fewer keys than today's."""

import json
import shutil

import numpy as np
import pytest

from serjax.analysis.health import verdicts
from serjax.records.folder import read_run, read_study
from serjax.records.run_config import holds_run
from serjax.reporting.report import report
from tests.study_files import write_study

LATER_SETTINGS = ("allow_outside_data", "clip_norm", "roles", "wait", "tensorboard")
LATER_METRICS = ("encoder_grad_norm", "_prior_entropy", "_grad_norm")


@pytest.fixture(scope="module")
def older(tmp_path_factory):
    """A study of which the files lack whatever came later; one of its runs failed."""
    folder = write_study(
        tmp_path_factory.mktemp("older"),
        attribute_sets=[["corpus"]],
        seeds=[0],
        about=False,
        failed=["multitask-C-seed0"],
    )
    for run in (folder / "runs").iterdir():
        config = json.loads((run / "config.json").read_text())
        for name in LATER_SETTINGS:
            del config["settings"][name]
        config["settings"]["channel"] = 0  # of another type then
        (run / "config.json").write_text(json.dumps(config))
        lines = (run / "metrics.jsonl").read_text().splitlines()
        with (run / "metrics.jsonl").open("w") as file:
            for line in map(json.loads, lines):
                for name in [n for n in line if n.endswith(LATER_METRICS)]:
                    del line[name]
                file.write(json.dumps(line) + "\n")
        if (run / "failure.json").exists():
            failure = json.loads((run / "failure.json").read_text())
            del failure["alpha"], failure["not_finite"]
            (run / "failure.json").write_text(json.dumps(failure))
            continue
        with np.load(run / "embeddings.npz") as arrays:
            kept = {n: it for n, it in arrays.items() if n != "starts_s"}
        np.savez(run / "embeddings.npz", **kept)
    return folder


def test_an_older_study_is_read_and_reported(older, tmp_path):
    folder = shutil.copytree(older, tmp_path / "study")
    study = read_study(folder)
    assert {run.name: run.status for run in study.runs} == {
        "baseline-seed0": "finished",
        "multitask-C-seed0": "failed",
        "reversal-C-seed0": "finished",
    }
    assert study.about is None
    assert "3 runs are finished" in report(folder).read_text(encoding="utf-8")


def test_what_an_older_run_did_not_note_is_unknown(older):
    run = read_run(older / "runs" / "reversal-C-seed0")
    assert "encoder_grad_norm" not in run.metrics[0]
    assert [it.word for it in verdicts(run)] == ["cannot be told"]
    failed = read_run(older / "runs" / "multitask-C-seed0")
    assert "loss is nan" in failed.error


def test_an_older_run_is_the_one_of_todays_settings(older):
    folder = older / "runs" / "baseline-seed0"
    settings = {**read_run(folder).config.settings, "clip_norm": 0.0}
    assert holds_run(folder, settings)
    with pytest.raises(ValueError, match="clip_norm=0.0 there, 1.0 given"):
        holds_run(folder, {**settings, "clip_norm": 1.0})


@pytest.mark.parametrize(
    ("file", "key"),
    [("config.json", "classes"), ("result.json", "wall_s"), ("failure.json", "error")],
)
def test_one_that_lacks_what_runs_always_had_is_broken_by_that_key(
    file, key, older, tmp_path
):
    folder = shutil.copytree(older, tmp_path / "study")
    name = "multitask-C-seed0" if file == "failure.json" else "reversal-C-seed0"
    path = folder / "runs" / name / file
    record = json.loads(path.read_text())
    del record[key]
    path.write_text(json.dumps(record))
    (broken,) = read_study(folder).with_status("broken")
    assert (broken.name, broken.error) == (name, f"{file} lacks {key}")
    assert f"{file} lacks {key}" in report(folder).read_text(encoding="utf-8")
    with pytest.raises(ValueError, match=f"^{path} lacks {key}$"):
        read_run(path.parent)
