"""A study in words: a line per run, and what stands above the table."""

from collections.abc import Mapping
from typing import Any

from serjax.corpora.labels import describe_classes
from serjax.data import Dataset
from serjax.methods import MIXED, Method
from serjax.reporting.formatting import describe_scores
from serjax.study.plan import Plan


def describe_result(result: Mapping[str, Any]) -> str:
    """One line: `reversal C+S seed 0: test 71.2 %, tess 48.0 %`."""
    name = f"{result['approach']} {result['set_name']} seed {result['seed']}"
    if result["status"] == "failed":
        return f"{name}: {result['error']}"
    return f"{name}: {describe_scores(result['ua'], result['collapsed'])}"


def describe_protocol(plan: Plan, dataset: Dataset) -> list[str]:
    """Say what a reader of the table must know: data, definitions, seeds."""
    config, seeds = plan.config, plan.seeds
    configs = [run.config for run in plan.runs]
    methods: dict[str, Method] = {}
    for it in configs:
        methods |= it.find_methods(plan.methods)
    trained = sorted({dataset.utterances[row].corpus for row in dataset.rows("train")})
    unseen = ", ".join(dataset.ood) or "none"
    speakers = ", ".join(
        f"{part} {len({dataset.utterances[row].speaker for row in rows} - {None})}"
        for part, rows in dataset.evaluation_parts().items()
        if part != "valid"
    )
    sources = [text for text in (config.data.data, *config.data.manifest) if text]
    data = "synthetic" if config.data.is_synthetic else ", ".join(sources)
    lines = [
        "UA in percent (unweighted accuracy = macro recall, UAR); chance is "
        f"{100 / len(dataset.classes):.2f}.",
        f"{describe_classes(dataset.classes)}.",
        f"Preset {config.run.preset or 'paper'}; data {data}; seeds "
        f"{','.join(map(str, seeds))}.",
        f"Trained on {', '.join(trained)}; unseen: {unseen}.",
        f"Speakers tested on: {speakers}.",
        "best: at the epoch of best validation UA; last: at the last epoch; alpha: at "
        "best/last.",
        "diff: to the baseline of the same seed, at its own best or last epoch.",
        "c: runs collapsed at best; one class has 95 % or more of the predictions.",
        *(f"alpha of {n}: its lambda." for n, it in methods.items() if not it.is_taken),
    ]
    if any(it.training.approach == MIXED for it in configs):
        lines.append("alpha of mixed: each role's, in the order of the set.")
    if len(seeds) > 1:
        lines.append("Means over the seeds, ± standard deviation (n - 1).")
    return lines
