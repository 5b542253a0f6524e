"""The section of results: UA over the seeds, differences from the baseline, tests."""

from collections.abc import Sequence

from serjax.analysis.cells import AtEpoch, Outcome, summarise_study
from serjax.analysis.limits import describe_limits, describe_power
from serjax.records.folder import StudyFiles
from serjax.reporting.criteria import criteria_blocks
from serjax.reporting.elements import (
    Block,
    Cell,
    Drawer,
    Section,
    Table,
    Text,
    Warning,
)
from serjax.reporting.findings import describe_collapse, describe_progress, findings
from serjax.reporting.forest import forest_plot
from serjax.reporting.formatting import difference_cell, p_cell, slug, ua_cell
from serjax.reporting.speakers import speakers_section

__all__ = ["findings", "results_section", "speakers_section"]

_HOW_TO_READ = (
    "UA is in percent: unweighted accuracy, the mean recall over the classes. Best is "
    "the epoch of best validation UA, last the last epoch. A difference is to the "
    "baseline of the same seed at its own best or last epoch, averaged over the seeds "
    "that have both. In brackets stands the 95 % interval of the mean over seeds "
    "(Student's t; it may reach past 100). p is of the paired t test, two-sided, and "
    "Holm's p is adjusted for all configurations but the baseline on one part at one "
    "choice of epoch: each part at each choice of epoch has its own 5 % for a false "
    "finding. The sign-flip test beside it assumes no normal distribution. "
    "Runs that collapsed (one class has 95 % or more of the predictions) count like "
    "any other. Nothing was selected on these parts."
)


def results_section(study: StudyFiles) -> Section:
    """Show every configuration on every part, with what cannot be concluded.

    Args:
      study: from `read_study`, finished or not.
    """
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
    for part in study.parts:
        blocks += _part_blocks(part, outcomes)
    return Section("results", "Results", [*blocks, *criteria_blocks(outcomes)])


def _part_blocks(part: str, outcomes: Sequence[Outcome]) -> list[Block]:
    rows = [outcome for outcome in outcomes if outcome.part == part]
    figure = forest_plot(f"forest-{slug(part)}", part, outcomes)
    blocks: list[Block] = [_main_table(part, rows)]
    if figure:
        blocks.append(figure)
    tests = [row for row in rows if row.best.difference.n > 1]
    if tests:
        table = _tests_table(part, tests)
        blocks.append(Drawer(f"{table.name}-drawer", f"All tests on {part}", [table]))
    return blocks


def _main_table(part: str, rows: Sequence[Outcome]) -> Table:
    columns = ["approach", "attributes", "seeds"]
    for epoch in ("best", "last"):
        columns += [f"UA {epoch}", f"difference {epoch}", f"Holm's p {epoch}"]
        columns += [f"alpha {epoch}", f"collapsed {epoch}"]
    return Table(
        f"results-{slug(part)}",
        f"{_title(part)}: mean UA in percent over seeds and mean difference from the "
        "baseline in points, with 95 % intervals over seeds. Bold: the difference is "
        "significant (paired t test, Holm's p below 0.05). Collapsed: how many runs.",
        columns,
        [
            [
                Cell(row.approach),
                Cell(row.attributes),
                _seeds(row),
                *_epoch_cells(row.best),
                *_epoch_cells(row.last),
            ]
            for row in rows
        ],
        num_names=2,
    )


def _tests_table(part: str, rows: Sequence[Outcome]) -> Table:
    columns = ["approach", "attributes"]
    for epoch in ("best", "last"):
        columns += [f"pairs {epoch}", f"difference {epoch}", f"sd {epoch}"]
        columns += [f"p {epoch}", f"Holm's p {epoch}"]
        columns += [f"sign-flip p {epoch}", f"Holm's sign-flip p {epoch}"]
        columns += [f"smallest sign-flip p {epoch}"]
    sampled = not all(row.best.difference.exact for row in rows)
    return Table(
        f"tests-{slug(part)}",
        f"{_title(part)}: every test against the baseline. sd is the standard "
        "deviation of the paired differences (n - 1). Smallest is the p that so many "
        "pairs give when all differences have one sign.",
        columns,
        [
            [
                Cell(row.approach),
                Cell(row.attributes),
                *_test_cells(row.best),
                *_test_cells(row.last),
            ]
            for row in rows
        ],
        num_names=2,
        notes=["Sign flips are sampled, not all tried: too many seeds."] * sampled,
    )


def _epoch_cells(cell: AtEpoch) -> list[Cell]:
    test = cell.difference
    alpha = Cell("-") if cell.alpha is None else Cell(f"{cell.alpha:.2f}", cell.alpha)
    return [
        ua_cell(cell.ua.mean, cell.ua.interval),
        difference_cell(test.mean, test.interval, cell.significant),
        p_cell(cell.holm_p, cell.significant),
        alpha,
        Cell(str(cell.collapsed), cell.collapsed),
    ]


def _test_cells(cell: AtEpoch) -> list[Cell]:
    test = cell.difference
    return [
        Cell(str(test.n), test.n),
        difference_cell(test.mean, test.interval),
        Cell("-") if test.sd is None else Cell(f"{test.sd:.1f}", test.sd),
        p_cell(test.p),
        p_cell(cell.holm_p),
        p_cell(test.p_sign_flip),
        p_cell(cell.holm_p_sign_flip),
        p_cell(test.smallest_p),
    ]


def _seeds(row: Outcome) -> Cell:
    """Write `3`, or `1 (1 failed, 1 to come)`."""
    more = [f"{row.failed} failed"] if row.failed else []
    more += [f"{row.unfinished} to come"] if row.unfinished else []
    text = str(row.n) + (f" ({', '.join(more)})" if more else "")
    return Cell(text, row.n)


def _title(part: str) -> str:
    return "In-domain (test)" if part == "test" else f"Unseen corpus {part}"
