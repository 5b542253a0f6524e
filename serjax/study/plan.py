"""What a study will train: its runs, how far each is, and what cannot be trained."""

import collections
import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from serjax.config import Config, Role, did_you_mean
from serjax.data import Dataset
from serjax.methods import Method
from serjax.records.folder import Status, run_status
from serjax.records.run_config import holds_run
from serjax.study.grid import make_grid
from serjax.training.checkpoints import count_epochs


@dataclasses.dataclass(frozen=True)
class PlannedRun:
    """One run of the grid, before the study goes on.

    Attributes:
      config: its settings; `run.workdir` is its folder.
      status: finished, failed, unfinished (begun) or planned (not begun).
      epochs_done: of the checkpoint that it would go on from.
      held_out: the corpus that is left out; '' by a given split.
    """

    config: Config
    status: Status
    epochs_done: int
    held_out: str = ""

    @property
    def name(self) -> str:
        """Its folder's name, `reversal-C+S-seed0`; `tess/reversal-C+S-seed0`."""
        return "/".join(filter(None, (self.held_out, self.config.training.name)))

    @property
    def folder(self) -> Path:
        """Where it is written."""
        return Path(self.config.run.workdir)

    @property
    def epochs_left(self) -> int:
        """Nominal epochs to come: early stopping may leave some out."""
        done = self.status == "finished"
        return 0 if done else self.config.training.epochs - self.epochs_done


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
) -> Plan:
    """Lay the grid over the data and over what the study's folder holds already.

    The data sets are those of `load_folds`.

    Raises:
      ValueError: an approach is unknown, the data lack an attribute, or a run's folder
        holds a run with other settings.
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
        folder = workdir / "runs" / held_out / run.training.name
        run = run.replace(workdir=str(folder))
        holds_run(folder, run.to_flat())  # or refuses another's
        done = run_status(folder), count_epochs(folder)
        runs.append(PlannedRun(run, *done, held_out))
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
    )


def describe_plan(plan: Plan) -> str:
    """A line for each run and what becomes of it, then how many there are of each."""
    width = max((len(run.name) for run in plan.runs), default=0)
    lines = [f"{run.name:{width}}  {_describe_run(run)}" for run in plan.runs]
    missing = plan.not_applicable.items()
    lines += [f"Not applicable: {name}: {reason}" for name, reason in missing]
    counts = collections.Counter(
        "to be trained" if run.status == "planned" else run.status for run in plan.runs
    )
    each = ", ".join(f"{count} {status}" for status, count in counts.items())
    return "\n".join([*lines, f"Runs: {len(plan.runs)} ({each})"])


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
