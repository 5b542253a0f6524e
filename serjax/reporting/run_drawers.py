"""The page's section on runs: a table of them all, and a drawer for each configuration.

Of a run that is reported alone, its own section in place of these.
"""

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from serjax.analysis.breakdowns import row_shares
from serjax.analysis.measures import measured
from serjax.methods import SVM
from serjax.records.folder import Run, StudyFiles
from serjax.records.svm import choose
from serjax.reporting import elements, formatting
from serjax.reporting.curves import run_curves
from serjax.reporting.elements import Block, Cell, Table, Text, Warning
from serjax.reporting.findings import advice
from serjax.reporting.formatting import (
    EPOCHS,
    describe_alpha,
    number_cell,
    slug,
)
from serjax.reporting.verdicts import describe_verdicts

_MORE = {  # heads of columns -> the measure, its format
    "AUC": ("auc", ".3f"),
    "UA even (transductive)": ("ua_even", ".1f"),
    "NLL": ("nll", ".3f"),
    "NLL of the prior": ("nll_prior", ".3f"),
}


def runs_section(study: StudyFiles) -> elements.Section | None:
    """List all runs, and show each configuration's; None where there is none."""
    if not study.runs:
        return None
    begun: dict[str, list[Run]] = {}
    for run in study.runs:
        if run.status != "planned":
            name = f"{run.approach}-{run.set_name}".removesuffix("--")
            begun.setdefault(name, []).append(run)
    drawers = [
        elements.Drawer(f"runs-{name}", _title(runs), _blocks(study, runs, name))
        for name, runs in begun.items()
    ]
    text = (
        "What a run's own page has beside this, its confusion matrices among it, "
        "`python -m experiments.report --workdir=RUN` writes into the run's folder."
    )
    return elements.Section("runs", "The runs", [_table(study), *drawers, Text(text)])


def run_section(study: StudyFiles) -> elements.Section:
    """Show the run that is reported alone, finished or not."""
    (run,) = study.runs
    text = f"{_describe_run(run)}. Of one run nothing can be told from its seed's luck."
    told = [Text(f"Verdict on {line}") for line in describe_verdicts(study)]
    warnings = map(Warning, advice(study))
    parts = run.result.confusion if run.status == "finished" else ()
    tables = [_confusion_table(run, "run", part) for part in parts]
    blocks = [Text(text), *told, *warnings, *_blocks(study, [run], "run"), *tables]
    return elements.Section("run", "The run", blocks)


def shown_path(path: Path) -> str:
    """A path as it is typed where the report was made."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _table(study: StudyFiles) -> Table:
    parts = ("valid", *study.parts) if study.parts else ()
    uas = [f"{part} {epoch}" for part in parts for epoch in EPOCHS]
    heads = ["run", "approach", "set", "status", "best epoch"]
    heads += ["alpha best", "alpha last", *uas]
    return Table(
        "runs-all",
        "All runs: UA in percent at the best and at the last epoch, with alpha at "
        "each; epochs count from 1; where a run collapsed (l: at the last epoch only); "
        "minutes that it took.",
        [*heads, "collapsed", "minutes"],
        [
            [
                *map(Cell, (run.name, run.approach, run.set_name, run.status)),
                *_cells(run, parts),
            ]
            for run in study.runs
        ],
        num_names=3,
    )


def _cells(run: Run, parts: tuple[str, ...]) -> list[Cell]:
    if run.status != "finished":
        return [Cell("-")] * (2 * len(parts) + 5)
    result = run.result
    uas = [ua.get(part) for part in parts for ua in (result.ua, result.ua_last)]
    collapsed = [
        part + ("" if result.collapsed.get(part) else " (l)")
        for part in parts
        if result.collapsed.get(part) or result.collapsed_last.get(part)
    ]
    return [
        number_cell(_number(result.best_epoch), "d"),
        *_alphas(run),
        *(number_cell(ua, ".1f") for ua in uas),
        Cell(", ".join(collapsed) or "-"),
        number_cell(result.wall_s / 60, ".1f"),
    ]


def _number(epoch: int | None) -> int | None:
    """Count an epoch from 1; an svm has none."""
    return None if epoch is None else epoch + 1


def _alphas(run: Run) -> list[Cell]:
    """At the best and at the last epoch; none without attributes."""
    it, without = run.result, "" if run.attributes else "-"
    best, last = it.strengths_at_best.values(), it.strengths_last.values()
    return [
        Cell(without or describe_alpha(it.alpha_at_best, best), it.alpha_at_best),
        Cell(without or describe_alpha(it.alpha_last, last), it.alpha_last),
    ]


def _blocks(study: StudyFiles, runs: Sequence[Run], name: str) -> list[Block]:
    """All that is shown of a configuration's runs; the table's name begins with it."""
    blocks: list[Block] = []
    for run in runs:
        told = f"{run.name}: " * (len(runs) > 1)
        if run.error:
            blocks.append(Warning(told + run.error))
        if run.status == "unfinished" and run.approach != SVM:
            epochs = run.config.settings["epochs"]
            done = f"{len(run.metrics)} of {epochs} epochs are done."
            blocks.append(Text(told + done))
    finished = [run for run in runs if run.status == "finished"]
    if finished:
        # Of several these are in the table of all runs.
        blocks += map(Text, map(_describe, finished if len(runs) == 1 else ()))
        blocks.append(_parts_table(study, finished, name))
    # What is broken may be the very file that has the curves.
    readable = [run for run in runs if run.status != "broken"]
    title = runs[0].name if len(runs) == 1 else name
    if readable and (figure := run_curves(readable, title)):
        blocks.append(figure)
    commands = []
    for run in runs:
        config = f"--config={shown_path(run.folder / 'config.json')}"
        commands.append(shlex.join(["python", "-m", "experiments.train", config]))
    return [*blocks, Text("To repeat:"), elements.Listing(commands, code=True)]


def _title(runs: Sequence[Run]) -> str:
    """What is to be known of a configuration while its drawer is closed."""
    if len(runs) == 1:
        return _describe_run(runs[0])
    statuses = Counter(run.status for run in runs)
    counts = ", ".join(f"{n} {status}" for status, n in statuses.items())
    name = f"{runs[0].approach} {runs[0].set_name}".removesuffix(" -")
    return f"{name}: {counts}"


def _describe_run(run: Run) -> str:
    if run.status != "finished":
        return f"{run.name}: {run.status}"
    scores = formatting.describe_scores(run.result.ua, run.result.collapsed)
    return f"{run.name}: {scores}"


def _describe(run: Run) -> str:
    it, config = run.result, run.config
    best, last = (f" (alpha {cell.text})" * (cell.text != "-") for cell in _alphas(run))
    took = f"{it.wall_s / 60:.1f} minutes" if it.wall_s >= 60 else f"{it.wall_s:.1f} s"
    if it.best_epoch is None:
        tried = ", ".join(f"{fit.C:g} ({fit.valid_ua:.1f})" for fit in run.tried)
        chosen = f"; {choose(run.tried).C:g} was chosen" * bool(run.tried)
        return (
            "A linear SVM on functionals, which has no epochs: best and last are the "
            f"same model. C tried, with validation UA: {tried}{chosen}. It took {took}."
        )
    return (
        f"{run.name}: best epoch {it.best_epoch + 1}{best}, last epoch "
        f"{it.epochs_run}{last}, of {config.settings['epochs']} at most; {took} on "
        f"{config.device}."
    )


def _parts_table(study: StudyFiles, runs: Sequence[Run], name: str) -> Table:
    rows = [
        [Cell(run.name), *cells] for run in runs for cells in _parts_rows(study, run)
    ]
    heads = ["run", "part", "speakers", "UA best", "UA last"]
    return Table(
        f"{name}-parts",
        "UA and WA in percent; at the best epoch AUC (a fraction), UA with even "
        "offsets (percent, transductive) and NLL (nats) beside the prior's; and the "
        "epochs at which the run collapsed on a part.",
        [*heads, "WA best", *_MORE, "collapsed"],
        rows,
        num_names=2,
    )


def _parts_rows(study: StudyFiles, run: Run) -> list[list[Cell]]:
    result, facts = run.result, measured(study, run, "auc")
    flags = {"best": result.collapsed, "last": result.collapsed_last}
    return [
        [
            Cell(part),
            number_cell(result.num_speakers[part], "d"),
            number_cell(ua, ".1f"),
            number_cell(result.ua_last[part], ".1f"),
            number_cell(result.wa[part], ".1f"),
            *(number_cell(facts[key].get(part), form) for key, form in _MORE.values()),
            Cell(", ".join(at for at in flags if flags[at][part]) or "-"),
        ]
        for part, ua in result.ua.items()
    ]


def _confusion_table(run: Run, name: str, part: str) -> Table:
    """A run's confusion as a table: a figure for each takes longer than all else."""
    classes = run.result.classes
    matrix = np.array(run.result.confusion[part])
    shares = row_shares(matrix)

    def cell(label: int, predicted: int) -> Cell:
        count, share = int(matrix[label, predicted]), shares[label, predicted]
        percent = "" if np.isnan(share) else f" ({share:.0f} %)"
        return Cell(f"{count}{percent}", count)

    places = range(len(classes))
    return Table(
        f"{name}-confusion-{slug(part)}",
        f"Confusion on {part} at the best epoch: utterances of each label (rows) by "
        "what was predicted (columns), with their share of the row.",
        ["label", *classes],
        [[Cell(classes[it]), *(cell(it, other) for other in places)] for it in places],
    )
