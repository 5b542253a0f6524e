"""Tables and a figure of UA by group: gender, corpus, language, speaker."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure as Canvas

from serjax.analysis.breakdowns import (
    UNKNOWN,
    Group,
    average_by_seed,
    configurations,
    gender_gap,
    score_groups,
)
from serjax.records.folder import Run, StudyFiles
from serjax.reporting import formatting
from serjax.reporting.drawing import COLOURS, style, to_svg
from serjax.reporting.elements import Cell, Figure, Table
from serjax.reporting.formatting import counted, mean_cell, number_cell, slug

READING = (
    f"Mean over seeds {formatting.HALF_WIDTH}, at the epoch of best validation UA. "
    "Collapsed: seeds in which one class has 95 % or more of the part's predictions."
)
_AVERAGED = "each approach averaged over its attribute sets, then over seeds"

Groups = Mapping[str, Mapping[str, Group]]
"""Value -> run's name -> its group."""


def score_study(study: StudyFiles, part: str, attribute: str) -> Groups:
    """Score every finished run by the values of an attribute; the unknown come last."""
    runs = {run.name: score_groups(run.rows, part, attribute) for run in study.finished}
    values = {value for groups in runs.values() for value in groups}
    return {
        value: {name: groups[value] for name, groups in runs.items() if value in groups}
        for value in sorted(values, key=lambda value: (value == UNKNOWN, value))
    }


def configuration_table(
    study: StudyFiles,
    name: str,
    caption: str,
    heads: Iterable[str],
    cells_of: Callable[[Sequence[Run]], Iterable[Cell]],
    notes: Sequence[str] = (),
    part: str = "",
) -> Table:
    """Lay out a row per configuration: its names, its seeds, and its runs' cells."""
    columns = ["approach", "set", "seeds", *heads]
    rows = [
        [*map(Cell, names), number_cell(len(runs), "d"), *cells_of(runs)]
        for names, runs in configurations(study).items()
    ]
    return Table(name, caption, columns, rows, num_names=2, notes=notes, part=part)


def collapsed_cell(runs: Sequence[Run], part: str) -> Cell:
    """Count the runs that collapsed on a part."""
    return number_cell(sum(bool(run.result.collapsed.get(part)) for run in runs), "d")


def group_table(study: StudyFiles, part: str, attribute: str, groups: Groups) -> Table:
    """UA per value of an attribute, a row per configuration; of gender with the gap."""
    has_gap = attribute == "gender" and {"female", "male"} <= set(groups)
    gaps_of = gender_gaps(groups)

    def cells_of(runs: Sequence[Run]) -> Iterator[Cell]:
        yield collapsed_cell(runs, part)
        for found in groups.values():
            tested = [found[run.name] for run in runs if run.name in found]
            yield mean_cell([group.scores.ua for group in tested])
        if has_gap:
            gaps = [gaps_of[run.name] for run in runs]
            yield mean_cell([gap for gap in gaps if gap is not None], "+z.1f")

    gap = " Gap: UA of women less that of men, in points." if has_gap else ""
    heads = [_head(value, [*found.values()]) for value, found in groups.items()]
    return configuration_table(
        study,
        f"{attribute}-{slug(part)}",
        f"UA in percent on {part} by {attribute}. {READING}{gap}",
        ["collapsed", *heads, *["gap"] * has_gap],
        cells_of,
        part=part,
    )


def gender_gaps(groups: Groups) -> dict[str, float | None]:
    """Give run's name -> its gap; None where it has none."""
    by_run: dict[str, dict[str, Group]] = {}
    for value, found in groups.items():
        for name, group in found.items():
            by_run.setdefault(name, {})[value] = group
    return {name: gender_gap(found) for name, found in by_run.items()}


def speaker_table(study: StudyFiles, part: str, speakers: Groups) -> Table:
    """UA per speaker, a column per approach."""
    approaches = by_approach(study.finished)
    rows = []
    for speaker, found in speakers.items():
        one = next(iter(found.values()))
        classes = f"{len(one.classes)} of {len(one.scores.recall)}"
        row = [Cell(speaker), number_cell(one.num_utterances, "d")]
        row.append(Cell(classes, len(one.classes)))
        uas = {name: group.scores.ua for name, group in found.items()}
        averages = [average_by_seed(runs, uas) for runs in approaches.values()]
        rows.append([*row, *map(mean_cell, averages)])
    return Table(
        f"speaker-{slug(part)}",
        f"UA in percent on {part} by speaker, over the classes that the "
        f"speaker has, {_AVERAGED}, {formatting.HALF_WIDTH}, at the epoch of best "
        "validation UA.",
        ["speaker", "utterances", "classes", *approaches],
        rows,
        part=part,
    )


def speaker_figure(part: str, table: Table) -> Figure:
    """Draw a dot per speaker and approach, from their table."""
    speakers = [row[0].text for row in table.rows]
    ua = {
        approach: np.array([row[column].value for row in table.rows], float)
        for column, approach in enumerate(table.columns[3:], 3)
    }
    first = table.columns[3]
    order = np.argsort(ua[first], kind="stable")
    places = np.arange(len(speakers))
    with style():
        canvas = Canvas(figsize=(7.0, 0.17 * len(places) + 1.1), layout="constrained")
        axes = canvas.subplots()
        # The approaches lie side by side on a speaker's line, none hides another.
        shifts = np.linspace(0.2, -0.2, len(ua)) if len(ua) > 1 else [0]
        colours = dict(zip(ua, [COLOURS[-1], *COLOURS], strict=False))
        for (approach, values), shift in zip(ua.items(), shifts, strict=True):
            axes.scatter(
                values[order],
                places + shift,
                s=14,
                marker="D" if approach == first else "o",
                color=colours[approach],
                label=approach,
            )
        axes.set_yticks(places, [speakers[index] for index in order], fontsize=7)
        axes.grid(axis="y", linewidth=0.3, alpha=0.5)
        axes.set_xlabel("UA (%)")
        canvas.legend(loc="outside upper center", ncols=4)
    spans = ", ".join(
        f"{approach} {np.nanmin(values):.0f} to {np.nanmax(values):.0f}"
        for approach, values in ua.items()
    )
    return Figure(
        f"speakers-{slug(part)}-figure",
        f"UA of each speaker of {part}, {_AVERAGED}; ordered by {first}.",
        f"A dot per speaker and approach. UA in percent: {spans}.",
        to_svg(canvas),
        part=part,
    )


def by_approach(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Gather the runs of each approach, whatever their attributes."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(run.approach, []).append(run)
    return found


def span(counts: Sequence[int], noun: str) -> str:
    """Write a count: `12 utterances`; `12 to 14 utterances` where runs differ."""
    low, high = min(counts), max(counts)
    return counted(low, noun) if low == high else f"{low} to {high} {noun}s"


def _head(value: str, found: Sequence[Group]) -> str:
    """`male (3 speakers, 60 utterances)`, and which classes are missing."""
    counts = [
        span([group.num_speakers for group in found], "speaker"),
        span([group.num_utterances for group in found], "utterance"),
    ]
    fewest, most = min(len(it.classes) for it in found), len(found[0].scores.recall)
    if fewest < most:
        counts.append(f"{fewest} of {most} classes")
    return f"{value} ({', '.join(counts)})"
