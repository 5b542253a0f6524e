"""What study.json holds: which study this is, on which data, and how to repeat it.

It is written before the first run is trained, so that a study can be read while it is
under way. The latest start writes it anew: it tells of that start's grid. Runs of an
earlier one stay in their folders, and are found there.
"""

import dataclasses
import os
import platform
from typing import Any

from serjax.config import attribute_set_name
from serjax.data import Dataset, Holding, count_parts, note_parts
from serjax.data.attributes import attribute_columns
from serjax.preparation import find_confounds, warn_of_confounds
from serjax.preparation.inventory import count_reasons
from serjax.study.command import OF_A_RUN, study_command
from serjax.study.plan import Plan
from serjax.training.journal import versions


def describe_study(plan: Plan, dataset: Dataset, device: str) -> dict[str, Any]:
    """What study.json holds; the README lists its keys.

    Args:
      plan: the grid.
      dataset: the data.
      device: what it is trained on, in words.
    """
    flat = plan.config.to_flat()
    return {
        "runs": [
            {
                "name": run.name,
                "approach": run.config.training.approach,
                "attributes": list(run.config.training.attributes),
                "seed": run.config.training.seed,
            }
            for run in plan.runs
        ],
        "approaches": list(plan.approaches),
        "attribute_sets": list(map(attribute_set_name, plan.attribute_sets)),
        "seeds": list(plan.seeds),
        "not_applicable": dict(plan.not_applicable),
        "command": study_command(plan),
        "settings": {k: v for k, v in flat.items() if k not in OF_A_RUN},
        "classes": list(dataset.classes),
        "versions": versions(),
        "device": device,
        "platform": {
            "system": platform.system(),
            "release": platform.release(),
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
        },
        "data": describe_data(dataset),
    }


def describe_data(dataset: Dataset) -> dict[str, Any]:
    """What the data hold, part by part and corpus by corpus, and what can mislead.

    Confounds are those of the training rows: what a model can learn to confuse.
    `experiments.prepare` tells of all rows.
    """
    training = [dataset.utterances[row] for row in dataset.rows("train")]
    columns = attribute_columns(training)
    confounds = find_confounds(columns)
    parts = count_parts(dataset)
    corpora = sorted({it.corpus for it in dataset.utterances})
    by_corpus = {corpus: count_parts(dataset, corpus) for corpus in corpora}
    return {
        "parts": {part: _held(it) for part, it in parts.items()},
        "corpora": {
            corpus: {part: _held(it) for part, it in held.items() if it.utterances}
            for corpus, held in by_corpus.items()
        },
        "confounds": warn_of_confounds(columns, confounds, dataset.classes),
        "associations": [
            {
                "first": it.attribute_a,
                "second": it.attribute_b,
                "rows": it.rows,
                "cramers_v": it.cramers_v,
            }
            for it in confounds
        ],
        "notes": [*dataset.notes, *note_parts(dataset)],
        "skipped": count_reasons(dataset.skipped),
    }


def _held(it: Holding) -> dict[str, Any]:
    record = dataclasses.asdict(it)
    return {"hours": record.pop("duration_s") / 3600, **record}
