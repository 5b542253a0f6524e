import dataclasses

import pytest

from serjax.config import make_config
from serjax.records.run_config import open_run
from serjax.study.grid import parse_roles
from serjax.study.plan import describe_plan, make_plan
from tests.made_records import make_run_config
from tests.training.made import make_dataset


@pytest.fixture(scope="module")
def dataset():
    """A data set without audio."""
    return make_dataset()


@pytest.fixture
def plan_of(tmp_path, dataset):
    """Plans baseline and reversal with gender, seeds 0 and 1, in a folder."""

    def make(**settings):
        config = make_config(epochs=9, **settings)
        grid = (("baseline", "reversal"), (("gender",),), (0, 1))
        return make_plan(config, *grid, tmp_path, {"": dataset})

    return make


def leave(plan, index, *files):
    """Leave what a run of the plan would."""
    run = plan.runs[index]
    for name in files:
        path = run.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == "config.json":
            open_run(run.folder, make_run_config(run.config))
        else:
            path.touch()


def test_a_plan_says_how_far_each_run_is(plan_of):
    begun = plan_of()
    leave(begun, 0, "config.json", "checkpoints/epoch-9/SHA256SUMS", "result.json")
    leave(
        begun,
        1,
        "config.json",
        "checkpoints/epoch-4/SHA256SUMS",
        "checkpoints/epoch-2/x",
    )
    leave(begun, 2, "config.json", "checkpoints/epoch-2/x", "failure.json")
    plan = plan_of()
    assert [(run.status, run.epochs_left) for run in plan.runs] == [
        ("finished", 0),
        ("unfinished", 5),
        ("failed", 7),
        ("planned", 9),
    ]
    assert describe_plan(plan).splitlines() == [
        "baseline-seed0    finished",
        "reversal-G-seed0  unfinished, to go on after epoch 4 of 9",
        "baseline-seed1    failed, to be tried again after epoch 2 of 9",
        "reversal-G-seed1  to be trained",
        "Runs: 4 (1 finished, 1 unfinished, 1 failed, 1 to be trained)",
    ]


def test_a_run_with_other_settings_is_refused_before_any_is_trained(plan_of):
    leave(plan_of(), 3, "config.json")
    with pytest.raises(ValueError, match=r"reversal-G-seed1.*learning_rate=0.02 there"):
        plan_of(learning_rate=0.5)


def test_sets_of_roles_are_planned_or_said_not_to_be_applicable(tmp_path, dataset):
    languageless = dataclasses.replace(
        dataset,
        attributes={n: it for n, it in dataset.attributes.items() if n != "language"},
        inapplicable={"language": "language has one value."},
    )
    roles = parse_roles(["S:reversal,G:multitask", "S:reversal,L:multitask"])
    grid = (
        ("baseline",),
        (("language",),),
        (0,),
        tmp_path,
        {"": languageless},
        (),
        roles,
    )
    plan = make_plan(make_config(), *grid)
    names = [run.name for run in plan.runs]
    assert names == ["baseline-seed0", "mixed-S.reversal+G.multitask-seed0"]
    reasons = {"S:reversal+L:multitask": "language has one value."}
    assert plan.not_applicable == reasons and plan.roles == roles
    for text, message in (
        ("age:reversal", "no attribute 'age'; they have corpus, speaker, gender"),
        ("S:gan,G:reversal", "role of speaker='gan': expected one of baseline"),
    ):
        with pytest.raises(ValueError, match=message):
            make_plan(make_config(), *grid[:-1], parse_roles(text))


def test_a_plan_writes_nothing(plan_of, tmp_path):
    plan_of()
    assert not list(tmp_path.iterdir())
