"""A study: a plain loop over the grid of runs, and what it leaves on disk.

Runs share the data set, its feature store and, through `train`, the compiled steps.
A finished run is read, not trained again; so a study that was stopped, started again
with the same command, goes on where it was.
"""

import dataclasses
import functools
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from flax import linen as nn

from serjax.analysis.cells import Result, summarise
from serjax.analysis.collapse import advise
from serjax.config import Config
from serjax.data import Dataset, count_parts, load_dataset
from serjax.files import write_text
from serjax.lock import holding
from serjax.methods import PAPER_APPROACHES, Method
from serjax.paths import expand
from serjax.records.failure import describe_failure
from serjax.reporting.terminal import Table
from serjax.study import grid
from serjax.study.about import open_study
from serjax.study.bar import GridBar
from serjax.study.plan import Plan, PlannedRun, make_plan
from serjax.study.wording import describe_protocol, describe_result
from serjax.training import NonFinite, train
from serjax.training.devices import describe_device, select_platform


@dataclasses.dataclass(frozen=True)
class Study:
    """What became of a grid.

    Attributes:
      results: result.json of every finished run, in the grid's order, with `set_name`:
        `C+S`, and of a run with roles `C:reversal+S:multitask`.
      failed: of every run that failed: approach, attributes, seed, status, error.
      not_applicable: reason by set (`C+L`), for sets that were left out.
      table: UA per approach and attribute set.
    """

    workdir: Path
    results: tuple[Result, ...]
    failed: tuple[Result, ...]
    not_applicable: Mapping[str, str]
    table: Table


def run_study(
    config: Config,
    approaches: str | Sequence[str] = PAPER_APPROACHES,
    attribute_sets: str | Sequence[str | Sequence[str]] = grid.ALL_ATTRIBUTE_SETS,
    seeds: int | str | Iterable[int] = (0,),
    workdir: str | Path = "runs/study",
    *,
    roles: str | Mapping[str, Any] | Sequence[Any] = (),
    dataset: Dataset | None = None,
    report: Callable[[str], None] | None = print,
    methods: Sequence[Method] = (),
    encoder: nn.Module | None = None,
    shard: tuple[int, int] | None = None,
) -> Study:
    """Train every run of the grid that is not finished, and write the table.

    Writes `study.json` (before all else), `runs/<approach>-<attributes>-seed<k>/`,
    `results.jsonl`, `tables/ua.csv`, `tables/ua.md` and `skipped.csv` under `workdir`.
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
      dataset: from `load_dataset(config)`; loaded if not given.
      report: called with one line per run, beside a bar over the grid on stderr; None
        for neither.
      methods: of your own, which approaches and roles may name; see `serjax.train`.
      encoder: your own; see `serjax.train`.
      shard: (2, 4) trains the runs 2, 6, 10 and so on, beside processes that train the
        others. It does not hold the study, and writes neither `results.jsonl` nor
        tables: the same call without it does, when all are done.

    Returns:
      The results, failures and table; of a shard those of its runs.

    Raises:
      ValueError: the grid cannot be read, an attribute does not exist in the data, or a
        run's folder holds a run with other settings; the message says which.
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
    device = describe_device(select_platform(config.run.platform))
    dataset = load_dataset(config) if dataset is None else dataset
    held = workdir / "shards" / "{}-of-{}".format(*shard) if shard else workdir
    with holding(held, config.run.wait, report) as check_place:
        plan = make_plan(config, *asked, workdir, dataset, methods, roles)
        for name, reason in plan.not_applicable.items():
            say(f"Not applicable: {name}: {reason}")
        check_place()
        open_study(plan, dataset, device)
        if shard:
            number, total = shard
            plan = dataclasses.replace(plan, runs=plan.runs[number - 1 :: total])
        train_run = functools.partial(
            train, dataset=dataset, report=None, methods=methods, encoder=encoder
        )
        gathered = None if shard else workdir / "results.jsonl"
        results, failed = _train_all(plan, train_run, report, check_place, gathered)
        missing = plan.not_applicable.items()
        notes = [f"Not applicable: {name} ({reason})" for name, reason in missing]
        notes += [f"Failed: {describe_result(result)}" for result in failed]
        training = count_parts(dataset)["train"].classes
        notes += advise(results, config.to_flat(), training)
        caption = describe_protocol(plan, dataset)
        table = Table(summarise(results, failed), caption, notes)
        check_place()
        if not shard:
            write_text(workdir / "tables" / "ua.csv", table.csv())
            write_text(workdir / "tables" / "ua.md", table.markdown())
    return Study(workdir, tuple(results), tuple(failed), plan.not_applicable, table)


def _train_all(
    plan: Plan,
    train_run: Callable[..., Result],
    report: Callable[[str], None] | None,
    check_place: Callable[[], None],
    gathered: Path | None,
) -> tuple[list[Result], list[Result]]:
    """Train or read every run, in order; return the results and the failures.

    They are gathered in a file, run by run, if one is named.
    """
    results, failed = [], []
    width = len(str(len(plan.runs)))
    with GridBar(plan, shown=None if report else False) as bar:
        for number, run in enumerate(plan.runs, 1):
            check_place()
            bar.start(run)
            result, how = _train(run, train_run, bar.count_epoch)
            has_failed = result["status"] == "failed"
            (failed if has_failed else results).append(result)
            bar.end(has_failed)
            check_place()
            if gathered:
                lines = map(json.dumps, results + failed)
                write_text(gathered, "".join(f"{line}\n" for line in lines))
            if report:
                line = f"{describe_result(result)} ({how})"
                bar.write(report, f"[{number:{width}}/{len(plan.runs)}] {line}")
    return results, failed


def _train(
    run: PlannedRun, train_run: Callable[..., Result], on_epoch: Callable[..., None]
) -> tuple[Result, str]:
    """Train one run or read its result; return it and how it came about."""
    start = time.perf_counter()
    try:
        result = train_run(run.config, on_epoch=on_epoch)
        took = f"{time.perf_counter() - start:.1f} s"
        how = "done before" if run.status == "finished" else took
    except NonFinite as error:
        result, how = describe_failure(run.config, error).to_dict(), "failed"
    except ValueError as error:
        if str(run.folder) in str(error):
            raise
        raise ValueError(f"{run.folder}: {error}") from error
    return {**result, "set_name": run.config.training.set_name}, how
