"""The cells of the paper's tables: our mean over the seeds, and the paper's number."""

import dataclasses
from typing import NamedTuple

import numpy as np

from serjax.analysis.paper import ABBREVIATIONS, Printed
from serjax.analysis.runs import Run, StudyFiles
from serjax.analysis.statistics import mean_interval
from serjax.reporting.elements import Cell

EPOCHS = {"best": ("ua", "collapsed"), "last": ("ua_last", "collapsed_last")}
"""The keys of result.json at the epoch of best validation UA, and at the last one."""


class Key(NamedTuple):
    """What a cell is about; `epoch` is `best` or `last`."""

    part: str
    approach: str
    set_name: str
    epoch: str


@dataclasses.dataclass(frozen=True)
class Ours:
    """What the runs of one approach and attribute set tell of one part.

    Attributes:
      values: UA in percent, one per finished run, in the order of seeds.
      num_collapsed: how many of these runs collapsed on this part.
      num_failed: runs that failed, beside those.
    """

    values: tuple[float, ...]
    num_collapsed: int
    num_failed: int


def name_approach(approach: str, set_name: str) -> str:
    """Write `GR C+S`, or `baseline`."""
    name = ABBREVIATIONS[approach]
    return name if approach == "baseline" else f"{name} {set_name}"


def name_part(part: str) -> str:
    """Name a part as the paper does: `in-domain`, or the corpus."""
    return "in-domain" if part == "test" else part


def runs_of(study: StudyFiles, approach: str, set_name: str) -> list[Run]:
    """The runs of one approach and attribute set, in the order of seeds."""
    return [
        run
        for run in study.runs
        if run.approach == approach
        and (approach == "baseline" or run.set_name == set_name)
    ]


def gather(study: StudyFiles, key: Key) -> Ours:
    """Gather the values of one cell; the baseline has them for any attribute set."""
    runs = runs_of(study, key.approach, key.set_name)
    ua_key, collapsed_key = EPOCHS[key.epoch]
    finished = [run.result for run in runs if run.status == "finished"]
    values = [result[ua_key].get(key.part) for result in finished]
    return Ours(
        tuple(value for value in values if value is not None),
        sum(bool(it.get(collapsed_key, {}).get(key.part)) for it in finished),
        sum(run.status == "failed" for run in runs),
    )


def our_cell(study: StudyFiles, key: Key) -> Cell:
    """Show the mean, its interval, a dagger for collapse; bold if over the baseline's.

    The number of seeds is shown where it is one, or less than the study's.
    """
    ours = gather(study, key)
    if not ours.values:
        return Cell("failed" if ours.num_failed else "-")
    summary = mean_interval(ours.values)
    mean, interval = summary.mean, summary.interval
    num_seeds = len({run.seed for run in study.runs})
    spread = f" ± {interval[1] - mean:.1f}" if interval else ""
    n = len(ours.values)
    count = f" (n={n})" if n == 1 or n < num_seeds else ""
    dagger = " †" if ours.num_collapsed else ""
    baseline = gather(study, key._replace(approach="baseline")).values
    is_better = bool(baseline) and mean > float(np.mean(baseline))
    return Cell(f"{mean:.1f}{spread}{count}{dagger}", mean, is_better, interval)


def paper_cell(printed: Printed | None) -> Cell:
    """Show a number as the paper prints it, with its bold; `-` where it prints none."""
    if printed is None:
        return Cell("-")
    return Cell(f"{printed.ua:.2f}", printed.ua, printed.bold)
