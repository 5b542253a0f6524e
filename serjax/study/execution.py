"""Who trains the runs of a plan: this process one by one, or workers many at once.

Either way a run's outcome is its result, or its failure, in the order in which runs
end. An engine is any executor of `concurrent.futures` whose processes see the folders.
"""

import dataclasses
import functools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any

from flax import linen as nn

from serjax.analysis.cells import Result
from serjax.cache import cache_root
from serjax.config import Config
from serjax.data import Dataset
from serjax.errors import NonFinite, ProcessKilled, Stopped
from serjax.memory import budget_bytes, host_memory_bytes, share_memory
from serjax.methods import Method
from serjax.records.failure import describe_failure
from serjax.records.metrics import count_lines
from serjax.study.bar import GridBar
from serjax.study.plan import PlannedRun
from serjax.study.pool import Call, Seat, WorkerPool
from serjax.training import train
from serjax.training.jax_settings import settings_to_share, take_settings
from serjax.training.signals import noting_stop_signals

LOOK_S = 0.5  # how often runs under way are looked at


@dataclasses.dataclass(frozen=True)
class Work:
    """What all runs of a study share, beside their settings.

    Attributes:
      datasets: by the corpus that is held out, by '' where none is; and by
        `upper_bound/<corpus>` where one is trained on alone.
      methods, encoder: the user's own.
    """

    datasets: Mapping[str, Dataset]
    methods: Sequence[Method] = ()
    encoder: nn.Module | None = None


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a run: its result.json or failure, with `set_name`; and how.

    Where a corpus is held out, or trained on alone, `held_out` or `upper_bound` is it.
    """

    run: PlannedRun
    result: Result
    how: str

    @property
    def has_failed(self) -> bool:
        """Whether it diverged, or its process died."""
        return self.result["status"] == "failed"


def train_here(
    runs: Sequence[PlannedRun],
    work: Work,
    bar: GridBar,
    check_place: Callable[[], None],
) -> Iterator[Outcome]:
    """Train or read runs in this process, one by one."""
    for run in runs:
        check_place()
        bar.show(run)
        epochs = run.config.training.epochs

        def count(line: dict[str, Any], run=run, epochs=epochs) -> None:
            bar.show(run, epochs - line["epoch"] - 1)

        call = functools.partial(train_run, work, run.config, run.data, count)
        yield _settle(run, call)


def train_at_once(
    runs: Sequence[PlannedRun],
    engine: Executor,
    bar: GridBar,
    say: Callable[[str], None],
    stop: Callable[[], None],
) -> Iterator[Outcome]:
    """Train runs in an engine's processes, which were given the work (`take_work`).

    Args:
      runs: none of them finished.
      engine: where `train_given` is called.
      bar: shows those under way, by their folders.
      say: told of a process that died.
      stop: lets the engine's processes save and stop.

    Raises:
      Stopped: at SIGTERM or SIGINT, once all have saved.
    """
    waiting: dict[Future, PlannedRun] = {}
    tries: dict[str, int] = {}

    def submit(run: PlannedRun) -> None:
        # Tried again, it may find that the dead process's lock takes a moment to go.
        tried = tries[run.name] = tries.get(run.name, 0) + 1
        config = run.config.replace(wait=True) if tried > 1 else run.config
        future = engine.submit(train_given, config, run.data)
        waiting[future] = run

    with noting_stop_signals() as stop_signal:
        try:
            for run in runs:
                submit(run)
            while waiting:
                done, _ = wait(waiting, LOOK_S, FIRST_COMPLETED)
                if number := stop_signal():
                    stop()
                    raise _say_stopped(number, waiting)
                for future, run in waiting.items():
                    if future.running():
                        trained = count_lines(run.folder) - run.epochs_done
                        bar.show(run, run.epochs_left - max(0, trained))
                for future in done:
                    run = waiting.pop(future)
                    if not isinstance(error := future.exception(), ProcessKilled):
                        yield _settle(run, future.result)
                    elif tries[run.name] == 1:
                        say(f"{run.name}: {error}. It is tried once more.")
                        submit(run)
                    else:
                        yield _give_up(run, error)
        except BaseException:
            stop()
            raise


def take_work(settings: Mapping[str, Any], work: Work, processes: int) -> None:
    """In an engine's process, before its first run: take what all runs share."""
    take_settings(settings)
    share_memory(processes)
    _given[:] = [work]


def train_given(config: Config, data: str) -> tuple[Result, float]:
    """In an engine's process: train a run; return its result and the seconds."""
    return train_run(given_work(), config, data)


def train_run(
    work: Work,
    config: Config,
    data: str,
    on_epoch: Callable[[dict[str, Any]], None] | None = None,
) -> tuple[Result, float]:
    """Train or read a run, on one of the data sets; return its result, the seconds."""
    began = time.perf_counter()
    own: dict[str, Any] = {"methods": work.methods, "encoder": work.encoder}
    dataset = work.datasets[data]
    result = train(config, dataset, report=None, on_epoch=on_epoch, **own)
    return result, time.perf_counter() - began


def given_work() -> Work:
    """In an engine's process: the work that it was given."""
    return _given[0]


_given: list[Work] = []


def make_pool(seats: Sequence[Seat], work: Work, config: Config) -> WorkerPool:
    """Workers that have the work; features that are too large for all lie in a file."""
    budget = budget_bytes(config.run.memory_budget_gb, host_memory_bytes())
    # Folds share one, or each has its own.
    owners = {id(it.store): it for it in [*work.datasets.values()][::-1]}
    total = sum(it.store.frames.nbytes for it in owners.values())
    if total > budget / len(seats):
        folder = cache_root(config.run.cache_dir) / "joined"
        stores = {
            number: it.store.mapped(folder / f"{it.identity[:40]}.npy")
            for number, it in owners.items()
        }
        datasets = {
            name: dataclasses.replace(it, store=stores[id(it.store)])
            for name, it in work.datasets.items()
        }
        work = dataclasses.replace(work, datasets=datasets)
    greeting: Call = take_work, (settings_to_share(), work, len(seats))
    return WorkerPool(seats, greeting)


def _settle(run: PlannedRun, call: Callable[[], tuple[Result, float]]) -> Outcome:
    """Take a run's outcome, whether it ended well or diverged."""
    try:
        result, seconds = call()
        how = "done before" if run.status == "finished" else f"{seconds:.1f} s"
    except NonFinite as error:
        result, how = describe_failure(run.config, error).to_dict(), "failed"
    except ValueError as error:
        if str(run.folder) in str(error):
            raise
        raise ValueError(f"{run.folder}: {error}") from error
    return _name(run, result, how)


def _give_up(run: PlannedRun, error: Exception) -> Outcome:
    """Record that a run's process died twice; the next start tries it again."""
    failure = describe_failure(run.config, NonFinite(f"twice: {error}"))
    run.folder.mkdir(parents=True, exist_ok=True)
    failure.write(run.folder)
    return _name(run, failure.to_dict(), "failed")


def _name(run: PlannedRun, result: Result, how: str) -> Outcome:
    named = {"set_name": run.config.training.set_name}
    if run.held_out:
        named["held_out"] = run.held_out
    if run.bound:
        named["upper_bound"] = run.bound
    return Outcome(run, {**result, **named}, how)


def _say_stopped(number: int, waiting: Mapping[Future, PlannedRun]) -> Stopped:
    """Wait until all have saved; say how far each is."""
    # What is cancelled before it has begun never ends, by `wait`.
    begun = {future: run for future, run in waiting.items() if not future.cancelled()}
    wait(begun)
    errors = {run.name: future.exception() for future, run in begun.items()}
    saved = [
        (it.epochs_run, name) for name, it in errors.items() if isinstance(it, Stopped)
    ]
    (epochs, name), *others = saved or [(0, "the runs")]
    names = [name, *(f"{epochs} of {name}" for epochs, name in others)]
    return Stopped(number, epochs, ", ".join(names))
