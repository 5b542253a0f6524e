import csv
import dataclasses
import re

import pytest

import serjax.tuning.tune as module
from serjax.config import make_config
from serjax.errors import NonFinite
from serjax.tuning.found import describe_found, study_commands
from serjax.tuning.selection import Blind, Fold
from serjax.tuning.space import Searched
from serjax.tuning.tune import Tuning, tune
from tests.training.made import make_dataset

SPACE = {
    "learning_rate": Searched(1e-3, 1.0, log=True),
    "strength": Searched(0.1, 0.9),
    "conv_features": Searched(choices=("8", "8,8")),
}


def load(config, selection, held_out):
    dataset = Blind(**vars(make_dataset()))
    attributes = {n: it for n, it in dataset.attributes.items() if n != "language"}
    missing = {"language": "language has one value"}
    dataset = dataclasses.replace(dataset, attributes=attributes, inapplicable=missing)
    return (Fold(config, dataset, "valid"),)


@pytest.fixture
def trained(monkeypatch):
    """Replace training by something instant; lists the runs' settings."""
    configs = []

    def train(config, dataset, report, on_epoch, **own):
        configs.append(config)
        if config.training.learning_rate > 0.3:
            raise NonFinite("emotion_loss is not finite")
        folder = module.Path(config.run.workdir)
        (folder / "checkpoints" / "epoch-1").mkdir(parents=True)
        return {"ua": {"valid": 100 * (1 - config.training.learning_rate)}}

    monkeypatch.setattr(module, "train", train)
    return configs


def make_tuning(workdir, **more):
    config = make_config(workdir=str(workdir))
    grid = {
        "approaches": ("baseline", "reversal"),
        "attribute_sets": (("corpus",), ("language",)),
        "seeds": (0, 1),
        "num_trials": 4,
    }
    return Tuning(config=config, space=SPACE, **{**grid, **more})


def test_all_methods_have_the_same_budget_and_what_was_found_is_written(
    tmp_path, trained
):
    lines: list[str] = []
    found = tune(make_tuning(tmp_path), say=lines.append, load=load)
    assert [it.name for it in found] == ["baseline", "reversal-C"]
    assert "Not applicable: L: language has one value" in lines
    budget = "baseline, reversal C: 4 trials x 2 seed(s) = 8 runs of at most 40 epochs"
    assert any(budget in line for line in lines)
    assert len([line for line in lines if " trial " in line]) == 8
    for its in found:
        assert len(its.tried) == 4
        runs = [
            it for it in trained if it.training.approach == its.config.training.approach
        ]
        # A trial that diverged at its first seed has no second one.
        failed = sum(it.state == "failed" for it in its.tried)
        assert len(runs) == 8 - failed
        assert its.best is not None
        text = its.flags_file(tmp_path).read_text()
        flags = dict(re.findall(r"^--(\w+)=(.*)$", text, re.M))
        assert flags.keys() == its.best.settings.keys()
        read = make_config(**flags)
        best = its.config.replace(**its.best.settings)
        assert read.training.learning_rate == best.training.learning_rate
        assert read.model == best.model and read.methods == best.methods
    assert "alpha_reversal" not in found[0].tried[0].settings
    rows = [*csv.DictReader((tmp_path / "trials.csv").read_text().splitlines())]
    assert [row["trial"] for row in rows] == ["1", "2", "3", "4"] * 2
    assert {row["reason"] for row in rows if row["state"] == "failed"} <= {
        "emotion_loss is not finite"
    }
    assert not [*tmp_path.glob("trials/**/checkpoints")]
    first, second, report = study_commands(tmp_path, found, (0, 1))
    assert (
        f"--flagfile={tmp_path}/best-reversal-C.flags --approaches=reversal" in second
    )
    assert "--attribute_sets=C " in second and "attribute_sets" not in first
    # Seeds that the search has not seen.
    assert first.endswith("--seeds=2-6")
    assert report.endswith(f"--workdir={tmp_path}/study")
    shown = describe_found(found).splitlines()
    assert [line.split()[0] for line in shown[1:]] == ["baseline", "reversal-C"]


def test_each_held_out_corpus_has_a_search_of_its_own(tmp_path, trained):
    tuning = make_tuning(tmp_path, approaches=("baseline",), num_trials=1)
    loaded = []

    def noting(config, selection, held_out):
        loaded.append(held_out)
        return load(config, selection, held_out)

    found = tune(tuning, ("alpha", "beta"), lambda line: None, noting)
    assert loaded == ["alpha", "beta"]
    assert [it.name for it in found] == ["alpha/baseline", "beta/baseline"]
    assert (tmp_path / "best-beta-baseline.flags").exists()


def test_where_no_trial_is_complete_nothing_is_found(tmp_path, trained):
    space = {"learning_rate": Searched(choices=(0.5, 0.9))}
    tuning = make_tuning(tmp_path, approaches=("baseline",), num_trials=2)
    tuning = dataclasses.replace(tuning, space=space)
    (tmp_path / "best-baseline.flags").write_text("--learning_rate=0.1\n")
    (found,) = tune(tuning, say=lambda line: None, load=load)
    assert found.best is None and not found.flags_file(tmp_path).exists()
    assert study_commands(tmp_path, [found], (0,)) == []
