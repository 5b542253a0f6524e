"""A search for each method alike: as many trials, of as many runs, by one selection."""

import dataclasses
import functools
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from flax import linen as nn

from serjax.config import PATHS, Config, FeatureSettings, group_of
from serjax.lock import holding
from serjax.methods import Method
from serjax.study.grid import make_grid
from serjax.study.plan import why_not_applicable
from serjax.training import train
from serjax.tuning.found import Found, describe_last, write_flags, write_trials
from serjax.tuning.search import (
    Note,
    Search,
    Tried,
    Unfit,
    require_optuna,
    run_search,
)
from serjax.tuning.selection import Fold, make_folds, score_trial
from serjax.tuning.space import Space, space_of

FoldsOf = Callable[[FeatureSettings], tuple[Fold, ...]]


@dataclasses.dataclass(frozen=True)
class Tuning:
    """What is searched for, and how.

    Attributes:
      config: the settings that all trials share; `run.workdir` is the folder.
      space: see `serjax.tuning.space`.
      approaches, attribute_sets, seeds: as of a study.
      selection: how a trial is judged, one of `serjax.tuning.SELECTIONS`.
      num_trials: of each method.
      search_seed: of the choice of trials.
      prunes: whether trials may be ended early; by `leave_one_out` none is.
      methods, encoder: the user's own.
    """

    config: Config
    space: Space
    approaches: Sequence[str]
    attribute_sets: Sequence[Sequence[str]]
    seeds: Sequence[int]
    selection: str = "valid"
    num_trials: int = 20
    search_seed: int = 0
    prunes: bool = True
    methods: Sequence[Method] = ()
    encoder: nn.Module | None = None

    @property
    def workdir(self) -> Path:
        """Where everything is written."""
        return Path(self.config.run.workdir)

    @property
    def configs(self) -> tuple[Config, ...]:
        """The settings of each method, before any is tuned."""
        sets = self.attribute_sets
        return make_grid(self.config, self.approaches, sets, self.seeds[:1])


def tune(
    tuning: Tuning,
    held_out: Sequence[str] = ("",),
    say: Callable[[str], None] = print,
    load: Callable[..., tuple[Fold, ...]] = make_folds,
) -> tuple[Found, ...]:
    """Search for the settings of each method; write what was found.

    The same call goes on where it was stopped or killed, to the same trials. Of each
    held-out corpus the search is one of its own, in which the corpus has no part.

    Args:
      tuning: what is searched for.
      held_out: of protocol leave_one_out the corpora that the study will hold out in
        turn; else '' alone.
      say: told of the budget, and of each trial with a line.
      load: as `make_folds`.

    Raises:
      ValueError: optuna is not there, an attribute does not exist in the data, or the
        folder has a search for something else.
      serjax.errors.InUse: another process works in the folder.
      serjax.errors.Stopped: at SIGTERM or SIGINT.
      OSError: something could not be written; what was written before stands.
    """
    require_optuna()
    found: list[Found] = []
    with holding(tuning.workdir, tuning.config.run.wait, say) as check_place:
        for corpus in held_out:

            @functools.lru_cache(maxsize=2)
            def folds_of(features: FeatureSettings, corpus=corpus) -> tuple[Fold, ...]:
                config = dataclasses.replace(tuning.config, features=features)
                return load(config, tuning.selection, corpus)

            def keep(its: Found) -> None:
                check_place()
                write_trials(tuning.workdir, [*found, its])
                say(describe_last(its, tuning.num_trials))

            folds = folds_of(tuning.config.features)
            configs = _applicable(tuning, folds, say)
            say(describe_budget(tuning, configs, folds, corpus))
            for config in configs:
                found.append(_search(tuning, config, corpus, folds_of, keep))
                check_place()
                write_trials(tuning.workdir, found)
                write_flags(tuning.workdir, found[-1], tuning.selection)
    return tuple(found)


def describe_budget(
    tuning: Tuning, configs: Sequence[Config], folds: Sequence[Fold], held_out: str
) -> str:
    """Say what each method may spend, which is the same for all."""
    names = [" ".join(name_of(config).split("-", 1)) for config in configs]
    seeds, trials = len(tuning.seeds), tuning.num_trials
    each = f"{trials} trials x {seeds} seed(s)"
    if tuning.selection == "leave_one_out":
        each += f" x {len(folds)} corpora left out"
    runs = trials * seeds * len(folds)
    epochs = tuning.config.training.epochs
    lines = [
        f"Held out: {held_out}" if held_out else "",
        f"Equal budget for each of {', '.join(names) or 'no method'}: {each} = {runs} "
        f"runs of at most {epochs} epochs.",
    ]
    for config, name in zip(configs, names, strict=True):
        space = space_of(tuning.space, config.training.approach, tuning.methods)
        lines.append(f"Searched for {name}: {', '.join(space) or 'nothing'}")
    return "\n".join(filter(None, lines))


def name_of(config: Config) -> str:
    """Name of a method: `baseline`, `reversal-C+S`."""
    return config.training.name.removesuffix(f"-seed{config.training.seed}")


def _applicable(
    tuning: Tuning, folds: Sequence[Fold], say: Callable[[str], None]
) -> list[Config]:
    """Leave out methods whose attributes a fold's data cannot train; say which."""
    kept, told = [], set()
    for config in tuning.configs:
        training = config.training
        for fold in folds:
            if why := why_not_applicable(training.attributes, fold.dataset):
                out = f" without {fold.part}" * (fold.part != "valid")
                told.add(f"Not applicable: {training.set_name}{out}: {why}")
                break
        else:
            kept.append(config)
    for line in sorted(told):
        say(line)
    return kept


def _search(
    tuning: Tuning,
    config: Config,
    held_out: str,
    folds_of: FoldsOf,
    keep: Callable[[Found], None],
) -> Found:
    """Run one method's search; `keep` what is found so far after each trial."""
    name = "/".join(filter(None, (held_out, name_of(config))))
    folder = tuning.workdir / "trials" / name
    search = Search(
        name=name,
        space=space_of(tuning.space, config.training.approach, tuning.methods),
        about=_describe(tuning, config, folds_of(config.features)),
        num_epochs=config.training.epochs,
        prunes=tuning.prunes and tuning.selection == "valid",
        seed=tuning.search_seed,
    )
    own = functools.partial(train, methods=tuning.methods, encoder=tuning.encoder)
    training = config.training
    chosen = {"approach": training.approach, "attributes": training.attributes}

    def try_out(number: int, tried: Mapping[str, Any], note: Note) -> float:
        try:
            features = config.replace(**tried).features
        except ValueError as error:
            raise Unfit(str(error)) from error
        settings, folds = {**chosen, **tried}, folds_of(features)
        where = folder / str(number + 1)
        return score_trial(folds, settings, tuning.seeds, where, note, own)

    def tell(tried: tuple[Tried, ...]) -> None:
        keep(Found(config, held_out, name, tried))
        # Of a trial that has ended nothing goes on.
        for path in (folder / str(tried[-1].number + 1)).glob("**/checkpoints"):
            shutil.rmtree(path, ignore_errors=True)

    database = tuning.workdir / "tune.db"
    tried = run_search(search, database, tuning.num_trials, try_out, tell)
    return Found(config, held_out, name, tried)


def _describe(
    tuning: Tuning, config: Config, folds: Sequence[Fold]
) -> dict[str, object]:
    """All that scores of a method's trials depend on, beside the space."""
    free = (*PATHS, "seed", "held_out")
    flat = config.to_flat()
    return {
        "settings": {
            name: it
            for name, it in flat.items()
            if group_of(name) != "run" and name not in free
        },
        "selection": tuning.selection,
        "seeds": [*tuning.seeds],
        "data": [fold.dataset.identity for fold in folds],
    }
