import dataclasses
import json
import shlex

import pytest
from absl import flags

from experiments.flags import config_from_flags, define_settings_flags
from serjax.config import Config, make_config
from serjax.corpora.utterance import Skip
from serjax.methods import PAPER_APPROACHES as APPROACHES
from serjax.records.folder import read_study
from serjax.study.about import OF_A_RUN, describe_study, study_command
from serjax.study.grid import (
    ALL_ATTRIBUTE_SETS,
    parse_approaches,
    parse_attribute_sets,
    parse_roles,
    parse_seeds,
)
from serjax.study.plan import make_plan
from tests.training.made import make_dataset


@pytest.fixture(scope="module")
def dataset():
    """alpha (en) and beta (de) to train on, gamma unseen; one file skipped."""
    return dataclasses.replace(make_dataset(), skipped=(Skip("a.wav", "silent"),))


@pytest.fixture
def about(tmp_path, dataset):
    """What is said of a study of five runs, as it stands on disk."""
    config = make_config(epochs=3)
    sets = (("corpus",), ("corpus", "speaker"))
    plan = make_plan(
        config, ("baseline", "reversal"), sets, (0, 5), tmp_path, {"": dataset}
    )
    describe_study(plan, {"": dataset}, "cpu: a CPU").write(tmp_path)
    return json.loads((tmp_path / "study.json").read_text())


def test_the_grid_is_told_run_by_run(tmp_path, about):
    assert [run["name"] for run in about["runs"]] == [
        f"{name}-seed{seed}"
        for seed in (0, 5)
        for name in ("baseline", "reversal-C", "reversal-C+S")
    ]
    assert about["runs"][5] == {
        "name": "reversal-C+S-seed5",
        "approach": "reversal",
        "attributes": ["corpus", "speaker"],
        "seed": 5,
    }
    assert about["approaches"] == ["baseline", "reversal"]
    assert about["attribute_sets"] == ["C", "C+S"]
    assert (about["seeds"], about["not_applicable"]) == ([0, 5], {})
    assert about["device"] == "cpu: a CPU"
    assert {"jax", "python"} <= {*about["versions"]}
    assert set(about["platform"]) == {"system", "release", "machine", "cpus"}
    assert not {*OF_A_RUN} & {*about["settings"]}
    assert Config.from_flat(about["settings"]).training.epochs == 3
    runs = read_study(tmp_path).runs
    assert {run.status for run in runs} == {"planned"} and len(runs) == 6


def test_the_data_are_counted_part_by_part_and_corpus_by_corpus(about):
    data = about["data"]
    # Six speakers of three rows train; one of each corpus validates, one tests.
    assert data["parts"]["train"] == {
        "utterances": 18,
        "hours": pytest.approx(18 / 3600),
        "speakers": 6,
        "speakerless": 0,
        "classes": {"negative": 6, "neutral": 6, "positive": 6},
    }
    assert list(data["parts"]) == ["train", "valid", "test", "gamma"]
    assert list(data["corpora"]["alpha"]) == ["train", "valid", "test"]
    assert data["corpora"]["beta"]["test"]["speakers"] == 1
    assert data["corpora"]["gamma"]["gamma"]["utterances"] == 6
    assert data["skipped"] == {"silent": 1}
    assert data["notes"] == []


def test_confounds_are_those_of_the_training_rows(about):
    pairs = {(it["first"], it["second"]): it for it in about["data"]["associations"]}
    assert pairs["corpus", "language"]["cramers_v"] == pytest.approx(1)
    assert pairs["corpus", "language"]["rows"] == 18
    assert pairs["gender", "emotion"]["cramers_v"] == pytest.approx(0, abs=1e-6)
    told = about["data"]["confounds"]
    assert any(line.startswith("speaker determines corpus") for line in told)
    assert not any("gamma" in line for line in told)


def read_command(words):
    """The settings and the grid that a command gives, read as the script reads it."""
    values = flags.FlagValues()
    for name in ("approaches", "attribute_sets", "seeds"):
        flags.DEFINE_string(name, "", "", flag_values=values)
    define_settings_flags(leave_out=OF_A_RUN, values=values)
    assert words[:3] == ["python", "-m", "experiments.study"]
    assert values(words[2:]) == ["experiments.study"]
    grid = (
        parse_approaches(str(values["approaches"].value)),
        parse_attribute_sets(str(values["attribute_sets"].value)),
        parse_seeds(str(values["seeds"].value)),
    )
    return config_from_flags(values), grid


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"preset": "paper"},
        {"data": "my corpora, all", "ood": (), "epochs": 60, "ravdess_song": True},
        {"data": "/speech", "preset": "demo", "lstm_bidirectional": False},
        # What the preset changes, changed back.
        {"data": "synthetic", "epochs": 150, "conv_features": (1, 2)},
        {"manifest": ("mine, old.csv", "yours.csv"), "learning_rate": 1e-05},
        {"manifest": ("mine.csv",), "ood": ("tess", "crema-d"), "channel": ("mean",)},
    ],
)
def test_the_command_repeats_the_study(settings, tmp_path, dataset):
    grid = (APPROACHES[:2], (("corpus",), ("speaker", "gender")), (0, 3))
    plan = make_plan(make_config(**settings), *grid, tmp_path, {"": dataset})
    words = study_command(plan)
    assert read_command(words) == (plan.config, grid)
    assert read_command(shlex.split(shlex.join(words))) == (plan.config, grid)


def test_sets_of_roles_are_repeated_too(tmp_path, dataset):
    roles = parse_roles(["S:reversal,G:multitask:0.2", "G:multitask,S:reversal:0.3"])
    grid = (("baseline",), ALL_ATTRIBUTE_SETS, (0,))
    plan = make_plan(make_config(), *grid, tmp_path, {"": dataset}, (), roles)
    words = study_command(plan)
    found = [it.removeprefix("--roles=") for it in words if it.startswith("--roles=")]
    assert found == [
        "speaker:reversal,gender:multitask:0.2",
        "speaker:reversal:0.3,gender:multitask",
    ]
    assert parse_roles(found) == roles
    describe_study(plan, {"": dataset}, "cpu: a CPU").write(tmp_path)
    assert json.loads((tmp_path / "study.json").read_text())["roles"] == found
    # Before they are begun they are told apart, by their folders' names.
    assert [(run.approach, run.set_name) for run in read_study(tmp_path).runs] == [
        ("baseline", "-"),
        ("mixed", "S:reversal+G:multitask:0.2"),
        ("mixed", "S:reversal:0.3+G:multitask"),
    ]


def test_the_command_names_what_differs_and_nothing_else(tmp_path, dataset):
    sets = ALL_ATTRIBUTE_SETS
    plan = make_plan(
        make_config(epochs=5), APPROACHES, sets, (0,), tmp_path, {"": dataset}
    )
    assert study_command(plan)[3:] == [
        "--epochs=5",
        f"--workdir={tmp_path}",
        "--approaches=baseline,multitask,reversal,adversarial",
        "--attribute_sets=all",
        "--seeds=0",
    ]


def test_settings_made_without_a_preset_are_the_papers(tmp_path, dataset):
    plan = make_plan(
        Config(), APPROACHES, (("corpus",),), (0,), tmp_path, {"": dataset}
    )
    config, _ = read_command(study_command(plan))
    assert config == plan.config.replace(preset="paper")
