"""A study: a plain loop over the grid of runs, and what it leaves on disk.

Runs share the data set, its feature store and, through `train`, the compiled steps.
A finished run is read, not trained again; so a study that was stopped, started again
with the same command, goes on where it was.
"""

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flax import linen as nn

from serjax.analysis.cells import Result
from serjax.analysis.upper_bound import split_results
from serjax.config import Config, require
from serjax.data import Dataset, load_folds
from serjax.files import write_text
from serjax.lock import holding
from serjax.methods import PAPER_APPROACHES, Method
from serjax.paths import expand
from serjax.records.result import find_result
from serjax.reporting.terminal import Table
from serjax.study import grid
from serjax.study.about import open_study
from serjax.study.bar import GridBar
from serjax.study.execution import (
    Outcome,
    Work,
    make_pool,
    train_at_once,
    train_here,
)
from serjax.study.plan import Plan, make_plan
from serjax.study.pool import Seat
from serjax.study.seats import share_machine
from serjax.study.upper_bound import load_bounds
from serjax.study.wording import describe_result, make_table
from serjax.training.devices import describe_device


@dataclasses.dataclass(frozen=True)
class Study:
    """What became of a grid.

    Attributes:
      results: result.json of every finished run, in the grid's order, with `set_name`:
        `C+S`, and of a run with roles `C:reversal+S:multitask`.
      failed: of every run that failed: approach, attributes, seed, status, error; and
        `upper_bound`, the corpus, of one beside the grid.
      not_applicable: reason by set (`C+L`), for sets that were left out.
      table: UA per approach and attribute set.
      upper_bound: result.json of runs beside the grid, with the corpus that they train
        on alone as `upper_bound`; in no other result.
    """

    workdir: Path
    results: tuple[Result, ...]
    failed: tuple[Result, ...]
    not_applicable: Mapping[str, str]
    table: Table
    upper_bound: tuple[Result, ...] = ()


def run_study(
    config: Config,
    approaches: str | Sequence[str] = PAPER_APPROACHES,
    attribute_sets: str | Sequence[str | Sequence[str]] = grid.ALL_ATTRIBUTE_SETS,
    seeds: int | str | Iterable[int] = (0,),
    workdir: str | Path = "runs/study",
    *,
    roles: str | Mapping[str, Any] | Sequence[Any] = (),
    dataset: Dataset | Mapping[str, Dataset] | None = None,
    report: Callable[[str], None] | None = print,
    methods: Sequence[Method] = (),
    encoder: nn.Module | None = None,
    shard: tuple[int, int] | None = None,
    workers: int = 0,
    runs_per_device: int = 1,
    upper_bound: bool = False,
    family: str = "paper",
) -> Study:
    """Train every run of the grid that is not finished, and write the table.

    Writes `study.json` (before all else), `runs/<approach>-<attributes>-seed<k>/` (of
    leave one out in a folder of the held-out corpus), `results.jsonl`, `tables/ua.csv`,
    `tables/ua.md` and `skipped.csv` under `workdir`.

    A run whose loss is not finite is recorded as failed, the loop goes on, and the next
    start tries it again.

    Args:
      config: the settings that all runs share.
      approaches: `baseline`, trained once per seed, and names of methods; the paper's
        unless given. These four may be texts too, as their flags are: `"S,G,S+G"`.
      attribute_sets: sets of attributes' names. A set with an attribute that has fewer
        than two values in training is left out and listed.
      seeds: `seed` of the runs.
      workdir: the study's folder.
      roles: further runs of each seed, whose attributes have a role each: sets of
        roles, such as `["speaker:reversal,gender:multitask:0.2"]` or `[{"speaker":
        "reversal", "gender": ("multitask", 0.2)}]`.
      dataset: from `load_dataset(config)`, or of leave one out from `load_folds`; it is
        loaded if not given.
      report: called with one line per run, beside a bar over the grid on stderr; None
        for neither.
      methods: of your own, which approaches and roles may name; see `serjax.train`.
      encoder: your own; see `serjax.train`.
      shard: (2, 4) trains the runs 2, 6, 10 and so on, beside processes that train the
        others. It does not hold the study, and writes neither `results.jsonl` nor
        tables: the same call without it does, when all are done.
      workers: processes that train runs at once; 1 for this process alone, 0 for as
        many as is best here (`serjax.study.seats`). With equal `config.run.threads`
        they change no bit of a result.
      runs_per_device: runs on one accelerator at a time, in workers.
      upper_bound: beside the grid train the baseline on each unseen corpus alone, in
        `upper_bound/<corpus>/runs/`; a row of the table says how far it comes.
      family: which configurations are tested together over corpora held out in turn:
        `paper`, `all` or their names; see `serjax.analysis.over_corpora.find_family`.

    Returns:
      The results, failures and table; of a shard those of its runs.

    Raises:
      ValueError: the grid cannot be read, an attribute does not exist in the data, or a
        run's folder holds a run with other settings; the message says which. Or upper
        bounds are asked for, and no corpus is unseen.
      serjax.errors.InUse: another process works on the study, and `config.run.wait` is
        not set.
      OSError: something could not be written; what was written before stands.
      serjax.training.Stopped: at SIGTERM or SIGINT; the same call goes on later.
    """
    approaches = grid.parse_approaches(approaches, methods)
    attribute_sets = grid.parse_attribute_sets(attribute_sets)
    asked = approaches, attribute_sets, grid.parse_seeds(seeds)
    roles = grid.parse_roles(roles)
    workdir = Path(expand(workdir, "workdir"))
    say = report or (lambda line: None)
    own = methods, encoder
    config, device, seats = share_machine(config, workers, runs_per_device, own, say)
    if dataset is None:
        dataset = load_folds(config)
    folds = {"": dataset} if isinstance(dataset, Dataset) else dataset
    require(
        ("" in folds) != config.data.leaves_one_out,
        "dataset",
        [*folds],
        "of protocol=leave_one_out the data sets of load_folds(config), else one",
    )
    bounds = load_bounds(config, folds, report is not None) if upper_bound else ()
    held = workdir / "shards" / "{}-of-{}".format(*shard) if shard else workdir
    with holding(held, config.run.wait, report) as check_place:
        own = methods, roles, bounds, family
        plan = make_plan(config, *asked, workdir, folds, *own)
        for name, reason in plan.not_applicable.items():
            say(f"Not applicable: {name}: {reason}")
        for note in plan.bound_notes.values():
            say(note)
        check_place()
        open_study(plan, folds, describe_device(device))
        if shard:
            plan = plan.share(*shard)
        alone = {bound.key: bound.dataset for bound in bounds if bound.dataset}
        work = Work({**folds, **alone}, methods, encoder)
        gathered = None if shard else workdir / "results.jsonl"
        results, failed = _train_all(plan, work, seats, report, check_place, gathered)
        table = make_table(plan, folds, results, failed)
        check_place()
        if not shard:
            write_text(workdir / "tables" / "ua.csv", table.csv())
            write_text(workdir / "tables" / "ua.md", table.markdown())
    of_grid, beside = split_results(results)
    return Study(
        workdir,
        tuple(of_grid),
        tuple(failed),
        plan.not_applicable,
        table,
        upper_bound=tuple(beside),
    )


def _train_all(
    plan: Plan,
    work: Work,
    seats: Sequence[Seat],
    report: Callable[[str], None] | None,
    check_place: Callable[[], None],
    gathered: Path | None,
) -> tuple[list[Result], list[Result]]:
    """Train or read every run; return results and failures, in the grid's order.

    Those of the grid are gathered in a file, run by run, if one is named.
    """
    say = report or (lambda line: None)
    ended: dict[str, Outcome] = {}
    results, failed = [], []
    width = len(str(len(plan.all_runs)))
    with GridBar(plan, shown=None if report else False) as bar:

        def tell(line: str) -> None:
            bar.write(say, line)

        for outcome in _outcomes(plan, work, seats, bar, tell, check_place):
            ended[outcome.run.name] = outcome
            bar.end(outcome.run, outcome.has_failed)
            check_place()
            known = [ended[run.name] for run in plan.all_runs if run.name in ended]
            results = [it.result for it in known if not it.has_failed]
            failed = [it.result for it in known if it.has_failed]
            if gathered:
                lines = map(json.dumps, split_results(results + failed)[0])
                write_text(gathered, "".join(f"{line}\n" for line in lines))
            line = f"{describe_result(outcome.result)} ({outcome.how})"
            tell(f"[{len(ended):{width}}/{len(plan.all_runs)}] {line}")
    return results, failed


def _outcomes(
    plan: Plan,
    work: Work,
    seats: Sequence[Seat],
    bar: GridBar,
    tell: Callable[[str], None],
    check_place: Callable[[], None],
) -> Iterator[Outcome]:
    """Train in workers, at their seats, or here without; finished runs are read."""
    if not seats:
        yield from train_here(plan.all_runs, work, bar, check_place)
        return
    done, left = [], []
    for run in plan.all_runs:
        # A result that is damaged is made anew, as it was: in a worker.
        (done if find_result(run.folder) else left).append(run)
    # This process only reads the others, with the threads that it has.
    done = [
        dataclasses.replace(run, config=run.config.replace(threads=0)) for run in done
    ]
    yield from train_here(done, work, bar, check_place)
    if left:
        with make_pool(seats[: len(left)], work, plan.config) as pool:
            yield from train_at_once(left, pool, bar, tell, pool.stop)
