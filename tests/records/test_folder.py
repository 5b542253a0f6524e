import json

import pytest

from serjax.records.folder import read_study
from tests.study_files import write_study


@pytest.mark.parametrize(
    ("name", "set_name", "attributes"),
    [
        (
            "mixed-S.reversal.0.3+G.multitask-seed2",
            "S:reversal:0.3+G:multitask",
            ("speaker", "gender"),
        ),
        (
            "mixed-G.ganin.1e-05+room.size.multitask-seed2",
            "G:ganin:1e-05+room.size:multitask",
            ("gender", "room.size"),
        ),
        ("reversal-C+room.size-seed2", "C+room.size", ("corpus", "room.size")),
    ],
)
def test_a_broken_run_is_known_by_its_folders_name(
    tmp_path, name, set_name, attributes
):
    (tmp_path / "runs" / name).mkdir(parents=True)
    (tmp_path / "runs" / name / "config.json").write_text("{")
    (run,) = read_study(tmp_path).runs
    assert (run.status, run.set_name, run.seed) == ("broken", set_name, 2)
    assert run.attributes == attributes


def statuses(folder):
    return {run.name: run.status for run in read_study(folder).runs}


def test_every_run_has_its_status_in_the_order_of_the_grid(tmp_path):
    folder = write_study(
        tmp_path,
        attribute_sets=[["corpus"]],
        failed=["multitask-C-seed1"],
        unfinished=["reversal-C-seed0"],
        planned=["reversal-C-seed1"],
    )
    assert list(statuses(folder).items()) == [
        ("baseline-seed0", "finished"),
        ("baseline-seed1", "finished"),
        ("multitask-C-seed0", "finished"),
        ("multitask-C-seed1", "failed"),
        ("reversal-C-seed0", "unfinished"),
        ("reversal-C-seed1", "planned"),
    ]
    runs = {run.name: run for run in read_study(folder).runs}
    assert "loss is nan" in runs["multitask-C-seed1"].error
    # The line that is being written is not read.
    assert len(runs["reversal-C-seed0"].metrics) == 2


def test_a_runs_own_folder_is_read_as_a_study_of_that_run(tmp_path):
    folder = write_study(tmp_path, seeds=[0]) / "runs" / "reversal-C+S-seed0"
    study = read_study(folder)
    assert (study.is_run, study.about) == (True, None)
    (run,) = study.finished
    assert (run.approach, run.set_name) == ("reversal", "C+S")
    assert not read_study(tmp_path).is_run
    (folder / "result.json").write_text("{")
    (run,) = read_study(folder).with_status("broken")
    assert "result.json is no JSON" in run.error


@pytest.mark.parametrize("content", ["{", "{}", '{"kind": "preparation"}'])
def test_a_folder_whose_config_is_no_runs_is_refused(tmp_path, content):
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(ValueError, match=r"config\.json"):
        read_study(tmp_path)


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("config.json", "{", "config.json is no JSON"),
        ("config.json", "{}", "config.json lacks settings"),
        ("result.json", "[", "result.json is no JSON"),
        ("metrics.jsonl", "{\n{}\n", "metrics.jsonl line 1 is no JSON"),
        ("predictions.csv", "file,part\nx", "predictions.csv is not whole"),
        ("predictions.csv", None, "No such file or directory: 'predictions.csv'"),
        ("embeddings.npz", "", "No data left in file"),
        ("embeddings.npz", "PK\x03\x04 half of it", "not a zip file"),
    ],
)
def test_a_broken_file_breaks_its_run_and_no_other(tmp_path, file, content, reason):
    folder = write_study(tmp_path, attribute_sets=[["corpus", "speaker"]], seeds=[3])
    path = folder / "runs" / "reversal-C+S-seed3" / file
    path.unlink()
    if content is not None:
        path.write_text(content)
    study = read_study(folder)
    (broken,) = study.with_status("broken")
    assert reason in broken.error
    assert (broken.approach, broken.set_name, broken.seed) == ("reversal", "C+S", 3)
    assert [run.approach for run in study.finished] == ["baseline", "multitask"]


@pytest.mark.parametrize(
    "name", ["reversal-C+C-seed0", "-", "mine", "a-seed" + "9" * 99]
)
def test_a_broken_run_may_have_any_name(tmp_path, name):
    folder = write_study(tmp_path, attribute_sets=[["corpus"]], seeds=[3])
    (folder / "runs" / name).mkdir()
    (folder / "runs" / name / "config.json").touch()
    (broken,) = read_study(folder).with_status("broken")
    assert (broken.name, broken.error[:22]) == (name, "config.json is no JSON")


def test_without_study_json_the_runs_that_are_there_are_the_study(tmp_path):
    folder = write_study(tmp_path, about=False, planned=["baseline-seed1"])
    assert "baseline-seed1" not in statuses(folder)
    assert read_study(folder).parts == ("test", "tess")


def test_a_folder_without_a_study_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no study: it has neither runs/ nor"):
        read_study(tmp_path)


def test_a_broken_study_json_is_refused(tmp_path):
    folder = write_study(tmp_path, seeds=[0])
    (folder / "study.json").write_text(json.dumps({})[:1])
    with pytest.raises(ValueError, match="study.json is no JSON"):
        read_study(folder)
