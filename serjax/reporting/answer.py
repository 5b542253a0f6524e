"""The first screen: the answer in a sentence, a picture of all of it, what to doubt."""

from collections.abc import Mapping, Sequence

from serjax.analysis.cells import BASELINE, MEAN, Outcome, summarise_study
from serjax.analysis.limits import findable_points
from serjax.analysis.over_corpora import OverCorpora, fewest_corpora
from serjax.analysis.statistics import LEVEL
from serjax.analysis.verdicts import study_verdicts
from serjax.records.folder import StudyFiles
from serjax.reporting.cautions import caution_links
from serjax.reporting.elements import Block, Figure, Section, Text
from serjax.reporting.findings import by_part
from serjax.reporting.formatting import (
    DIFFERENCE,
    counted,
    describe_difference,
    describe_mean,
    join_names,
)
from serjax.reporting.heat_map import Panel, draw_heat_map
from serjax.reporting.over_corpora import over_corpora

_ALL_POINTS = 50.0
"""Points of UA: no approach is that far from its baseline."""


def answer_section(study: StudyFiles) -> Section:
    """Answer, show every difference, and say what not to trust."""
    blocks: list[Block] = [Text(answer(study), lead=True)]
    if figure := _figure(study):
        blocks.append(figure)
    return Section("answer", "The answer", [*blocks, *caution_links(study)])


def answer(study: StudyFiles) -> str:
    """Say in one or two sentences what differs from the baseline, and how sure it is.

    By the best epoch; over corpora where they were held out in turn.
    """
    parts = {part: rows for part, rows in _compared(study).items() if rows}
    if not study.finished:
        return "No run is finished: there is no answer yet."
    if not parts:
        return _of_baseline(study)
    lost = [part for part, its in parts.items() if _all_collapsed(its)]
    if len(lost) == len(parts):
        return (
            "Every run collapsed to one class: this study cannot say whether an "
            "approach differs from the baseline."
        )
    if found := over_corpora(study, "best"):
        return _over_corpora(found)
    if max(o.best.difference.n for rows in parts.values() for o in rows) < 2:
        return (
            "With one seed nothing can be told: no difference from the baseline has an "
            "interval or a test."
        )
    parts = {part: its for part, its in parts.items() if part not in lost}
    sentences = [_significant(parts), _limit(parts)]
    if lost:
        sentences.append(f"On {join_names(lost)} every run collapsed to one class.")
    return " ".join(filter(None, sentences))


def _compared(study: StudyFiles) -> dict[str, list[Outcome]]:
    """The configurations that have a difference from the baseline, by part."""
    found = by_part(summarise_study(study))
    return {part: [o for o in its if o.best.by_seed] for part, its in found.items()}


def _all_collapsed(outcomes: Sequence[Outcome]) -> bool:
    return all(it.best.collapsed == it.n for it in outcomes)


def _of_baseline(study: StudyFiles) -> str:
    found = {o.part: None for o in summarise_study(study)}
    found = {part: _baseline_scores(study, part) for part in found}
    scores = [f"{its} on {part}" for part, its in found.items() if its]
    if not scores:
        return "Nothing can be compared: no run has a finished baseline of its seed."
    return (
        "Nothing is compared with the baseline yet. Its UA in percent is "
        f"{join_names(scores)}; chance is {100 / len(study.classes):.1f}."
    )


def _significant(parts: Mapping[str, Sequence[Outcome]]) -> str:
    """Say what differs on which part, with the largest difference's interval."""
    found = {
        part: [o for o in its if o.best.significant] for part, its in parts.items()
    }
    without = join_names([part for part, its in found.items() if not its], "or")
    if not any(found.values()):
        return f"No approach differs from the baseline on {without}."
    sentences = []
    for part, its in found.items():
        if its:
            largest = max(its, key=lambda o: abs(o.best.difference.mean or 0.0))
            num = counted(len(parts[part]), "configuration")
            sentences.append(
                f"On {part} {len(its)} of {num} {_differ(len(its))} "
                f"{largest.name} by {describe_difference(largest.best.difference)} "
                "points of UA."
            )
    if not all(found.values()):
        sentences.append(f"None differs on {without}.")
    return " ".join(sentences)


def _differ(number: int) -> str:
    if number == 1:
        return "differs from the baseline:"
    return "differ from the baseline, by the mean most of all"


def _limit(parts: Mapping[str, Sequence[Outcome]]) -> str:
    """Say how large a difference must be to be found."""
    known = [it for its in parts.values() if (it := findable_points(its)) is not None]
    seeds = max(o.best.difference.n for its in parts.values() for o in its)
    return _findable(f"With {seeds} seeds", known)


def _findable(condition: str, points: Sequence[float]) -> str:
    if not points:
        return ""
    if min(points) > _ALL_POINTS:
        return f"{condition} no difference could have been found."
    ends = {
        f"{it:.0f}" if it >= 3 else f"{it:.1f}" for it in (min(points), max(points))
    }
    span = " to ".join(sorted(ends, key=float))
    return (
        f"{condition} only differences above about {span} points of UA could have been "
        "found (Holm's p below 0.05)."
    )


def _over_corpora(found: Sequence[OverCorpora]) -> str:
    """Answer over the corpora that were held out in turn: these are the units."""
    tested = [it for it in found if it.p is not None]
    num = max(it.difference.n for it in found)
    where = f"the {num} corpora held out in turn"
    if not tested:
        return f"Over {where} nothing can be tested: it takes two and more."
    apart = [it for it in tested if it.p is not None and it.p < 1 - LEVEL]
    largest = max(apart or tested, key=lambda it: abs(it.difference.mean or 0.0))
    size = describe_mean(largest.difference, DIFFERENCE)
    by = f"{largest.name} by {size} points of UA"
    if not apart:
        few = num < fewest_corpora()
        limit = (
            f"no p can be below 0.05 with fewer than {fewest_corpora()} corpora"
            if few
            else f"the largest mean difference is {by}"
        )
        return f"No approach differs from the baseline over {where}: {limit}."
    return (
        f"Over {where} {len(apart)} of {counted(len(tested), 'configuration')} "
        f"{_differ(len(apart)).replace('most of all', 'most of all,')} {by}."
    )


def _figure(study: StudyFiles) -> Figure | None:
    """Draw every difference at the best epoch; None where there is none."""
    compared = {part: its for part, its in _compared(study).items() if its}
    if not compared:
        return None
    corpora = {(it.approach, it.attributes): it for it in over_corpora(study, "best")}
    chances = {it.part: it.chance for it in study_verdicts(study)}
    panels, told = [], []
    # The mean over corpora, where there is one, says most.
    for part in sorted(compared, key=lambda part: part != MEAN):
        its = {(o.approach, o.attributes): o.best for o in compared[part]}
        marked = {name for name, cell in its.items() if cell.significant}
        if part == MEAN:
            ps = {name: corpora[name].p for name in its if name in corpora}
            marked = {name for name, p in ps.items() if p is not None and p < 1 - LEVEL}
        values = {n: cell.difference.mean or 0.0 for n, cell in its.items()}
        chance = chances.get(part, 100 / len(study.classes))
        title = f"{part}: chance {chance:.1f}"
        if scores := _baseline_scores(study, part):
            title = f"{part}: baseline's UA {scores}, chance {chance:.1f}"
        if _all_collapsed(compared[part]):
            title += "; every run collapsed"
        panels.append(Panel(title, values, frozenset(marked)))
        above = sum(value > 0 for value in values.values())
        low, high = min(values.values()), max(values.values())
        told.append(
            f"{part}: {above} of {len(values)} above the baseline, from "
            f"{low:{DIFFERENCE}} to {high:{DIFFERENCE}}, {len(marked)} with a frame"
        )
    svg, files = draw_heat_map(panels)
    over = f" (in {MEAN}: p over the corpora)" * bool(corpora)
    caption = (
        "Mean difference in UA from the baseline of the same seeds at the best epoch, "
        "in points. Blue is above the baseline, orange below; a frame and a star: "
        f"Holm's p is below 0.05{over}, the corrected interval leaves 0 out."
    )
    return Figure("answer", caption, f"{'; '.join(told)}.", svg, files)


def _baseline_scores(study: StudyFiles, part: str) -> str:
    return "".join(
        describe_mean(o.best.score)
        for o in summarise_study(study)
        if (o.approach, o.attributes, o.part) == (*BASELINE, part)
        and o.best.score.mean is not None
    )
