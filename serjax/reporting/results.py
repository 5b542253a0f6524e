"""The section of results: UA over the seeds, differences from the baseline, tests."""

from collections.abc import Callable, Mapping, Sequence

from serjax.analysis.cells import MEAN, AtEpoch, Outcome, summarise_study
from serjax.analysis.limits import describe_limits, describe_power
from serjax.records.folder import StudyFiles
from serjax.reporting import formatting
from serjax.reporting.criteria import criteria_blocks
from serjax.reporting.elements import Block, Cell, Drawer, Section, Table, Text, Warning
from serjax.reporting.findings import describe_collapse, describe_progress
from serjax.reporting.forest import forest_plot
from serjax.reporting.formatting import (
    BRACKETS,
    EPOCHS,
    describe_alpha,
    number_cell,
    p_cell,
)

_HOW_TO_READ = (
    "UA is in percent: unweighted accuracy, the mean recall over the classes. Best is "
    "the epoch of best validation UA, last the last epoch. A difference is to the "
    "baseline of the same seed at its own best or last epoch, averaged over the seeds "
    f"that have both. Beside a mean stands {BRACKETS} (Student's t; an interval may "
    "reach past 100). p is of the paired t test, two-sided, and "
    "Holm's p is adjusted for all configurations but the baseline on one part at one "
    "choice of epoch: each part at each choice of epoch has its own 5 % for a false "
    "finding. The sign-flip test beside it assumes no normal distribution. "
    "Runs that collapsed (one class has 95 % or more of the predictions) count like "
    "any other. Nothing was selected on these parts."
)

_STAR = "*: the difference is significant (paired t test, Holm's p below 0.05)."

_Columns = Mapping[str, Callable[[AtEpoch], Cell]]


def _difference(cell: AtEpoch) -> Cell:
    return formatting.seeds_cell(
        cell.difference, formatting.DIFFERENCE, "*" * cell.significant
    )


_SHOWN: _Columns = {
    "UA": lambda it: formatting.seeds_cell(it.ua, formatting.UA),
    "difference": _difference,
    "Holm's p": lambda it: p_cell(it.holm_p),
    "alpha": lambda it: Cell(describe_alpha(it.alpha, it.alphas), it.alpha),
    "collapsed": lambda it: number_cell(it.collapsed, "d"),
}
_TESTS: _Columns = {
    "pairs": lambda it: number_cell(it.difference.n, "d"),
    "difference": _difference,
    "sd": lambda it: number_cell(it.difference.sd, ".1f"),
    "p": lambda it: p_cell(it.difference.p),
    "Holm's p": lambda it: p_cell(it.holm_p),
    "sign-flip p": lambda it: p_cell(it.difference.p_sign_flip),
    "Holm's sign-flip p": lambda it: p_cell(it.holm_p_sign_flip),
    "smallest sign-flip p": lambda it: p_cell(it.difference.smallest_p),
}


def results_section(study: StudyFiles) -> Section:
    """Show every configuration on every part, with what cannot be concluded."""
    outcomes = summarise_study(study)
    if not study.finished:
        text = "No run has finished, so that there are no results yet."
        return Section("results", "Results", [Warning(text)])
    warnings = [
        *describe_progress(outcomes),
        *describe_collapse(outcomes),
        *describe_limits(outcomes),
    ]
    if not any(run.approach == "baseline" for run in study.finished):
        warnings.insert(0, "No baseline has finished: nothing can be compared with it.")
    about = [_HOW_TO_READ, *describe_power(outcomes)]
    blocks: list[Block] = [*map(Text, about), *map(Warning, warnings)]
    for part in dict.fromkeys(row.part for row in outcomes):
        blocks += _part_blocks(part, [row for row in outcomes if row.part == part])
    return Section("results", "Results", [*blocks, *criteria_blocks(outcomes)])


def _part_blocks(part: str, rows: Sequence[Outcome]) -> list[Block]:
    slug = formatting.slug(part)
    titles = {"test": "In-domain (test)", MEAN: "Unseen corpora, their mean"}
    title = titles.get(part, f"Unseen corpus {part}")
    main = Table(
        f"results-{slug}",
        f"{title}: mean UA in percent over seeds and mean difference from the "
        f"baseline in points; {BRACKETS}. {_STAR} Collapsed: how many runs.",
        ["approach", "attributes", "seeds", *formatting.per_epoch(_SHOWN)],
        [[*_names(row), _seeds(row), *_cells(row, _SHOWN)] for row in rows],
        num_names=2,
    )
    figure = forest_plot(part, rows)
    blocks: list[Block] = [main, figure] if figure else [main]
    tested = [row for row in rows if row.best.difference.n > 1]
    if tested:
        sampled = not all(row.best.difference.exact for row in tested)
        tests = Table(
            f"tests-{slug}",
            f"{title}: every test against the baseline. sd is the standard "
            f"deviation of the paired differences (n - 1); {BRACKETS}. {_STAR} "
            "Smallest is the p that so many pairs give when all differences have one "
            "sign.",
            ["approach", "attributes", *formatting.per_epoch(_TESTS)],
            [[*_names(row), *_cells(row, _TESTS)] for row in tested],
            num_names=2,
            notes=["Sign flips are sampled, not all tried: too many seeds."] * sampled,
        )
        blocks.append(Drawer(f"tests-{slug}-drawer", f"All tests on {part}", [tests]))
    return blocks


def _names(row: Outcome) -> list[Cell]:
    return [Cell(row.approach), Cell(row.attributes)]


def _seeds(row: Outcome) -> Cell:
    """Write `3`, or `1 (1 failed, 1 to come)`."""
    more = [f"{row.failed} failed"] if row.failed else []
    more += [f"{row.unfinished} to come"] if row.unfinished else []
    text = str(row.n) + (f" ({', '.join(more)})" if more else "")
    return Cell(text, row.n)


def _cells(row: Outcome, columns: _Columns) -> list[Cell]:
    return [make(row.at(epoch)) for epoch in EPOCHS for make in columns.values()]
