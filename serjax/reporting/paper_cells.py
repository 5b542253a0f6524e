"""The cells of the paper's tables: our mean over the seeds, and the paper's number."""

import functools
from typing import NamedTuple

from serjax.analysis.cells import Outcome, summarise_study
from serjax.analysis.paper import ABBREVIATIONS, Printed
from serjax.analysis.statistics import ROUNDING
from serjax.records.folder import StudyFiles
from serjax.reporting.elements import Cell
from serjax.reporting.formatting import describe_mean


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
    """Look up what a study found of what a cell is about."""
    return _outcomes(study).get(key[:3])


@functools.lru_cache(maxsize=1)
def _outcomes(study: StudyFiles) -> dict[tuple[str, str, str], Outcome]:
    return {(o.part, o.approach, o.attributes): o for o in summarise_study(study)}


def our_cell(study: StudyFiles, key: Key) -> Cell:
    """Show the mean, its interval, a dagger for collapse; bold if above the baseline.

    The number of seeds is shown where it is one, or less than the study's.
    """
    outcome = find(study, key)
    if outcome is None:
        return Cell("-")
    cell = outcome.at(key.epoch)
    ua, gain = cell.score, cell.difference.mean
    if ua.mean is None:
        return Cell("failed" if outcome.failed else "-")
    num_seeds = len({run.seed for run in study.runs})
    count = f" (n={ua.n})" if ua.n == 1 or ua.n < num_seeds else ""
    text = f"{describe_mean(ua)}{count}{' †' if cell.collapsed else ''}"
    return Cell(text, ua.mean, gain is not None and gain > ROUNDING, ua.interval)


def paper_cell(printed: Printed | None) -> Cell:
    """Show a number as the paper prints it, with its bold; `-` where it prints none."""
    if printed is None:
        return Cell("-")
    return Cell(f"{printed.ua:.2f}", printed.ua, printed.bold)
