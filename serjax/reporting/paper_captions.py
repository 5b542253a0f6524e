"""The words around the paper's tables, from the runs' files: captions, notes, warnings.

A table is described by the keys of its cells.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from serjax.analysis.paper import ABBREVIATIONS, Paper
from serjax.methods import order_approaches
from serjax.records.folder import StudyFiles
from serjax.reporting.formatting import HALF_WIDTH
from serjax.reporting.paper_cells import Key, find, name_approach, name_part

_EPOCHS = {
    "best": "best: at the epoch of best validation UA",
    "last": "last: at the last epoch",
}
_ALPHAS = {"best": "alpha_at_best", "last": "alpha_last"}


def warnings(study: StudyFiles, paper: Paper) -> Iterable[str]:
    """Say what keeps the study's numbers from being set beside the paper's."""
    if not study.finished:
        yield "No run has finished yet: there is nothing to set beside the paper."
    elif not any(run.approach == "baseline" for run in study.finished):
        yield "No baseline has finished yet, so nothing of ours can be bold."
    if study.finished and len(study.parts) == 1:
        yield (
            "This study has no unseen corpus, and so nothing to set beside the paper's "
            "Tables 2 and 3 and its supplement, which are about unseen corpora."
        )
    if study.finished and sorted(study.classes) != sorted(paper.classes):
        yield (
            f"The paper's classes are {', '.join(paper.classes)}; this study's are "
            f"{', '.join(study.classes)}. Its numbers and ours cannot be compared."
        )
    others = [run.approach for run in study.runs if run.approach not in ABBREVIATIONS]
    if others:
        counts = Counter(others)
        names = ", ".join(f"{it} {counts[it]}" for it in order_approaches(others))
        yield (
            f"Runs of what the paper does not have: {names}. They stand in no table "
            "here."
        )


def describe(study: StudyFiles, paper: Paper, title: str, keys: Sequence[Key]) -> str:
    """Write a caption: what is shown, over which seeds, at which alphas."""
    seeds = sorted({run.seed for run in study.finished})
    which = ", ".join(map(str, seeds))
    over = f"one seed ({which}), so without an interval"
    if len(seeds) > 1:
        over = f"means over the seeds {which} {HALF_WIDTH}"
    epochs = list(dict.fromkeys(key.epoch for key in keys))
    alphas = "".join(_describe_alphas(study, epoch, keys) for epoch in epochs)
    parts = dict.fromkeys(key.part for key in keys)
    own = ""
    if others := [part for part in parts if part not in study.parts]:
        own = (
            f" {' and '.join(others)}: the paper's numbers alone; these are other "
            "corpora than this study's unseen ones."
        )
    return (
        f"{title}: UA in percent; chance is {100 / len(study.classes):.1f}. "
        f"Ours: {over}; {'; '.join(_EPOCHS[epoch] for epoch in epochs)}. "
        f"{alphas}Paper: {paper.citation}, single runs on its own corpora.{own} "
        "Bold: above the baseline (ours by the mean over the seeds that both have, the "
        "paper's as printed)."
    )


def _describe_alphas(study: StudyFiles, epoch: str, keys: Sequence[Key]) -> str:
    """Write `Alpha at best: MTL 0.10, GR 0.02 to 0.48. `; nothing if none ran."""
    ranges = []
    sets = {key.set_name for key in keys}
    for approach, name in ABBREVIATIONS.items():
        alphas = [
            getattr(run.result, _ALPHAS[epoch])
            for run in study.finished
            if run.approach == approach != "baseline" and run.set_name in sets
        ]
        if alphas:
            ends = dict.fromkeys(f"{it:.2f}" for it in (min(alphas), max(alphas)))
            ranges.append(f"{name} {' to '.join(ends)}")
    return f"Alpha at {epoch}: {', '.join(ranges)}. " if ranges else ""


def notes(study: StudyFiles, paper: Paper, keys: Sequence[Key]) -> Iterable[str]:
    """Write what else a reader of these cells must know."""
    parts = {key.part for key in keys}
    sets = {key.set_name for key in keys} - {"-"}
    pairs = {(key.approach, key.set_name) for key in keys}
    runs = [run for run in study.runs if (run.approach, run.set_name) in pairs]
    failed = [run.name for run in runs if run.status in ("failed", "broken")]
    pending = sum(run.status in ("unfinished", "planned") for run in runs)
    if collapsed := _describe_collapses(study, keys):
        yield (
            "† Means with runs that collapsed, one class having nearly all of the "
            f"predictions there: {collapsed}."
        )
    if failed:
        yield f"Failed or broken, so in no mean: {', '.join(failed)}."
    if pending:
        yield f"Not finished: {pending} of {len(runs)} runs."
    for name, reason in (study.about.not_applicable if study.about else {}).items():
        if name in sets:
            yield f"Not applicable: {name} ({reason})"
    yield from _remarks(paper, parts, sets)


def _remarks(paper: Paper, parts: set[str], sets: set[str]) -> Iterable[str]:
    """Say what is to be known of the paper's own numbers in a table."""
    shown = [part for part in paper.unseen if part in parts]
    for part in shown:
        baseline = paper.numbers[part, "baseline", "-"]
        if baseline.note:
            yield f"The paper's baseline on {part} is {baseline.note}."
    for it in paper.inconsistent:
        if it.part in parts and it.set_name in sets:
            yield (
                f"The paper's {name_approach(it.approach, it.set_name)} on {it.part}, "
                f"{it.ua:.2f}, is {'' if it.bold else 'not '}in bold there, with a "
                f"baseline of {paper.numbers[it.part, 'baseline', '-'].ua:.2f}."
            )
    printed = {
        it.set_name for it in paper.numbers.values() if it.approach == "reversal"
    }
    told = [it for it in paper.reversal_beats_both if it in sets - printed]
    if shown and told:
        yield (
            f"Of {ABBREVIATIONS['reversal']} {' and '.join(told)} the paper says that "
            "it is over both of its baselines, and prints no number."
        )


def _describe_collapses(study: StudyFiles, keys: Sequence[Key]) -> str:
    """Write `tess at best: MTL S 1 of 3, GR S 2 of 3; tess at last: all runs`."""
    places: dict[str, dict[str, None]] = {}
    spared: set[str] = set()  # places where a run did not collapse
    for key in keys:
        outcome = find(study, key)
        if not outcome:
            continue
        collapsed = outcome.at(key.epoch).collapsed
        place = f"{name_part(key.part)} at {key.epoch}"
        if collapsed < outcome.n:
            spared.add(place)
        if collapsed:
            name = name_approach(key.approach, key.set_name)
            # Once, though the baseline stands in several columns.
            places.setdefault(place, {})[f"{name} {collapsed} of {outcome.n}"] = None
    return "; ".join(
        f"{place}: {', '.join(it) if place in spared else 'all runs'}"
        for place, it in places.items()
    )
