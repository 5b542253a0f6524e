"""The section of results: UA over the seeds, differences from the baseline, tests."""

from collections.abc import Callable, Mapping, Sequence

from serjax.analysis.cells import MEAN, AtEpoch, Outcome, summarise_study
from serjax.analysis.limits import describe_limits, describe_power
from serjax.analysis.measures import MEASURES, Measure
from serjax.analysis.upper_bound import (
    ROW,
    bound_notes,
    note_bounds,
    summarise_bounds_of,
)
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
from serjax.reporting.over_corpora import corpora_blocks
from serjax.reporting.verdicts import verdict_blocks

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

_BEST_ALONE = (
    "An older run has these at the best epoch alone; the prior is the class shares of "
    "the training rows, and is not known of an older run without a study.json."
)

_STAR = "*: the difference is significant (paired t test, Holm's p below 0.05)."

_Columns = Mapping[str, Callable[[AtEpoch], Cell]]


def _scored(measure: Measure) -> _Columns:
    """A measure, its difference from the baseline, and Holm's p."""

    def difference(cell: AtEpoch) -> Cell:
        form, mark = f"+{measure.form}", "*" * cell.significant
        return formatting.seeds_cell(cell.difference, form, mark)

    return {
        measure.title: lambda it: formatting.seeds_cell(it.score, measure.form),
        "difference": difference,
        "Holm's p": lambda it: p_cell(it.holm_p),
    }


_UA = MEASURES["ua"]
_OTHERS = [MEASURES[name] for name in ("auc", "ua_even", "nll")]
_SHOWN: _Columns = {
    **_scored(_UA),
    "alpha": lambda it: Cell(describe_alpha(it.alpha, it.alphas), it.alpha),
    "collapsed": lambda it: number_cell(it.collapsed, "d"),
}
_TESTS: _Columns = {
    "pairs": lambda it: number_cell(it.difference.n, "d"),
    "difference": _scored(_UA)["difference"],
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
    blocks: list[Block] = [*map(Warning, warnings), *corpora_blocks(study)]
    for part in dict.fromkeys(row.part for row in outcomes):
        blocks += _part_blocks(study, part)
        others = [_measure_table(study, part, measure) for measure in _OTHERS]
        title = f"AUC, UA with even offsets and NLL on {part}"
        name = f"measures-{formatting.slug(part)}-drawer"
        blocks.append(Drawer(name, title, others, part))
    blocks += map(Text, [_HOW_TO_READ, *describe_power(outcomes)])
    blocks += [*verdict_blocks(study), *criteria_blocks(outcomes)]
    return Section("results", "Results", blocks)


def _title(part: str) -> str:
    titles = {"test": "In-domain (test)", MEAN: "Unseen corpora, their mean"}
    return titles.get(part, f"Unseen corpus {part}")


def _measure_table(study: StudyFiles, part: str, measure: Measure) -> Table:
    """Show a measure other than UA on a part; with the NLL the prior's."""
    columns, rows = _scored(measure), _rows(study, part, measure.name)
    heads = ["approach", "attributes", "seeds", *formatting.per_epoch(columns)]
    lines = {
        (it.approach, it.attributes): [*_names(it), _seeds(it), *_cells(it, columns)]
        for it in rows
    }
    if measure.name == "nll":
        heads.append("NLL of the prior")
        for it in _rows(study, part, "nll_prior"):
            cell = number_cell(it.best.score.mean, measure.form)
            lines[it.approach, it.attributes].append(cell)
    return Table(
        f"{measure.name.replace('_', '-')}-{formatting.slug(part)}",
        f"{_title(part)}: {measure.about} Mean over seeds and mean difference from the "
        f"baseline; {BRACKETS}. {_STAR}",
        heads,
        [*lines.values()],
        num_names=2,
        notes=[
            *_bound_notes(study, part),
            *[_BEST_ALONE] * any(not it.result.auc for it in study.finished),
        ],
        num_apart=_num_bounds(rows),
    )


def _rows(study: StudyFiles, part: str, measure: str = "ua") -> list[Outcome]:
    """What is known of a part: every configuration, and last the upper bound."""
    rows = summarise_study(study, measure) + summarise_bounds_of(study, measure)
    return [row for row in rows if row.part == part]


def _num_bounds(rows: Sequence[Outcome]) -> int:
    return sum(row.approach == ROW for row in rows)


def _bound_notes(study: StudyFiles, part: str) -> list[str]:
    """Say below a part's table whom its upper bound is of, or why there is none."""
    about = bound_notes(study)
    told = {it: note for it, note in about.items() if part in (it, MEAN)}
    is_due = part in about and study.upper_bound(part).runs
    has_none = bool(is_due) and not _num_bounds(_rows(study, part))
    return [*note_bounds(told), *["No run of it has finished."] * has_none]


def _part_blocks(study: StudyFiles, part: str) -> list[Block]:
    slug, title, shown = formatting.slug(part), _title(part), _rows(study, part)
    rows = [row for row in shown if row.approach != ROW]
    main = Table(
        f"results-{slug}",
        f"{title}: mean UA in percent over seeds and mean difference from the "
        f"baseline in points; {BRACKETS}. {_STAR} Collapsed: how many runs.",
        ["approach", "attributes", "seeds", *formatting.per_epoch(_SHOWN)],
        [[*_names(row), _seeds(row), *_cells(row, _SHOWN)] for row in shown],
        num_names=2,
        notes=_bound_notes(study, part),
        num_apart=_num_bounds(shown),
        part=part,
    )
    figure = forest_plot(part, rows)
    blocks: list[Block] = [figure, main] if figure else [main]
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
        name = f"tests-{slug}-drawer"
        blocks.append(Drawer(name, f"All tests on {part}", [tests], part))
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
