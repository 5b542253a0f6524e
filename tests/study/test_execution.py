import contextlib
import dataclasses
import json
from concurrent.futures import Future

import pytest

from serjax.data import FeatureStore
from serjax.errors import NonFinite, ProcessKilled, Stopped
from serjax.records.folder import read_run, run_status
from serjax.records.run_config import open_run
from serjax.study import execution
from serjax.study.bar import GridBar
from serjax.study.execution import Work, make_pool, train_at_once
from serjax.study.plan import make_plan
from serjax.study.pool import Seat
from tests.made_records import make_run_config
from tests.study.results import make_result
from tests.training.made import MELS, make_dataset, make_small_config


class Engine:
    """Ends the runs that it is given in the order of a list, as it says of each."""

    def __init__(self, *endings):
        self.endings, self.asked, self.futures = list(endings), [], {}

    def submit(self, function, config, held_out):
        assert function is execution.train_given and held_out == ""
        self.asked.append((config.training.name, config.run.wait))
        future: Future = Future()
        future.set_running_or_notify_cancel()
        self.futures[config.training.name] = future
        return future

    def wait(self, waiting, *_):
        name, ending = self.endings.pop(0)
        future = self.futures[name]
        if isinstance(ending, Exception):
            future.set_exception(ending)
        else:
            future.set_result((ending, 1.5))
        return {future}, set()


@pytest.fixture
def plan(tmp_path):
    """Of three seeds of the baseline."""
    config = make_small_config()
    grid = (("baseline",), (), (0, 1, 2), tmp_path, {"": make_dataset()})
    return make_plan(config, *grid)


@pytest.fixture
def train(plan, monkeypatch):
    """Trains the plan's runs in an engine; gives outcomes and what was said."""

    def run(engine, stop=lambda: None):
        monkeypatch.setattr(execution, "wait", engine.wait)
        said = []
        with GridBar(plan, shown=False) as bar:
            outcomes = list(train_at_once(plan.runs, engine, bar, said.append, stop))
        return outcomes, said

    return run


def names(outcomes):
    return [it.run.name for it in outcomes]


def test_runs_are_told_in_the_order_in_which_they_end(train):
    results = [make_result(seed=seed) for seed in range(3)]
    ends = [(f"baseline-seed{n}", results[n]) for n in (1, 2, 0)]
    outcomes, said = train(Engine(*ends))
    assert names(outcomes) == [f"baseline-seed{n}" for n in (1, 2, 0)]
    assert [it.result["seed"] for it in outcomes] == [1, 2, 0]
    assert {it.how for it in outcomes} == {"1.5 s"} and not said


def test_a_run_whose_worker_dies_is_tried_once_more_and_then_has_failed(train, plan):
    killed = ProcessKilled("worker 1 (process 7) was killed by SIGKILL")
    engine = Engine(
        ("baseline-seed0", killed),
        ("baseline-seed1", killed),
        ("baseline-seed0", make_result()),
        ("baseline-seed1", killed),
        ("baseline-seed2", NonFinite("It diverged.", 3)),
    )
    for run in plan.runs:
        run.folder.mkdir(parents=True)
        open_run(run.folder, make_run_config(run.config))
    outcomes, said = train(engine)
    assert [(it.run.config.training.seed, it.has_failed) for it in outcomes] == [
        (0, False),
        (1, True),
        (2, True),
    ]
    # A retry waits for the lock of the process that died.
    asked = [(name, wait) for name, wait in engine.asked if wait]
    assert asked == [("baseline-seed0", True), ("baseline-seed1", True)]
    assert said == [f"{name}: {killed}. It is tried once more." for name, _ in asked]
    assert outcomes[1].result["error"] == f"twice: {killed}"
    run = read_run(plan.runs[1].folder)
    assert (run.status, run.error) == ("failed", f"twice: {killed}")
    # Of the others their own processes write.
    assert run_status(plan.runs[2].folder) == "unfinished"


def test_an_error_stops_all(train, plan):
    stopped = []
    with pytest.raises(ValueError, match=r"baseline-seed1: bad data"):
        train(
            Engine(("baseline-seed1", ValueError("bad data"))),
            lambda: stopped.append(1),
        )
    assert stopped


def test_a_signal_stops_all_and_says_how_far_each_is(plan, train, monkeypatch):
    def stop():
        if engine.futures["baseline-seed0"].done():
            return
        monkeypatch.setattr(execution, "wait", lambda _: None)
        saved = [("baseline-seed0", 3), ("baseline-seed1", 2)]
        for name, epochs in saved:
            engine.futures[name].set_exception(Stopped(15, epochs, name))
        engine.futures["baseline-seed2"].set_exception(ProcessKilled("gone"))

    engine = Engine()
    monkeypatch.setattr(Engine, "wait", lambda *_: (set(), set()))
    monkeypatch.setattr(
        execution,
        "noting_stop_signals",
        lambda: contextlib.nullcontext(lambda: 15),
    )
    with pytest.raises(Stopped) as stopped:
        train(engine, stop)
    assert (stopped.value.signal, stopped.value.epochs_run) == (15, 3)
    assert stopped.value.run == "baseline-seed0, 2 of baseline-seed1"


def test_features_too_large_for_every_worker_lie_in_a_file(tmp_path, monkeypatch):
    dataset = make_dataset()
    config = make_small_config(cache_dir=str(tmp_path), memory_budget_gb=1e-9)
    sent = []
    monkeypatch.setattr(execution, "WorkerPool", lambda _, call: sent.append(call))
    make_pool([Seat((0,))] * 2, Work({"": dataset}), config)
    ((_, (settings, work, sharers)),) = sent
    assert sharers == 2 and "jax_compilation_cache_dir" in settings
    (path,) = (tmp_path / "joined").iterdir()
    store = work.datasets[""].store
    assert str(store.frames.filename) == str(path)
    assert (store.frames == dataset.store.frames).all()


def test_folds_with_features_of_their_own_have_a_file_each(tmp_path, monkeypatch):
    first = make_dataset()
    store = FeatureStore.join([first.store.row(0) + 1] * len(first.labels), MELS)
    other = dataclasses.replace(first, store=store, identity="other")
    config = make_small_config(cache_dir=str(tmp_path), memory_budget_gb=1e-9)
    sent = []
    monkeypatch.setattr(execution, "WorkerPool", lambda _, call: sent.append(call))
    make_pool([Seat((0,))], Work({"a": first, "b": other, "c": first}), config)
    ((_, (_, work, _)),) = sent
    assert len([*(tmp_path / "joined").iterdir()]) == 2
    assert work.datasets["a"].store is work.datasets["c"].store
    for name, dataset in (("a", first), ("b", other)):
        frames = work.datasets[name].store.frames
        assert (frames == dataset.store.frames).all()


def test_epochs_of_runs_under_way_are_read_off_their_folders(plan, train, monkeypatch):
    shown = []
    (*_, last) = plan.runs
    last.folder.mkdir(parents=True)
    lines = [{"epoch": 0, "alpha": 0.0}, {"epoch": 1, "alpha": 0.0}]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (last.folder / "metrics.jsonl").write_text(text + '{"epo')
    monkeypatch.setattr(GridBar, "show", lambda _, *told: shown.append(told))
    train(Engine(*((f"baseline-seed{n}", make_result(seed=n)) for n in range(3))))
    assert (last, 2) in shown  # of four epochs two are left
