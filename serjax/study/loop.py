"""A study: a plain loop over the grid of runs, and what it leaves on disk.

Runs share the data set, its feature store and, through `train`, the compiled steps.
A finished run is read, not trained again; so a study that was stopped, started again
with the same command, goes on where it was.
"""

import dataclasses
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from serjax.analysis.cells import Result, summarise
from serjax.config import APPROACHES, Config, attribute_set_name
from serjax.corpora.labels import describe_classes
from serjax.data import Dataset, load_dataset, write_skipped
from serjax.files import replacing
from serjax.reporting.terminal import Table
from serjax.study.grid import ALL_ATTRIBUTE_SETS, make_grid
from serjax.training import NonFiniteLoss, train


@dataclasses.dataclass(frozen=True)
class Study:
    """What became of a grid.

    Attributes:
      workdir: the study's folder.
      results: result.json of every finished run, in the grid's order.
      failed: of every run that failed: approach, attributes, seed, status, error.
      not_applicable: reason by attribute set (`C+L`), for sets that were left out.
      table: UA per approach and attribute set.
    """

    workdir: Path
    results: tuple[Result, ...]
    failed: tuple[Result, ...]
    not_applicable: Mapping[str, str]
    table: Table


def study(
    config: Config,
    approaches: Sequence[str] = APPROACHES,
    attribute_sets: Sequence[Sequence[str]] = ALL_ATTRIBUTE_SETS,
    seeds: Sequence[int] = (0,),
    workdir: str | Path = "runs/study",
    *,
    dataset: Dataset | None = None,
    report: Callable[[str], None] | None = print,
) -> Study:
    """Train every run of the grid that is not finished, and write the table.

    Writes `runs/<approach>-<attributes>-seed<k>/`, `results.jsonl`, `tables/ua.csv`,
    `tables/ua.md` and `skipped.csv` under `workdir`. A run whose loss is not finite is
    recorded as failed, the loop goes on, and the next start tries it again.

    Args:
      config: the settings that all runs share.
      approaches: some of `APPROACHES`; the baseline is trained once per seed.
      attribute_sets: sets of attributes' names. A set with an attribute that has fewer
        than two values in training is left out and listed.
      seeds: `seed` of the runs.
      workdir: the study's folder.
      dataset: from `load_dataset(config)`; loaded if not given.
      report: called with one line per run; None for silence.

    Returns:
      The results, failures and table.

    Raises:
      ValueError: an attribute does not exist in the data, or a run's folder holds a run
        with other settings; the message says which.
      serjax.training.Stopped: at SIGTERM or SIGINT; the same call goes on later.
    """
    workdir = Path(workdir)
    say = report or (lambda line: None)
    dataset = load_dataset(config) if dataset is None else dataset
    applicable, not_applicable = _applicable(attribute_sets, dataset)
    if all(name == "baseline" for name in approaches):
        not_applicable = {}
    for name, reason in not_applicable.items():
        say(f"Not applicable: {name}: {reason}")
    write_skipped(workdir / "skipped.csv", dataset.skipped)
    grid = make_grid(config, approaches, applicable, seeds)
    results: list[Result] = []
    failed: list[Result] = []
    for index, run_config in enumerate(grid):
        folder = workdir / "runs" / run_config.training.name
        result, how = _run(run_config, folder, dataset)
        (failed if result["status"] == "failed" else results).append(result)
        _write(workdir / "results.jsonl", map(json.dumps, [*results, *failed]))
        count = f"[{index + 1:{len(str(len(grid)))}}/{len(grid)}]"
        say(f"{count} {_describe(result)} ({how})")
    table = Table(
        summarise(results, failed),
        caption=_caption(config, dataset, seeds),
        notes=_notes(not_applicable, failed),
    )
    _write(workdir / "tables" / "ua.csv", table.csv().splitlines())
    _write(workdir / "tables" / "ua.md", table.markdown().splitlines())
    return Study(workdir, tuple(results), tuple(failed), not_applicable, table)


def _applicable(
    attribute_sets: Sequence[Sequence[str]], dataset: Dataset
) -> tuple[list[Sequence[str]], dict[str, str]]:
    """Split the sets in those that can be trained, and the reasons of the others."""
    applicable, reasons = [], {}
    for names in attribute_sets:
        for name in names:
            if name not in {*dataset.attributes, *dataset.inapplicable}:
                known = ", ".join([*dataset.attributes, *dataset.inapplicable])
                raise ValueError(
                    f"attribute_sets: the data have no attribute {name!r}; they have "
                    f"{known}."
                )
        missing = [name for name in names if name in dataset.inapplicable]
        if missing:
            reasons[attribute_set_name(names)] = "; ".join(
                dataset.inapplicable[name] for name in missing
            )
        else:
            applicable.append(names)
    return applicable, reasons


def _run(config: Config, folder: Path, dataset: Dataset) -> tuple[Result, str]:
    """Train one run or read its result; return it and how it came about."""
    finished = (folder / "result.json").exists()
    start = time.perf_counter()
    try:
        result = train(config.replace(workdir=str(folder)), dataset, report=None)
    except NonFiniteLoss as error:
        training = config.training
        return {
            "status": "failed",
            "approach": training.approach,
            "attributes": list(training.attributes),
            "seed": training.seed,
            "error": str(error),
        }, "failed"
    except ValueError as error:
        if str(folder) in str(error):
            raise
        raise ValueError(f"{folder}: {error}") from error
    how = "done before" if finished else f"{time.perf_counter() - start:.1f} s"
    return result, how


def _describe(result: Result) -> str:
    """One line: `reversal C+S seed 0: test 71.2 %, tess 48.0 %`."""
    name = f"{result['approach']} {attribute_set_name(result['attributes'])}"
    name = f"{name} seed {result['seed']}"
    if result["status"] == "failed":
        return f"{name}: {result['error']}"
    scores = [
        f"{part} {ua:.1f} %" + (", collapsed" if result["collapsed"].get(part) else "")
        for part, ua in result["ua"].items()
        if part != "valid" and ua is not None
    ]
    return f"{name}: {', '.join(scores)}"


def _caption(config: Config, dataset: Dataset, seeds: Sequence[int]) -> list[str]:
    trained = sorted({dataset.utterances[row].corpus for row in dataset.rows("train")})
    unseen = ", ".join(dataset.ood) or "none"
    speakers = ", ".join(
        f"{part} {len({dataset.utterances[row].speaker for row in rows})}"
        for part, rows in dataset.evaluation_parts().items()
        if part != "valid"
    )
    sources = [text for text in (config.data.data, *config.data.manifest) if text]
    data = "synthetic" if config.data.is_synthetic else ", ".join(sources)
    lines = [
        "UA in percent (unweighted accuracy = macro recall, UAR); chance is "
        f"{100 / len(dataset.classes):.2f}.",
        f"{describe_classes(dataset.classes)}.",
        f"Preset {config.run.preset or 'paper'}; data {data}; seeds "
        f"{','.join(map(str, seeds))}.",
        f"Trained on {', '.join(trained)}; unseen: {unseen}.",
        f"Speakers tested on: {speakers}.",
        "best: at the epoch of best validation UA; last: at the last epoch; alpha: at "
        "best/last.",
        "diff: to the baseline of the same seed, at its own best or last epoch.",
        "c: runs collapsed at best; one class has 95 % or more of the predictions.",
    ]
    if len(seeds) > 1:
        lines.append("Means over the seeds, ± standard deviation (n - 1).")
    return lines


def _notes(not_applicable: Mapping[str, str], failed: Sequence[Result]) -> list[str]:
    notes = [
        f"Not applicable: {name} ({reason})" for name, reason in not_applicable.items()
    ]
    return notes + [f"Failed: {_describe(result)}" for result in failed]


def _write(path: Path, lines: Iterable[str]) -> None:
    with replacing(path) as temporary:
        text = "".join(f"{line}\n" for line in lines)
        temporary.write_text(text, encoding="utf-8")
