"""One search: trials one by one, kept in a database. Optuna is imported here alone.

A trial's settings follow from its number, the search's seed and the trials before it.
So a search that was killed goes on to the trials that it would have had.
"""

import contextlib
import dataclasses
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from serjax.config import require
from serjax.errors import NonFinite, StorageFailed
from serjax.tuning.space import Searched

if TYPE_CHECKING:
    import optuna

_ABOUT, _OUTCOME = "about", "outcome"  # what the database keeps beside Optuna's own
_FIRST_TRIALS = 5  # that are never pruned, nor later ones by fewer than three


class Pruned(Exception):
    """A trial was ended early: by its validation it lagged behind most others."""


class Unfit(Exception):
    """Settings that a trial proposes do not go together."""


@dataclasses.dataclass(frozen=True)
class Search:
    """A search for the settings of one method.

    Attributes:
      name: of the search, and of its folder of trials: `reversal-C`, `tess/reversal-C`.
      space: the settings that are searched for, by name.
      about: all else that a score depends on, as JSON values.
      num_epochs: of a run, nominal.
      prunes: whether a trial may be ended early.
      seed: of the search.
    """

    name: str
    space: Mapping[str, Searched]
    about: Mapping[str, Any]
    num_epochs: int
    prunes: bool = True
    seed: int = 0


@dataclasses.dataclass(frozen=True)
class Tried:
    """What became of a trial.

    Attributes:
      number: counted from 0.
      settings: that were tried, by name.
      state: complete, pruned or failed.
      score: percent; None unless it is complete.
      reason: why it was pruned, or why it failed.
    """

    number: int
    settings: Mapping[str, Any]
    state: str
    score: float | None = None
    reason: str = ""


Note = Callable[[int, float], None]
"""Told of a trial's validation UA by epoch; raises `Pruned` to end the trial."""


def require_optuna() -> Any:
    """Return the module optuna.

    Raises:
      ValueError: the package is not installed.
    """
    try:
        import optuna
    except ImportError as error:
        raise ValueError(
            "A search needs the package optuna, which is not installed. Run pip "
            "install 'serjax[tune]'."
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def run_search(
    search: Search,
    database: Path,
    num_trials: int,
    try_out: Callable[[int, Mapping[str, Any], Note], float],
    on_trial: Callable[[tuple[Tried, ...]], None] = lambda tried: None,
) -> tuple[Tried, ...]:
    """Try as many settings as asked for, less those that were tried before.

    Settings that come again are not tried again: their outcome is that of before.

    Args:
      search: what is searched for.
      database: an SQLite file, made if need be; it may hold other searches too.
      num_trials: how many, with those that were pruned or failed.
      try_out: from a trial's number and settings to its score.
      on_trial: told of all trials so far, whenever one ends in this call.

    Raises:
      ValueError: the database has a search of this name for something else.
      StorageFailed: the database could not be read or written.
    """
    with _storage_errors(database):
        study = _open(search, database)
        _take_up_killed(study, search)
        while len(tried := _read(study)) < num_trials:
            on_trial((*tried, _try_next(study, search, tried, try_out)))
    return tried[:num_trials]


def best_of(tried: Sequence[Tried]) -> Tried | None:
    """The trial with the best score, of equals the first; None if none is complete."""
    complete = [it for it in tried if it.score is not None]
    return max(complete, key=lambda it: (it.score, -it.number), default=None)


def _open(search: Search, database: Path) -> "optuna.Study":
    optuna = require_optuna()
    # It would begin the URL's query.
    require("?" not in str(database), "workdir", str(database.parent), "no ? in it")
    study = optuna.create_study(
        storage=f"sqlite:///{database}",
        study_name=search.name,
        direction="maximize",
        load_if_exists=True,
        # As for any search: early epochs and few trials say little.
        pruner=optuna.pruners.MedianPruner(
            n_startup_trials=_FIRST_TRIALS,
            n_warmup_steps=search.num_epochs // 3,
            n_min_trials=3,
        ),
    )
    space = {name: dataclasses.asdict(it) for name, it in search.space.items()}
    given = {**search.about, "space": space, "prunes": search.prunes}
    given = json.loads(json.dumps({**given, "seed of the search": search.seed}))
    there = study.user_attrs.get(_ABOUT)
    if there is None:
        study.set_user_attr(_ABOUT, given)
    elif there != given:
        names = [n for n in given if there.get(n) != given[n]]
        raise ValueError(
            f"{database} has a search {search.name} with other {', '.join(names)}. "
            "Choose another --workdir, or give what was given there."
        )
    return study


def _take_up_killed(study: "optuna.Study", search: Search) -> None:
    """Put trials that a killed process left under way back in the queue."""
    states = require_optuna().trial.TrialState
    for it in study.get_trials(states=(states.RUNNING,)):
        study.tell(it.number, state=states.FAIL)  # which `_read` leaves out
        if it.params.keys() == search.space.keys():
            study.enqueue_trial(it.params)


def _read(study: "optuna.Study") -> tuple[Tried, ...]:
    states = require_optuna().trial.TrialState
    ended = study.get_trials(deepcopy=False, states=(states.COMPLETE, states.PRUNED))
    return tuple(
        Tried(number, it.params, **it.user_attrs[_OUTCOME])
        for number, it in enumerate(sorted(ended, key=lambda it: it.number))
    )


def _try_next(
    study: "optuna.Study",
    search: Search,
    tried: tuple[Tried, ...],
    try_out: Callable[[int, Mapping[str, Any], Note], float],
) -> Tried:
    optuna = require_optuna()
    number = len(tried)
    # Of the number alone: methods with one space begin with the same trials.
    (seed,) = np.random.SeedSequence((search.seed, number)).generate_state(1)
    study.sampler = optuna.samplers.TPESampler(seed=int(seed))
    space = {name: _distribution(it) for name, it in search.space.items()}
    trial = study.ask(fixed_distributions=space)
    settings, noted = trial.params, set()

    def note(epoch: int, value: float) -> None:
        if epoch in noted or not search.prunes:
            return
        noted.add(epoch)
        trial.report(value, epoch)
        if trial.should_prune():
            raise Pruned(f"at epoch {epoch + 1}, validation UA {value:.1f} at best")

    same = next((it for it in tried if it.settings == settings), None)
    if same:
        why = f"as trial {same.number + 1}, of the same settings"
        why = f"{why}: {same.reason}" if same.reason else why
        found = dataclasses.replace(same, number=number, reason=why)
    else:
        found = _outcome(Tried(number, settings, "complete"), try_out, note)
    kept = {"state": found.state, "score": found.score, "reason": found.reason}
    trial.set_user_attr(_OUTCOME, kept)
    if found.score is None:
        # A failed one, too: of Optuna's failed trials the sampler would learn nothing.
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    else:
        study.tell(trial, found.score)
    return found


def _outcome(
    tried: Tried,
    try_out: Callable[[int, Mapping[str, Any], Note], float],
    note: Note,
) -> Tried:
    try:
        score = try_out(tried.number, tried.settings, note)
    except Pruned as why:
        return dataclasses.replace(tried, state="pruned", reason=str(why))
    except (NonFinite, Unfit) as why:
        return dataclasses.replace(tried, state="failed", reason=str(why))
    return dataclasses.replace(tried, score=score)


def _distribution(it: Searched) -> Any:
    of = require_optuna().distributions
    if it.choices:
        return of.CategoricalDistribution(it.choices)
    is_whole = isinstance(it.low, int) and isinstance(it.high, int)
    kind = of.IntDistribution if is_whole else of.FloatDistribution
    return kind(it.low, it.high, log=it.log)


@contextlib.contextmanager
def _storage_errors(database: Path) -> Iterator[None]:
    """Raise StorageFailed where the database cannot be read or written."""
    require_optuna()
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (StorageInternalError, SQLAlchemyError, sqlite3.Error) as error:
        cause = str(error.__cause__ or error).partition("\n")[0]
        raise StorageFailed(f"{database}: {cause}") from error
