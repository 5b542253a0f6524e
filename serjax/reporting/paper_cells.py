"""The cells of the paper's tables: our mean over the seeds, and the paper's number."""

import functools
from typing import NamedTuple

from serjax.analysis.cells import BASELINE, Outcome, summarise_study
from serjax.analysis.paper import ABBREVIATIONS, Printed
from serjax.analysis.statistics import ROUNDING
from serjax.records.folder import StudyFiles
from serjax.reporting.elements import Cell
from serjax.reporting.formatting import describe_mean

EPOCHS = ("best", "last")
"""The epoch of best validation UA, and the last one."""


class Key(NamedTuple):
    """What a cell is about; `epoch` is `best` or `last`."""

    part: str
    approach: str
    set_name: str
    epoch: str


def name_approach(approach: str, set_name: str) -> str:
    """Write `GR C+S`, or `baseline`."""
    name = ABBREVIATIONS[approach]
    return name if approach == "baseline" else f"{name} {set_name}"


def name_part(part: str) -> str:
    """Name a part as the paper does: `in-domain`, or the corpus."""
    return "in-domain" if part == "test" else part


def find(study: StudyFiles, key: Key) -> Outcome | None:
    """Look up what a cell is about; the baseline's is that of any attribute set."""
    set_name = BASELINE[1] if key.approach == BASELINE[0] else key.set_name
    return outcomes_by_key(study).get((key.approach, set_name, key.part))


@functools.lru_cache(maxsize=1)
def outcomes_by_key(study: StudyFiles) -> dict[tuple[str, str, str], Outcome]:
    """What a study found, by approach, attribute set and part."""
    return {(o.approach, o.attributes, o.part): o for o in summarise_study(study)}


def our_cell(study: StudyFiles, key: Key) -> Cell:
    """Show the mean, its interval, a dagger for collapse; bold if over the baseline.

    The number of seeds is shown where it is one, or less than the study's.
    """
    outcome = find(study, key)
    if outcome is None:
        return Cell("-")
    cell = outcome.at(key.epoch)
    mean, n = cell.ua.mean, cell.ua.n
    if mean is None:
        return Cell("failed" if outcome.failed else "-")
    num_seeds = len({run.seed for run in study.runs})
    count = f" (n={n})" if n == 1 or n < num_seeds else ""
    dagger = " †" if cell.collapsed else ""
    gain = cell.difference.mean
    text = f"{describe_mean(cell.ua)}{count}{dagger}"
    is_better = gain is not None and gain > ROUNDING
    return Cell(text, mean, is_better, cell.ua.interval)


def paper_cell(printed: Printed | None) -> Cell:
    """Show a number as the paper prints it, with its bold; `-` where it prints none."""
    if printed is None:
        return Cell("-")
    return Cell(f"{printed.ua:.2f}", printed.ua, printed.bold)
