"""Tables and a figure of UA by group: gender, corpus, language, speaker."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure as Canvas

from serjax.analysis.breakdowns import (
    UNKNOWN,
    Configuration,
    Group,
    average_by_seed,
    configurations,
    gender_gap,
    score_groups,
)
from serjax.records.folder import Run, StudyFiles
from serjax.reporting.drawing import COLOURS, style, to_svg
from serjax.reporting.elements import Cell, Figure, Table
from serjax.reporting.formatting import mean_cell, slug

NAME_COLUMNS = ("approach", "set", "seeds", "collapsed")
READING = (
    "Mean over seeds ± half the width of its 95 % t interval, at the epoch of best "
    "validation UA. Collapsed: seeds in which one class has 95 % or more of the part's "
    "predictions."
)
_AVERAGED = "each approach averaged over its attribute sets, then over seeds"

GroupsOf = Mapping[str, Mapping[str, Group]]
"""Run's name -> value -> its group."""


def score_study(study: StudyFiles, part: str, attribute: str) -> GroupsOf:
    """Score every finished run by the values of an attribute."""
    return {run.name: score_groups(run.rows, part, attribute) for run in study.finished}


def group_values(groups: GroupsOf) -> list[str]:
    """Give the values found, in alphabetical order, the unknown last."""
    found = {value for each in groups.values() for value in each}
    return sorted(found, key=lambda value: (value == UNKNOWN, value))


def group_table(
    study: StudyFiles, part: str, attribute: str, groups: GroupsOf
) -> Table:
    """UA per value of an attribute, a row per configuration; of gender with the gap."""
    values = group_values(groups)
    has_gap = attribute == "gender" and {"female", "male"} <= set(values)
    rows = []
    for configuration, runs in configurations(study).items():
        cells = [mean_cell(_ua(runs, groups, value)) for value in values]
        if has_gap:
            gaps = [gender_gap(run.rows, part) for run in runs]
            cells.append(mean_cell([gap for gap in gaps if gap is not None], "+z.1f"))
        rows.append([*name_cells(configuration, runs, part), *cells])
    gap = " Gap: UA of women less that of men, in points." if has_gap else ""
    return Table(
        name=f"{attribute}-{slug(part)}",
        caption=f"UA in percent on {part} by {attribute}. {READING}{gap}",
        columns=[
            *NAME_COLUMNS,
            *(_head(groups, value) for value in values),
            *(["gap"] if has_gap else []),
        ],
        rows=rows,
        num_names=2,
    )


def speaker_table(study: StudyFiles, part: str, groups: GroupsOf) -> Table:
    """UA per speaker, a column per approach."""
    approaches = by_approach(study.finished)
    rows = []
    for speaker in group_values(groups):
        one = _groups_of(groups, speaker)[0]
        classes = f"{len(one.classes)} of {len(one.scores.recall)}"
        rows.append(
            [
                Cell(speaker),
                Cell(str(one.num_utterances), one.num_utterances),
                Cell(classes, len(one.classes)),
                *(
                    mean_cell(_averaged_ua(r, groups, speaker))
                    for r in approaches.values()
                ),
            ]
        )
    return Table(
        name=f"speaker-{slug(part)}",
        caption=f"UA in percent on {part} by speaker, over the classes that the "
        f"speaker has, {_AVERAGED}, ± half the width of the 95 % t interval over "
        "seeds, at the epoch of best validation UA.",
        columns=["speaker", "utterances", "classes", *approaches],
        rows=rows,
    )


def speaker_figure(study: StudyFiles, part: str, groups: GroupsOf) -> Figure:
    """Draw a dot per speaker and approach."""
    speakers = group_values(groups)
    ua = {
        approach: np.array(
            [_mean(_averaged_ua(runs, groups, speaker)) for speaker in speakers]
        )
        for approach, runs in by_approach(study.finished).items()
    }
    first = next(iter(ua))
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
        svg = to_svg(canvas)
    spans = ", ".join(
        f"{approach} {np.nanmin(values):.0f} to {np.nanmax(values):.0f}"
        for approach, values in ua.items()
    )
    return Figure(
        name=f"speakers-{slug(part)}-figure",
        caption=f"UA of each speaker of {part}, {_AVERAGED}; ordered by {first}.",
        description=f"A dot per speaker and approach. UA in percent: {spans}.",
        svg=svg,
    )


def name_cells(
    configuration: Configuration, runs: Sequence[Run], part: str
) -> list[Cell]:
    """Give the cells under `NAME_COLUMNS`."""
    num_collapsed = sum(bool(run.result.collapsed.get(part)) for run in runs)
    approach, set_name = configuration
    return [
        Cell(approach),
        Cell(set_name),
        Cell(str(len(runs)), len(runs)),
        Cell(str(num_collapsed), num_collapsed),
    ]


def by_approach(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Gather the runs of each approach, whatever their attributes."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(run.approach, []).append(run)
    return found


def span(counts: Iterable[int], noun: str) -> str:
    """Write a count: `12 utterances`; `12 to 14 utterances` where runs differ."""
    found = sorted(set(counts))
    number = " to ".join(map(str, dict.fromkeys((found[0], found[-1]))))
    return f"{number} {noun}" + ("" if number == "1" else "s")


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else np.nan  # no dot


def _ua(runs: Sequence[Run], groups: GroupsOf, value: str) -> list[float]:
    found = [groups[run.name].get(value) for run in runs]
    return [group.scores.ua for group in found if group]


def _averaged_ua(runs: Sequence[Run], groups: GroupsOf, value: str) -> list[float]:
    tested = [run for run in runs if value in groups[run.name]]
    return average_by_seed(tested, _ua(tested, groups, value))


def _groups_of(groups: GroupsOf, value: str) -> list[Group]:
    return [each[value] for each in groups.values() if value in each]


def _head(groups: GroupsOf, value: str) -> str:
    """`male (3 speakers, 60 utterances)`, and which classes are missing."""
    found = _groups_of(groups, value)
    counts = [
        span((group.num_speakers for group in found), "speaker"),
        span((group.num_utterances for group in found), "utterance"),
    ]
    num_classes = len(found[0].scores.recall)
    if any(len(group.classes) < num_classes for group in found):
        counts.append(f"{min(len(g.classes) for g in found)} of {num_classes} classes")
    return f"{value} ({', '.join(counts)})"
