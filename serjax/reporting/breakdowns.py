"""The section of breakdowns: UA by group, recall per class, confusion matrices."""

import dataclasses

from serjax.analysis.breakdowns import (
    UNKNOWN,
    configurations,
    gender_gap,
    sum_confusion,
)
from serjax.records.folder import StudyFiles
from serjax.reporting import groups
from serjax.reporting.confusion import confusion_figure
from serjax.reporting.elements import (
    Block,
    Drawer,
    Figure,
    Section,
    Table,
    Text,
    Warning,
)
from serjax.reporting.formatting import mean_cell, slug

_READING = (
    "UA of a group is over the classes among its utterances. Where a class is missing "
    "the column says so, and its numbers do not compare with those over all classes. "
    f"What is not known is a group of its own, “{UNKNOWN}”. The counts stand beside: a "
    "group of two speakers says little about others. All of this is at the epoch of "
    "best validation UA."
)


def breakdowns_section(study: StudyFiles) -> Section | None:
    """Say how well the groups of each part are recognised, and each class."""
    title = "Breakdowns"
    if not study.finished:
        missing = "No run has finished: there is nothing to break down yet."
        return Section("breakdowns", title, [Warning(missing)])
    blocks: list[Block] = [Text(_READING)]
    for part in study.parts:
        runs = [r for r in study.finished if r.result.ua.get(part) is not None]
        if not runs:  # no utterance of the part has a label
            continue
        tested = dataclasses.replace(study, runs=tuple(runs))
        blocks += _gender(tested, part)
        blocks += _groups(tested, part)
        blocks += [_recall(tested, part), *_confusion(tested, part)]
        blocks += _speakers(tested, part)
    return Section("breakdowns", title, blocks)


def _gender(study: StudyFiles, part: str) -> list[Block]:
    scored = groups.score_study(study, part, "gender")
    values = groups.group_values(scored)
    if len(values) < 2:
        return [Text(f"{part}: gender is {values[0]} throughout, so there is no gap.")]
    blocks: list[Block] = [groups.group_table(study, part, "gender", scored)]
    gaps = [gender_gap(run.rows, part) for run in study.finished]
    if {"female", "male"} <= set(values) and None in gaps:
        blocks.append(
            Warning(
                f"{part}: women and men were not tested on the same classes, so "
                "their UA do not compare, and no gap is given."
            )
        )
    return blocks


def _groups(study: StudyFiles, part: str) -> list[Block]:
    """By corpus and language, where there are several."""
    scored = {
        attribute: groups.score_study(study, part, attribute)
        for attribute in ("corpus", "language")
    }
    return [
        groups.group_table(study, part, attribute, each)
        for attribute, each in scored.items()
        if len(groups.group_values(each)) > 1
    ]


def _speakers(study: StudyFiles, part: str) -> list[Block]:
    scored = groups.score_study(study, part, "speaker")
    blocks = [
        groups.speaker_figure(study, part, scored),
        groups.speaker_table(study, part, scored),
    ]
    return [Drawer(f"speakers-{slug(part)}", f"{part}: each speaker", blocks)]


def _recall(study: StudyFiles, part: str) -> Table:
    rows = []
    for configuration, runs in configurations(study).items():
        recalls = [list(run.result.recall[part].values()) for run in runs]
        cells = [
            mean_cell([recall for recall in each if recall is not None])
            for each in zip(*recalls, strict=True)
        ]
        rows.append([*groups.name_cells(configuration, runs, part), *cells])
    counts = [sum_confusion([run], part).sum(1) for run in study.finished]
    heads = [
        f"{name} ({groups.span((int(n[index]) for n in counts), 'utterance')})"
        for index, name in enumerate(study.finished[0].rows.classes)
    ]
    return Table(
        name=f"recall-{slug(part)}",
        caption=f"Recall in percent of each class on {part}. {groups.READING}",
        columns=[*groups.NAME_COLUMNS, *heads],
        rows=rows,
        num_names=2,
    )


def _confusion(study: StudyFiles, part: str) -> list[Block]:
    """Draw each approach, and in a drawer each configuration if those are more."""
    classes = study.finished[0].rows.classes
    approaches = groups.by_approach(study.finished)
    configured = {
        " ".join(names).removesuffix(" -"): runs
        for names, runs in configurations(study).items()
    }

    name = f"confusion-{slug(part)}"

    def draw(name: str, gathered: dict, of_what: str) -> Figure:
        return confusion_figure(
            name,
            [sum_confusion(runs, part) for runs in gathered.values()],
            [
                f"{title}\n{groups.span([len(runs)], 'run')}"
                for title, runs in gathered.items()
            ],
            classes,
            f"Confusion on {part} of each {of_what}.",
        )

    if len(configured) == len(approaches):
        return [draw(name, configured, "configuration, seeds summed")]
    summed = "approach, attribute sets and seeds summed"
    each = draw(f"{name}-each", configured, "configuration, seeds summed")
    title = f"{part}: confusion of each configuration"
    return [
        draw(name, approaches, summed),
        Drawer(f"confusions-{slug(part)}", title, [each]),
    ]
