"""A study in words: a line per run, and the table with what stands around it."""

import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from serjax.analysis.cells import Result, summarise
from serjax.analysis.collapse import advise
from serjax.analysis.upper_bound import note_bounds, split_results, summarise_bounds
from serjax.corpora.labels import describe_classes
from serjax.data import Dataset, count_parts
from serjax.methods import MIXED, SVM, Method
from serjax.records.run_config import RunConfig
from serjax.reporting.formatting import ABOUT_SVM, describe_scores
from serjax.reporting.terminal import Table
from serjax.study.plan import Plan


def describe_result(result: Mapping[str, Any]) -> str:
    """One line: `reversal C+S seed 0: test 71.2 %, tess 48.0 %`."""
    name = f"{result['approach']} {result['set_name']} seed {result['seed']}"
    name = f"{result['held_out']} out, {name}" if "held_out" in result else name
    if "upper_bound" in result:
        name = f"upper bound of {result['upper_bound']}, {name}"
    if result["status"] == "failed":
        return f"{name}: {result['error']}"
    return f"{name}: {describe_scores(result['ua'], result['collapsed'])}"


def make_table(
    plan: Plan,
    folds: Mapping[str, Dataset],
    results: Sequence[Result],
    failed: Sequence[Result],
) -> Table:
    """Summarise what has ended, with what a reader must know above and below it."""
    (of_grid, beside), (failed_of_grid, failed_beside) = (
        split_results(results),
        split_results(failed),
    )
    notes = note_bounds(plan.bound_notes)
    missing = plan.not_applicable.items()
    notes += [f"Not applicable: {name} ({reason})" for name, reason in missing]
    notes += [f"Failed: {describe_result(result)}" for result in failed]
    notes += note_threads(run.folder for run in plan.runs)
    first = next(iter(folds.values()))
    training = count_parts(first)["train"].classes if "" in folds else {}
    notes += advise(of_grid, plan.config.to_flat(), training)
    return Table(
        summarise(of_grid, failed_of_grid),
        describe_protocol(plan, folds),
        notes,
        bounds=summarise_bounds(plan.bound_notes, beside, failed_beside),
    )


def note_threads(folders: Iterable[Path]) -> list[str]:
    """Say so where runs were computed with several numbers of threads."""
    counts: Counter[int] = Counter()
    for folder in folders:
        with contextlib.suppress(OSError, ValueError):
            counts[RunConfig.read(folder).threads or 0] += 1
    del counts[0]  # of an accelerator, or not known
    each = [f"{number} with {threads}" for threads, number in sorted(counts.items())]
    told = "another number adds in another order, and differs as another seed does."
    several = f"The runs differ in threads ({', '.join(each)}): {told}"
    return [several] if len(counts) > 1 else []


def describe_protocol(plan: Plan, folds: Mapping[str, Dataset]) -> list[str]:
    """Say what a reader of the table must know: data, definitions, seeds."""
    config, seeds = plan.config, plan.seeds
    configs = [run.config for run in plan.runs]
    methods: dict[str, Method] = {}
    for it in configs:
        methods |= it.find_methods(plan.methods)
    dataset = next(iter(folds.values()))
    trained: set[str] = set()
    speakers: dict[str, int] = {}
    for fold in folds.values():
        utterances = fold.utterances
        trained |= {utterances[row].corpus for row in fold.rows("train")}
        for part, rows in fold.evaluation_parts().items():
            heard = {utterances[row].speaker for row in rows} - {None}
            if part != "valid" and (part != "test" or not plan.held_out):
                speakers[part] = len(heard)
    unseen = ", ".join(sorted({*dataset.ood} - {*plan.held_out})) or "none"
    data_line = f"Trained on {', '.join(sorted(trained))}; unseen: {unseen}."
    if plan.held_out:
        data_line = (
            f"Each of {', '.join(plan.held_out)} held out in turn, and all others of "
            f"{', '.join(sorted(trained))} trained on; never trained on: {unseen}."
        )
    sources = [text for text in (config.data.data, *config.data.manifest) if text]
    data = "synthetic" if config.data.is_synthetic else ", ".join(sources)
    lines = [
        "UA in percent (unweighted accuracy = macro recall, UAR); chance is "
        f"{100 / len(dataset.classes):.2f}.",
        f"{describe_classes(dataset.classes)}.",
        f"Preset {config.run.preset or 'paper'}; data {data}; seeds "
        f"{','.join(map(str, seeds))}.",
        data_line,
        f"Speakers tested on: {', '.join(f'{n} {it}' for n, it in speakers.items())}.",
        "best: at the epoch of best validation UA; last: at the last epoch; alpha: at "
        "best/last.",
        "diff: to the baseline of the same seed, at its own best or last epoch.",
        "c: runs collapsed at best; one class has 95 % or more of the predictions.",
        *(
            f"alpha of {name}: its lambda."
            for name, it in methods.items()
            if it.has_strength and not it.is_taken
        ),
    ]
    if (needs := config.features.needs_of_target) != "nothing":
        lines.append(
            f"Normalised by {config.features.normalisation}: needs {needs} of an "
            "unseen corpus."
        )
    if SVM in plan.approaches:
        lines += ABOUT_SVM
    if any(it.training.approach == MIXED for it in configs):
        lines.append("alpha of mixed: each role's, in the order of the set.")
    if len(seeds) > 1:
        lines.append("Means over the seeds, ± standard deviation (n - 1).")
    return lines
