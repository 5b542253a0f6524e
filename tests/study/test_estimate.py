import time
import types

import numpy as np
import pytest
from flax import linen as nn

from serjax.data import Batch
from serjax.records.metrics import append_metrics
from serjax.records.run_config import open_run
from serjax.study import estimate as room
from serjax.study import measurement
from serjax.study.estimate import Estimate, RunTime, describe_estimate, estimate
from serjax.study.grid import parse_roles
from serjax.study.plan import make_plan
from serjax.training import train
from tests.made_records import (
    DEVICE,
    make_dataset_facts,
    make_result_record,
    make_run_config,
)
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
        return make_plan(config, approaches, sets, seeds, tmp_path, dataset)

    return make


def test_an_estimate_is_near_the_time_that_training_takes(plan_of, dataset, tmp_path):
    plan = plan_of("baseline", epochs=100)
    guess = estimate(plan, dataset)
    assert not list(tmp_path.iterdir())
    times = []
    config = plan.runs[0].config
    train(config, dataset, None, lambda _: times.append(time.perf_counter()))
    # Loose: the machine may be busy with one and not with the other.
    assert 0.1 < guess.train_s / (times[-1] - times[0]) < 10


def test_programs_are_measured_once_each(plan_of, dataset, monkeypatch):
    def measure(config, dataset, methods, encoder):
        assert encoder is mine
        measured.append(config.training.approach)
        adversarial = config.training.approach == "adversarial"
        return RunTime(3.0, 10.0, 50.0) if adversarial else RunTime(2.0, 1.0, 5.0)

    measured, mine = [], nn.Module()
    monkeypatch.setattr(room, "measure", measure)
    approaches = ("baseline", "multitask", "adversarial")
    told = []
    plan = plan_of(*approaches, seeds=(0, 1), epochs=100)
    guess = estimate(plan, dataset, mine, say=told.append)
    assert measured == ["baseline", "adversarial"]
    assert [line.split(":")[0] for line in told] == [
        "Measuring baseline",
        "Measuring adversarial",
    ]
    # Four runs of the one program and two of the other, each of 100 epochs.
    assert guess.train_s == pytest.approx(4 * (200 + 1) + 2 * (300 + 10))
    assert guess.compile_s == 55
    assert len(guess.sources) == 1


def test_two_lengths_are_timed_and_the_others_lie_between(monkeypatch):
    now, taken = [0.0], []
    clock = types.SimpleNamespace(perf_counter=lambda: now[0])
    monkeypatch.setattr(measurement, "time", clock)

    def step(batch):
        if batch.num_frames not in taken:
            now[0] += 20  # compiles
        taken.append(batch.num_frames)
        now[0] += 1 + batch.num_frames / 10

    batches = [Batch(np.arange(2), n) for n in (30, 10, 20, 40)]
    seconds_of, compile_s = measurement._time(step, batches)
    assert taken == [10] * 4 + [40] * 4
    assert seconds_of([*batches, batches[0]]) == pytest.approx(4 + 3 + 2 + 5 + 4)
    assert compile_s == pytest.approx(4 * 20)
    seconds_of, compile_s = measurement._time(step, batches[:1])
    assert (seconds_of(batches[:1]), compile_s) == pytest.approx((4, 20))


def test_a_mixed_run_has_the_program_of_its_methods(tmp_path, dataset, monkeypatch):
    measured = []
    monkeypatch.setattr(
        room, "measure", lambda it, *_: measured.append(it.training.name) or RunTime(1)
    )
    roles = ["S:reversal,G:multitask", "S:adversarial,G:multitask", "S:adversarial:0.3"]
    grid = (("baseline",), (), (0,), tmp_path, dataset, (), parse_roles(roles))
    estimate(make_plan(make_small_config(), *grid), dataset)
    assert measured == ["baseline-seed0", "mixed-S.adversarial+G.multitask-seed0"]


def test_an_encoder_of_ones_own_is_measured(plan_of, dataset, monkeypatch):
    given, mine = [], nn.Module()

    def make_job(*facts):
        given.extend(facts)
        raise InterruptedError

    monkeypatch.setattr(measurement, "make_job", make_job)
    with pytest.raises(InterruptedError):
        estimate(plan_of("baseline"), dataset, mine)
    assert given[-1] is mine


def write_run(run, dataset, wall_s, **record):
    """Leave a finished run of two epochs that took `wall_s`."""
    run.folder.mkdir(parents=True)
    data = make_dataset_facts(identity=dataset.identity)
    open_run(run.folder, make_run_config(run.config, dataset=data, **record))
    make_result_record(wall_s=wall_s, epochs_run=2).write(run.folder)
    for epoch in range(2):
        append_metrics(run.folder, {"epoch": epoch, "alpha": 0.0, "train_s": 1.0})


def test_finished_runs_of_the_study_tell_the_time(plan_of, dataset, monkeypatch):
    monkeypatch.setattr(room, "measure", None)
    monkeypatch.setattr(room, "select_platform", lambda platform: platform)
    monkeypatch.setattr(room, "describe_device", lambda _: DEVICE)
    runs = plan_of("baseline", "reversal", seeds=(0, 1, 2), epochs=10).runs
    write_run(runs[0], dataset, wall_s=40.0)  # It has compiled.
    write_run(runs[1], dataset, wall_s=6.0)
    write_run(runs[2], dataset, wall_s=8.0)
    write_run(runs[3], dataset, wall_s=0.5)  # Resumed: less than its epochs took.
    write_run(runs[4], dataset, wall_s=1e6, device="a faster one")
    plan = plan_of("baseline", "reversal", seeds=(0, 1, 2), epochs=10)
    guess = estimate(plan, dataset)
    # 40 / 2, 6 / 2 and 8 / 2 seconds per epoch: the middle one, for one run's ten.
    assert guess == Estimate(40.0, 0.0, ("the study's finished runs",))


def test_a_finished_study_takes_no_time(plan_of, dataset, monkeypatch):
    monkeypatch.setattr(room, "measure", None)
    (run,) = plan_of("baseline").runs
    write_run(run, dataset, wall_s=3.0)
    guess = estimate(plan_of("baseline"), dataset)
    assert describe_estimate(guess, 30) == "Time: none, all runs are finished"


def test_an_estimate_says_what_it_is_worth():
    told = describe_estimate(Estimate(12_000.2, 75, ("a measurement",)), patience=30)
    assert told.splitlines() == [
        "Time: 3:20:01, by a measurement",
        "Compiling, once: 0:01:15; it is kept in the cache",
        "Every run is counted with all its epochs; early stopping (patience 30) makes "
        "it less.",
    ]
    told = describe_estimate(Estimate(90_000, 0, ("a", "b")), patience=0)
    assert told == "Time: 1 day, 1:00:00, by a and b"
