"""How long a study will take, before it is begun.

An epoch's time is that of the study's finished runs, if there are any on this device;
else some steps of each program are taken on the study's own data. Methods that only use
what every run has share a program, and each other has one. Every attribute has a head
in every run, so a run's attributes change no time.
"""

import dataclasses
import math
import statistics
from collections.abc import Callable, Mapping
from datetime import timedelta

from flax import linen as nn

from serjax.config import Config, Role
from serjax.data import Dataset
from serjax.methods import BASELINE, METHODS
from serjax.records.folder import read_run
from serjax.study.measurement import RunTime, measure
from serjax.study.plan import Plan
from serjax.training.devices import describe_device, select_platform


@dataclasses.dataclass(frozen=True)
class Estimate:
    """How long the runs that are left take together.

    Attributes:
      train_s: all nominal epochs and the evaluations, in seconds.
      compile_s: compiling before them, in seconds; 0 where no step was taken.
      sources: what was timed for it, in words.
    """

    train_s: float
    compile_s: float
    sources: tuple[str, ...]


def estimate(
    plan: Plan,
    dataset: Dataset,
    encoder: nn.Module | None = None,
    *,
    say: Callable[[str], None] = lambda line: None,
) -> Estimate:
    """Estimate the time of the runs that are left; nothing is written.

    `say` is called before each measurement, which may take a minute. The estimate is an
    upper bound in one way: every run is taken to train all nominal epochs. It leaves
    out what each run writes: checkpoints, predictions. `encoder` is the user's own, as
    of `serjax.train`.
    """
    left = [run for run in plan.runs if run.status != "finished"]
    times: dict[str, RunTime] = {}
    sources: dict[str, None] = {}
    for run in left:
        program = _program_of(run.config.training.roles_by_attribute)
        if program in times:
            continue
        if epochs_s := _finished_epochs_s(plan, dataset, program):
            times[program] = RunTime(statistics.median_low(epochs_s))
            sources["the study's finished runs"] = None
        else:
            say(f"Measuring {program or BASELINE}: a few steps are timed ...")
            times[program] = measure(run.config, dataset, plan.methods, encoder)
            sources["a measurement on these data"] = None
    seconds = 0.0
    for run in left:
        it = times[_program_of(run.config.training.roles_by_attribute)]
        seconds += it.epoch_s * run.epochs_left + it.evaluation_s
    compile_s = sum(it.compile_s for it in times.values())
    return Estimate(seconds, compile_s, tuple(sources))


def describe_estimate(it: Estimate, patience: int) -> str:
    """Say how long, and what that is worth."""
    if not it.sources:
        return "Time: none, all runs are finished"
    lines = [f"Time: {_clock(it.train_s)}, by {' and '.join(it.sources)}"]
    if it.compile_s:
        compiling = _clock(it.compile_s)
        lines.append(f"Compiling, once: {compiling}; it is kept in the cache")
    if patience:
        lines.append(
            "Every run is counted with all its epochs; early stopping (patience "
            f"{patience}) makes it less."
        )
    return "\n".join(lines)


def _finished_epochs_s(plan: Plan, dataset: Dataset, program: str) -> list[float]:
    """Seconds per epoch, with all that surrounds it, of finished runs of a program.

    They are runs of these settings, on these data and this device, that were trained in
    one go: of a resumed run the time before is not known. The first one of a process
    has compiled, too.
    """
    results = sorted((plan.workdir / "runs").glob("*/result.json"))
    config, shared = plan.config, _shared_hash(plan.config)
    device = describe_device(select_platform(config.run.platform))
    return [
        run.result.wall_s / run.result.epochs_run
        for run in (read_run(path.parent) for path in results)
        if _program_of(run.roles) == program
        and _shared_hash(Config.from_flat(run.config.settings)) == shared
        and run.config.dataset.identity == dataset.identity
        and run.config.device == device
        and run.result.wall_s >= sum(line.get("train_s") or 0 for line in run.metrics)
    ]


def _shared_hash(config: Config) -> str:
    """Digest of what the runs of a study share."""
    return config.replace(approach=BASELINE, seed=0).hash()


def _program_of(roles: Mapping[str, Role]) -> str:
    """Name a program by its methods, but for those that every program has."""
    shared = {name for name, it in METHODS.items() if it.is_operand}
    return "+".join(sorted({role.role for role in roles.values()} - shared))


def _clock(seconds: float) -> str:
    """`3:20:00`; `1 day, 2:00:00`."""
    return str(timedelta(seconds=math.ceil(seconds)))
