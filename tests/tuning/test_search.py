import subprocess
import sys
import textwrap

import pytest

from serjax.errors import NonFinite, StorageFailed
from serjax.tuning.search import (
    Pruned,
    Search,
    Unfit,
    best_of,
    require_optuna,
    run_search,
)
from serjax.tuning.space import Searched

SPACE = {"learning_rate": Searched(1e-4, 1.0, log=True), "momentum": Searched(0.0, 0.9)}
SEARCH = Search("reversal-C", SPACE, about={"seeds": [0]}, num_epochs=3)


def peak(number, settings, note):
    """A score that is best at (0.1, 0.5)."""
    del number
    x, y = settings["learning_rate"], settings["momentum"]
    score = 100 - 50 * abs(x - 0.1) - 50 * abs(y - 0.5)
    for epoch in range(3):
        note(epoch, score * (epoch + 1) / 3)
    return score


class Killed(BaseException):
    """Ends a process without a word to the database."""


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return run_search(SEARCH, tmp_path_factory.mktemp("whole") / "tune.db", 13, peak)


def test_a_search_finds_a_planted_optimum_and_prunes(uninterrupted):
    assert [it.number for it in uninterrupted] == [*range(13)]
    states = [it.state for it in uninterrupted]
    assert states[:5] == ["complete"] * 5
    assert {*states} == {"complete", "pruned"}
    pruned = [it for it in uninterrupted if it.state == "pruned"]
    assert all(it.score is None for it in pruned)
    # The first third of the epochs prunes nothing.
    assert {it.reason.partition(",")[0] for it in pruned} == {"at epoch 2"}
    best = best_of(uninterrupted)
    assert best is not None and best.score is not None and best.score > 85


def test_a_search_that_died_after_a_trial_goes_on_as_if_it_had_not(
    tmp_path, uninterrupted
):
    database = tmp_path / "tune.db"

    def try_out(number, settings, note):
        try:
            return peak(number, settings, note)
        finally:  # also where it was to be pruned
            if deaths and number == deaths[0]:
                raise Killed

    deaths = [2, 11]
    while deaths:
        with pytest.raises(Killed):
            run_search(SEARCH, database, 13, try_out)
        del deaths[0]
    assert run_search(SEARCH, database, 13, peak) == uninterrupted
    assert run_search(SEARCH, database, 5, peak) == uninterrupted[:5]


def test_a_search_survives_sigkill_in_a_trial_and_before_it_has_settings(
    tmp_path, uninterrupted
):
    database = tmp_path / "tune.db"
    code = f"""
        import os, signal, pathlib
        from serjax.tuning.search import run_search
        from tests.tuning.test_search import SEARCH, peak

        def try_out(number, settings, note):
            if number == 11:
                os.kill(os.getpid(), signal.SIGKILL)
            return peak(number, settings, note)

        run_search(SEARCH, pathlib.Path({str(database)!r}), 13, try_out)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], timeout=300)
    assert done.returncode == -9
    run_search(SEARCH, database, 12, peak)
    url = f"sqlite:///{database}"
    require_optuna().load_study(study_name=SEARCH.name, storage=url).ask()
    assert run_search(SEARCH, database, 13, peak) == uninterrupted


def test_methods_of_one_space_begin_with_the_same_trials(tmp_path):
    more = {**SPACE, "alpha_reversal": Searched(0.0, 1.0)}
    found = []
    for name, space in (("baseline", SPACE), ("reversal-C", more)):
        search = Search(name, space, about={}, num_epochs=3)
        tried = run_search(search, tmp_path / "tune.db", 3, peak)
        found.append([[it.settings[n] for n in SPACE] for it in tried])
    assert found[0] == found[1]


def test_failed_trials_count_and_are_told_with_their_reason(tmp_path):
    def try_out(number, settings, note):
        if number == 1:
            raise NonFinite("encoder_grad_norm is not finite")
        if number == 2:
            raise Unfit("pool_width=1: expected at least pool_stride")
        if number == 3:
            raise Pruned("at epoch 4")
        return peak(number, settings, note)

    tried = run_search(SEARCH, tmp_path / "tune.db", 4, try_out)
    assert [it.state for it in tried] == ["complete", "failed", "failed", "pruned"]
    assert tried[1].reason == "encoder_grad_norm is not finite"
    assert best_of(tried) == tried[0]
    assert best_of(tried[1:]) is None


def test_settings_that_come_again_are_not_tried_again(tmp_path):
    calls = []
    search = Search("few", {"batch_size": Searched(choices=(8, 16))}, {}, 3)

    def try_out(number, settings, note):
        calls.append(settings["batch_size"])
        return float(settings["batch_size"])

    tried = run_search(search, tmp_path / "tune.db", 6, try_out)
    assert sorted(calls) == [8, 16]
    assert all(it.score == it.settings["batch_size"] for it in tried)
    again = [it for it in tried if it.reason]
    assert len(again) == 4 and "of the same settings" in again[0].reason


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"about": {"seeds": [1]}}, "seeds"),
        ({"space": {"momentum": Searched(0.0, 0.5)}}, "space"),
        ({"seed": 1}, "seed of the search"),
    ],
)
def test_a_search_for_something_else_is_refused(tmp_path, change, name):
    run_search(SEARCH, tmp_path / "tune.db", 1, peak)
    other = Search(**{**vars(SEARCH), **change})
    with pytest.raises(ValueError, match=f"with other {name}. Choose another"):
        run_search(other, tmp_path / "tune.db", 2, peak)


def test_a_damaged_database_is_told(tmp_path):
    (tmp_path / "tune.db").write_text("no database" * 100)
    with pytest.raises(StorageFailed, match="tune.db: .*not a database"):
        run_search(SEARCH, tmp_path / "tune.db", 1, peak)


def test_without_optuna_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ValueError, match=r"pip install 'serjax\[tune\]'"):
        require_optuna()
