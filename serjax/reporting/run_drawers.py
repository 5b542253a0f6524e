"""The page's section on single runs: a table of them all, and a drawer for each."""

import shlex
from pathlib import Path

import numpy as np

from serjax.analysis.breakdowns import row_shares
from serjax.analysis.runs import Run, StudyFiles
from serjax.reporting.curves import run_curves
from serjax.reporting.elements import (
    Block,
    Cell,
    Drawer,
    Listing,
    Section,
    Table,
    Text,
    Warning,
)
from serjax.reporting.formatting import slug

_NOTHING = Cell("-")


def runs_section(study: StudyFiles) -> Section | None:
    """List all runs, and show each in its drawer; None where there is none."""
    if not study.runs:
        return None
    drawers = [_drawer(run) for run in study.runs if run.status != "planned"]
    return Section("runs", "The runs", [_table(study), *drawers])


def shown_path(path: Path) -> str:
    """A path as it is typed where the report was made."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _table(study: StudyFiles) -> Table:
    parts = ("valid", *study.parts) if study.parts else ()
    columns = ["run", "status", "best epoch", "alpha best", "alpha last"]
    columns += [f"{part} {at}" for part in parts for at in ("best", "last")]
    return Table(
        "runs-all",
        "All runs: UA in percent at the best and at the last epoch, with alpha at "
        "each; epochs count from 1; where a run collapsed (l: at the last epoch only); "
        "minutes that it took.",
        [*columns, "collapsed", "minutes"],
        [[Cell(run.name), Cell(run.status), *_cells(run, parts)] for run in study.runs],
    )


def _cells(run: Run, parts: tuple[str, ...]) -> list[Cell]:
    result = run.result
    if not result:
        return [_NOTHING] * (2 * len(parts) + 5)
    uses_alpha = run.approach != "baseline"
    alphas = [
        _number(result[key] if uses_alpha else None, ".2f")
        for key in ("alpha_at_best", "alpha_last")
    ]
    uas = [
        _number(result[key].get(part), ".1f")
        for part in parts
        for key in ("ua", "ua_last")
    ]
    collapsed = [
        part + ("" if result["collapsed"].get(part) else " (l)")
        for part in parts
        if result["collapsed"].get(part) or result["collapsed_last"].get(part)
    ]
    return [
        _number(result["best_epoch"] + 1, "d"),
        *alphas,
        *uas,
        Cell(", ".join(collapsed) or "-"),
        _number(result["wall_s"] / 60, ".1f"),
    ]


def _drawer(run: Run) -> Drawer:
    blocks: list[Block] = []
    result = run.result
    if run.error:
        blocks.append(Warning(run.error))
    if run.status == "unfinished":
        epochs = run.config["settings"]["epochs"]
        blocks.append(Text(f"{len(run.metrics)} of {epochs} epochs are done."))
    if result:
        blocks += [Text(_describe(run)), _parts_table(run)]
    # What is broken may be the very file that has the curves.
    if run.status != "broken" and (figure := run_curves(run)):
        blocks.append(figure)
    if result:
        blocks += [_confusion_table(run, part) for part in result["confusion"]]
    command = ["python", "-m", "experiments.train"]
    command.append(f"--config={shown_path(run.folder / 'config.json')}")
    blocks += [Text("To repeat it:"), Listing([shlex.join(command)], code=True)]
    return Drawer(f"run-{run.name}", _title(run), blocks)


def _title(run: Run) -> str:
    """The run's name, and what is to be known while its drawer is closed."""
    if not run.result:
        return f"{run.name}: {run.status}"
    scores = [
        f"{part} {ua:.1f} %" + (", collapsed" if run.result["collapsed"][part] else "")
        for part, ua in run.result["ua"].items()
        if part != "valid" and ua is not None
    ]
    return f"{run.name}: {', '.join(scores)}"


def _describe(run: Run) -> str:
    result = run.result

    def at(epoch: int, key: str) -> str:
        alpha = "" if run.approach == "baseline" else f" (alpha {result[key]:.2f})"
        return f"{epoch}{alpha}"

    wall_s = result["wall_s"]
    took = f"{wall_s / 60:.1f} minutes" if wall_s >= 60 else f"{wall_s:.1f} s"
    return (
        f"Best epoch {at(result['best_epoch'] + 1, 'alpha_at_best')}, last epoch "
        f"{at(result['epochs_run'], 'alpha_last')}, of "
        f"{run.config['settings']['epochs']} at most; {took} on {run.config['device']}."
    )


def _parts_table(run: Run) -> Table:
    result = run.result

    def collapsed(part: str) -> str:
        flags = {"best": "collapsed", "last": "collapsed_last"}
        return ", ".join(at for at, key in flags.items() if result[key][part]) or "-"

    return Table(
        f"run-{run.name}-parts",
        "UA and WA in percent, and the epochs at which the run collapsed on a part.",
        ["part", "speakers", "UA best", "UA last", "WA best", "collapsed"],
        [
            [
                Cell(part),
                _number(result["num_speakers"][part], "d"),
                _number(ua, ".1f"),
                _number(result["ua_last"][part], ".1f"),
                _number(result["wa"][part], ".1f"),
                Cell(collapsed(part)),
            ]
            for part, ua in result["ua"].items()
        ],
    )


def _confusion_table(run: Run, part: str) -> Table:
    """A run's confusion as a table: a figure for each takes longer than all else."""
    classes = run.result["classes"]
    matrix = np.array(run.result["confusion"][part])
    shares = row_shares(matrix)

    def cell(label: int, predicted: int) -> Cell:
        count, share = int(matrix[label, predicted]), shares[label, predicted]
        percent = "" if np.isnan(share) else f" ({share:.0f} %)"
        return Cell(f"{count}{percent}", count, bold=label == predicted)

    places = range(len(classes))
    return Table(
        f"run-{run.name}-confusion-{slug(part)}",
        f"Confusion on {part} at the best epoch: utterances of each label (rows) by "
        "what was predicted (columns), with their share of the row; bold: right.",
        ["label", *classes],
        [[Cell(classes[it]), *(cell(it, other) for other in places)] for it in places],
    )


def _number(value: float | None, form: str) -> Cell:
    return _NOTHING if value is None else Cell(format(value, form), value)
