import io
from typing import Any

import pytest

from serjax.config import make_config
from serjax.study.bar import GridBar
from serjax.study.plan import Plan, PlannedRun


@pytest.fixture
def plan():
    """Four runs of ten epochs: a finished one, a begun one, two to come."""
    states: Any = [("finished", 4), ("unfinished", 3), ("planned", 0), ("planned", 0)]
    runs = [
        PlannedRun(make_config(epochs=10, seed=seed), status, done)
        for seed, (status, done) in enumerate(states)
    ]
    return Plan(make_config(), ("baseline",), (), (0, 1, 2, 3), tuple(runs), {})


def trained(bar, run, num_epochs, failed=False):
    bar.show(run)
    for epoch in range(1, num_epochs + 1):
        bar.show(run, run.epochs_left - epoch)
    bar.end(run, failed)


def test_finished_failed_and_early_stopped_runs_make_the_bar_whole(plan):
    drawn = io.StringIO()
    with GridBar(plan, shown=True, file=drawn) as bar:
        assert (bar.bar.n, bar.bar.total) == (
            13,
            40,
        )  # Ten of the finished run, three of the begun one.
        trained(bar, plan.runs[0], 0)
        assert (bar.bar.n, bar.bar.total) == (13, 40)
        trained(bar, plan.runs[1], 7)
        assert (bar.bar.n, bar.bar.total) == (20, 40)
        trained(bar, plan.runs[2], 4)  # Early stopping.
        assert (bar.bar.n, bar.bar.total) == (30, 40)
        trained(bar, plan.runs[3], 1, failed=True)
        assert (bar.bar.n, bar.bar.total) == (40, 40)
    for text in ("baseline-seed2", "failed: 1", "30/40"):
        assert text in drawn.getvalue()


def test_the_rate_is_of_what_was_trained(plan):
    with GridBar(plan, shown=True, file=io.StringIO()) as bar:
        trained(bar, plan.runs[1], 7)
        trained(bar, plan.runs[2], 4)
        assert bar.bar.n - bar.bar.initial == 11


def test_a_line_stands_above_the_bar(plan):
    drawn = io.StringIO()
    with GridBar(plan, shown=True, file=drawn) as bar:
        bar.write(lambda line: print(line, file=drawn), "[1/4] a run")
    # The bar is wiped from its line before the text.
    before = drawn.getvalue().partition("[1/4] a run\n")[0]
    assert before.endswith("\r") and not before.rsplit("\r", 2)[1].strip()


def test_the_bar_is_for_terminals_alone(plan):
    drawn = io.StringIO()
    with GridBar(plan, shown=None, file=drawn) as bar:
        for run in plan.runs:
            trained(bar, run, run.epochs_left)
    assert drawn.getvalue() == ""
