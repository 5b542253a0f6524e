"""What a study will train: its runs, how far each is, and what cannot be trained."""

import collections
import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from serjax.analysis.over_corpora import check_family
from serjax.config import Config, Role, did_you_mean
from serjax.data import Dataset
from serjax.methods import BASELINE, SVM, Method
from serjax.records.folder import UPPER_BOUND, Status, run_status
from serjax.records.run_config import holds_run
from serjax.study.grid import make_grid
from serjax.study.upper_bound import Bound
from serjax.training.checkpoints import count_epochs


@dataclasses.dataclass(frozen=True)
class PlannedRun:
    """One run of the grid, or beside it, before the study goes on.

    Attributes:
      config: its settings; `run.workdir` is its folder.
      status: finished, failed, unfinished (begun) or planned (not begun).
      epochs_done: of the checkpoint that it would go on from.
      held_out: the corpus that is left out; '' by a given split.
      bound: the corpus that it trains on alone, beside the grid; '' in the grid.
    """

    config: Config
    status: Status
    epochs_done: int
    held_out: str = ""
    bound: str = ""

    @property
    def name(self) -> str:
        """Its folder's name, `reversal-C+S-seed0`; `tess/reversal-C+S-seed0`."""
        return "/".join(filter(None, (self.data, self.config.training.name)))

    @property
    def data(self) -> str:
        """By which its data set is found among the study's."""
        return f"{UPPER_BOUND}/{self.bound}" if self.bound else self.held_out

    @property
    def folder(self) -> Path:
        """Where it is written."""
        return Path(self.config.run.workdir)

    @property
    def epochs(self) -> int:
        """Nominal epochs; an svm has none."""
        training = self.config.training
        return 0 if training.approach == SVM else training.epochs

    @property
    def epochs_left(self) -> int:
        """Nominal epochs to come: early stopping may leave some out."""
        return 0 if self.status == "finished" else self.epochs - self.epochs_done


@dataclasses.dataclass(frozen=True)
class Plan:
    """A study that is to be trained, or to go on.

    Attributes:
      config: the settings that all runs share; `run.workdir` is the study's folder.
      approaches, seeds: as asked for.
      attribute_sets: as asked for, with those that cannot be trained.
      runs: the grid, in the order of training.
      not_applicable: reason by attribute set (`C+L`), for sets that are left out, and
        by set of roles (`C:reversal+L:multitask`); `C+L without tess` where that is
        held out.
      methods: the user's own, which approaches and roles may name.
      roles: sets of roles, as asked for, with those that cannot be trained.
      held_out: corpora that are left out in turn; none by a given split.
      bounds: runs beside the grid, trained after it: each unseen corpus' upper bound.
      bound_notes: by unseen corpus, where upper bounds were asked for.
      family: what is tested together over corpora that are held out in turn.
    """

    config: Config
    approaches: tuple[str, ...]
    attribute_sets: tuple[tuple[str, ...], ...]
    seeds: tuple[int, ...]
    runs: tuple[PlannedRun, ...]
    not_applicable: Mapping[str, str]
    methods: tuple[Method, ...] = ()
    roles: tuple[tuple[Role, ...], ...] = ()
    held_out: tuple[str, ...] = ()
    bounds: tuple[PlannedRun, ...] = ()
    bound_notes: Mapping[str, str] = dataclasses.field(default_factory=dict)
    family: str = "paper"

    @property
    def all_runs(self) -> tuple[PlannedRun, ...]:
        """What is trained: the grid, then what stands beside it."""
        return self.runs + self.bounds

    def share(self, number: int, total: int) -> "Plan":
        """The second of four shares: the runs 2, 6, 10 and so on."""
        names = {run.name for run in self.all_runs[number - 1 :: total]}
        runs, bounds = (
            tuple(run for run in its if run.name in names)
            for its in (self.runs, self.bounds)
        )
        return dataclasses.replace(self, runs=runs, bounds=bounds)

    @property
    def workdir(self) -> Path:
        """The study's folder."""
        return Path(self.config.run.workdir)


def make_plan(
    config: Config,
    approaches: Sequence[str],
    attribute_sets: Sequence[Sequence[str]],
    seeds: Sequence[int],
    workdir: Path,
    datasets: Mapping[str, Dataset],
    methods: Sequence[Method] = (),
    roles: Sequence[Sequence[Role]] = (),
    bounds: Sequence[Bound] = (),
    family: str = "paper",
) -> Plan:
    """Lay the grid over the data and over what the study's folder holds already.

    The data sets are those of `load_folds`; bounds, of `load_bounds`, have their runs
    beside the grid.

    Raises:
      ValueError: an approach is unknown, the data lack an attribute, the family names
        a configuration that is not there, or a run's folder holds a run with other
        settings.
    """
    runs, not_applicable = [], {}
    grid = make_grid(config, approaches, attribute_sets, seeds, roles)
    for held_out, run in itertools.product(datasets, grid):
        run.find_methods(methods)  # or refuses one that is unknown
        if reason := why_not_applicable(run.training.attributes, datasets[held_out]):
            name = run.training.set_name + f" without {held_out}" * bool(held_out)
            not_applicable[name] = reason
            continue
        if held_out:
            run = run.replace(held_out=held_out)
        runs.append(_plan_run(run, workdir / "runs" / held_out, held_out=held_out))
    names = ((it.training.approach, it.training.set_name) for it in grid)
    check_family(family, [*dict.fromkeys(names)])
    beside = [
        _plan_run(
            bound.config.replace(approach=BASELINE, seed=seed),
            workdir / bound.key / "runs",
            bound=bound.corpus,
        )
        for bound in bounds
        for seed in (seeds if bound.dataset else ())
    ]
    return Plan(
        config=config.replace(workdir=str(workdir)),
        approaches=tuple(approaches),
        attribute_sets=tuple(map(tuple, attribute_sets)),
        seeds=tuple(seeds),
        runs=tuple(runs),
        not_applicable=not_applicable,
        methods=tuple(methods),
        roles=tuple(map(tuple, roles)),
        held_out=tuple(filter(None, datasets)),
        bounds=tuple(beside),
        bound_notes={bound.corpus: bound.note for bound in bounds},
        family=family,
    )


def _plan_run(config: Config, above: Path, **among: str) -> PlannedRun:
    folder = above / config.training.name
    config = config.replace(workdir=str(folder))
    holds_run(folder, config.to_flat())  # or refuses another's
    return PlannedRun(config, run_status(folder), count_epochs(folder), **among)


def describe_plan(plan: Plan) -> str:
    """A line for each run and what becomes of it, then how many there are of each."""
    width = max((len(run.name) for run in plan.all_runs), default=0)
    lines = [f"{run.name:{width}}  {_describe_run(run)}" for run in plan.all_runs]
    missing = plan.not_applicable.items()
    lines += [f"Not applicable: {name}: {reason}" for name, reason in missing]
    lines += plan.bound_notes.values()
    counts = collections.Counter(
        "to be trained" if run.status == "planned" else run.status
        for run in plan.all_runs
    )
    each = ", ".join(f"{count} {status}" for status, count in counts.items())
    return "\n".join([*lines, f"Runs: {len(plan.all_runs)} ({each})"])


def _describe_run(run: PlannedRun) -> str:
    to_do = {
        "planned": "to be trained",
        "unfinished": "unfinished, to go on",
        "failed": "failed, to be tried again",
    }
    if run.status == "finished":
        return "finished"
    epochs = f" after epoch {run.epochs_done} of {run.config.training.epochs}"
    return to_do[run.status] + (epochs if run.epochs_done else "")


def why_not_applicable(names: Sequence[str], dataset: Dataset) -> str:
    """Why attributes cannot be trained on; nothing where they can."""
    known = [*dataset.attributes, *dataset.inapplicable]
    if unknown := [name for name in names if name not in known]:
        raise ValueError(
            f"The data have no attribute {unknown[0]!r}; they have {', '.join(known)}."
            f"{did_you_mean(unknown[0], known)}"
        )
    reasons = dataset.inapplicable
    return "; ".join(reasons[name] for name in names if name in reasons)
