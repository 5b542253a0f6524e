"""The section of breakdowns: UA by group, recall per class, confusion matrices."""

import dataclasses
from collections.abc import Iterator, Sequence

from serjax.analysis import breakdowns
from serjax.records.folder import Run, StudyFiles
from serjax.reporting import groups
from serjax.reporting.confusion import confusion_figure
from serjax.reporting.elements import Block, Cell, Drawer, Section, Text, Warning
from serjax.reporting.formatting import counted, mean_cell, slug

_READING = (
    "UA of a group is over the classes among its utterances. Where a class is missing "
    "the column says so, and its numbers do not compare with those over all classes. "
    f"What is not known is a group of its own, “{breakdowns.UNKNOWN}”. The counts "
    "stand beside: a group of two speakers says little about others. All of this is at "
    "the epoch of best validation UA."
)


def breakdowns_section(study: StudyFiles) -> Section | None:
    """Say how well the groups of each part are recognised, and each class."""
    title = "Breakdowns"
    if not study.finished:
        if study.is_run:
            return None
        missing = "No run has finished: there is nothing to break down yet."
        return Section("breakdowns", title, [Warning(missing)])
    blocks: list[Block] = [Text(_READING)]
    for part in study.parts:
        runs = [r for r in study.finished if r.result.ua.get(part) is not None]
        if runs:  # else no utterance of the part has a label
            tested = dataclasses.replace(study, runs=tuple(runs))
            blocks += _part_blocks(tested, part)
    return Section("breakdowns", title, blocks)


def _part_blocks(study: StudyFiles, part: str) -> Iterator[Block]:
    yield from _gender(study, part)
    for attribute in ("corpus", "language"):
        scored = groups.score_study(study, part, attribute)
        if len(scored) > 1:
            yield groups.group_table(study, part, attribute, scored)
    yield _recall(study, part)
    yield from _confusion(study, part)
    scored = groups.score_study(study, part, "speaker")
    table = groups.speaker_table(study, part, scored)
    speakers = [groups.speaker_figure(part, table), table]
    yield Drawer(f"speakers-{slug(part)}", f"{part}: each speaker", speakers, part)


def _gender(study: StudyFiles, part: str) -> Iterator[Block]:
    scored = groups.score_study(study, part, "gender")
    first, *others = scored
    if not others:
        yield Text(f"{part}: gender is {first} throughout, so there is no gap.")
        return
    yield groups.group_table(study, part, "gender", scored)
    gaps = groups.gender_gaps(scored).values()
    if {"female", "male"} <= set(scored) and None in gaps:
        yield Warning(
            f"{part}: women and men were not tested on the same classes, so "
            "their UA do not compare, and no gap is given."
        )


def _recall(study: StudyFiles, part: str) -> Block:
    def cells_of(runs: Sequence[Run]) -> Iterator[Cell]:
        yield groups.collapsed_cell(runs, part)
        recalls = [run.result.recall[part].values() for run in runs]
        for each in zip(*recalls, strict=True):
            yield mean_cell([recall for recall in each if recall is not None])

    counts = [breakdowns.sum_confusion([run], part).sum(1) for run in study.finished]
    heads = [
        f"{name} ({groups.span([int(n[index]) for n in counts], 'utterance')})"
        for index, name in enumerate(study.finished[0].rows.classes)
    ]
    return groups.configuration_table(
        study,
        f"recall-{slug(part)}",
        f"Recall in percent of each class on {part}. {groups.READING}",
        ["collapsed", *heads],
        cells_of,
        part=part,
    )


def _confusion(study: StudyFiles, part: str) -> Iterator[Block]:
    """Draw each approach, and in a drawer each configuration if those are more."""
    classes = study.finished[0].rows.classes
    approaches = groups.by_approach(study.finished)
    configured = {
        " ".join(names).removesuffix(" -"): runs
        for names, runs in breakdowns.configurations(study).items()
    }

    def draw(anchor: str, gathered: dict[str, list[Run]], of_what: str) -> Block:
        titles = [f"{name}\n{counted(len(it), 'run')}" for name, it in gathered.items()]
        matrices = [breakdowns.sum_confusion(it, part) for it in gathered.values()]
        caption = f"Confusion on {part} of each {of_what}."
        return confusion_figure(anchor, matrices, titles, classes, caption, part)

    name, summed = f"confusion-{slug(part)}", "configuration, seeds summed"
    if len(configured) == len(approaches):
        yield draw(name, configured, summed)
        return
    yield draw(name, approaches, "approach, attribute sets and seeds summed")
    title = f"{part}: confusion of each configuration"
    each = draw(f"{name}-each", configured, summed)
    yield Drawer(f"confusions-{slug(part)}", title, [each], part)
