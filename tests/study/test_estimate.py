import dataclasses
import types

import pytest
from flax import linen as nn

from serjax.study import estimate as room
from serjax.study.estimate import Estimate, RunTime, describe_estimate, estimate
from serjax.study.execution import Work
from serjax.study.grid import parse_roles
from serjax.study.plan import make_plan
from tests.training.made import make_dataset, make_small_config


@pytest.fixture(scope="module")
def dataset():
    """The data set without audio on which training is tested: the same programs."""
    return make_dataset()


@pytest.fixture
def plan_of(tmp_path, dataset):
    """Plans a study of some approaches with gender, in a folder."""

    def make(*approaches, seeds=(0,), **settings):
        config = make_small_config(**settings)
        sets = (("gender",),)
        return make_plan(config, approaches, sets, seeds, tmp_path, {"": dataset})

    return make


def test_programs_are_measured_once_each(plan_of, dataset, monkeypatch):
    def measure(work, config, held_out):
        assert work.encoder is mine
        measured.append(config.training.approach)
        own = {"adversarial": RunTime(3.0, 10.0, 50.0), "svm": RunTime(9.0, 7.0)}
        return own.get(config.training.approach, RunTime(2.0, 1.0, 5.0))

    measured, mine = [], nn.Module()
    monkeypatch.setattr(room, "measure", measure)
    approaches = ("baseline", "svm", "multitask", "adversarial")
    told = []
    plan = plan_of(*approaches, seeds=(0, 1), epochs=100)
    guess = estimate(plan, Work({"": dataset}, (), mine), say=told.append)
    assert measured == ["baseline", "svm", "adversarial"]
    assert [line.split(":")[0] for line in told] == [
        "Measuring baseline",
        "Measuring svm",
        "Measuring adversarial",
    ]
    # Four runs of the one program and two of the other, each of 100 epochs; an svm has
    # none.
    assert guess.train_s == pytest.approx(4 * (200 + 1) + 2 * (300 + 10) + 2 * 7)
    assert guess.compile_s == 55


def test_of_two_epochs_the_first_compiles(dataset, monkeypatch):
    now, made = [0.0], []

    def epochs(job, progress, *_):
        made.append(job.buckets)
        for seconds in (30, 10):
            now[0] += seconds
            yield progress, {}

    def predict_rows(job, params, rows):
        assert len(rows) == sum(map(len, dataset.evaluation_parts().values()))
        now[0] += next(scoring)

    scoring = iter((5, 1))
    clock = types.SimpleNamespace(perf_counter=lambda: now[0])
    monkeypatch.setattr(room, "time", clock)
    monkeypatch.setattr(room.loop, "epochs", epochs)
    monkeypatch.setattr(room.loop, "predict_rows", predict_rows)
    # The rows are of three padded lengths; two are timed, and each is compiled.
    config = make_small_config(num_buckets=4)
    data = make_dataset(shortest=9, longest=60)
    found = room.measure(Work({"": data}), config)
    assert len(made[0]) == 2
    assert found == RunTime(10, 2 * 1, 3 / 2 * (35 - 11))


def test_a_mixed_run_has_the_program_of_its_methods(tmp_path, dataset, monkeypatch):
    measured = []
    monkeypatch.setattr(
        room,
        "measure",
        lambda _, it, *__: measured.append(it.training.name) or RunTime(1),
    )
    roles = ["S:reversal,G:multitask", "S:adversarial,G:multitask", "S:adversarial:0.3"]
    grid = (("baseline",), (), (0,), tmp_path, {"": dataset}, (), parse_roles(roles))
    estimate(make_plan(make_small_config(), *grid), Work({"": dataset}))
    assert measured == ["baseline-seed0", "mixed-S.adversarial+G.multitask-seed0"]


def test_an_encoder_of_ones_own_is_measured(plan_of, dataset, monkeypatch):
    given, mine = [], nn.Module()

    def make_job(*facts):
        given.extend(facts)
        raise InterruptedError

    monkeypatch.setattr(room, "make_job", make_job)
    with pytest.raises(InterruptedError):
        estimate(plan_of("baseline"), Work({"": dataset}, (), mine))
    assert given[-1] is mine


def test_a_finished_study_takes_no_time(plan_of, dataset, monkeypatch):
    monkeypatch.setattr(room, "measure", None)
    plan = plan_of("baseline")
    (run,) = plan.runs
    runs = (dataclasses.replace(run, status="finished"),)
    guess = estimate(dataclasses.replace(plan, runs=runs), Work({"": dataset}))
    assert describe_estimate(guess, 30) == "Time: none, all runs are finished"


def test_an_estimate_says_what_it_is_worth():
    told = describe_estimate(Estimate(12_000.2, 75), patience=30)
    assert told.splitlines() == [
        "Time: 3:20:01, by a measurement on these data",
        "Compiling, once: 0:01:15; it is kept in the cache",
        "Every run is counted with all its epochs; early stopping (patience 30) makes "
        "it less.",
    ]
    told = describe_estimate(Estimate(90_000, 0), patience=0)
    assert told == "Time: 1 day, 1:00:00, by a measurement on these data"
