"""What study.json holds: which study this is, on which data, and how to repeat it.

It is written before the first run is trained, so that a study can be read while it is
under way. The latest start writes it anew: it tells of that start's grid. Runs of an
earlier one stay in their folders, and are found there.
"""

import dataclasses
import os
import platform

from serjax.config import attribute_set_name
from serjax.data import Dataset, Holding, count_parts, note_parts
from serjax.preparation import find_confounds, warn_of_confounds
from serjax.preparation.columns import attribute_columns
from serjax.preparation.inventory import count_reasons
from serjax.records import study_record as records
from serjax.study.command import OF_A_RUN, study_command
from serjax.study.plan import Plan
from serjax.versions import OF_A_RESULT, library_versions


def describe_study(plan: Plan, dataset: Dataset, device: str) -> records.StudyRecord:
    """What study.json holds of a grid, its data, and the device, which is in words."""
    flat = plan.config.to_flat()
    return records.StudyRecord(
        runs=[
            records.GridRun(name, it.approach, list(it.attributes), it.seed)
            for name, it in ((run.name, run.config.training) for run in plan.runs)
        ],
        approaches=list(plan.approaches),
        attribute_sets=list(map(attribute_set_name, plan.attribute_sets)),
        seeds=list(plan.seeds),
        not_applicable=dict(plan.not_applicable),
        command=study_command(plan),
        settings={k: v for k, v in flat.items() if k not in OF_A_RUN},
        classes=list(dataset.classes),
        versions=library_versions(OF_A_RESULT),
        device=device,
        platform={
            "system": platform.system(),
            "release": platform.release(),
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
        },
        data=describe_data(dataset),
    )


def describe_data(dataset: Dataset) -> records.DataFacts:
    """What the data hold, part by part and corpus by corpus, and what can mislead.

    Confounds are those of the training rows: what a model can learn to confuse.
    `experiments.prepare` tells of all rows.
    """
    training = [dataset.utterances[row] for row in dataset.rows("train")]
    columns = attribute_columns(training)
    confounds = find_confounds(columns)
    return records.DataFacts(
        parts={part: _facts(it) for part, it in count_parts(dataset).items()},
        corpora={
            corpus: {
                part: _facts(it)
                for part, it in count_parts(dataset, corpus).items()
                if it.utterances
            }
            for corpus in sorted({it.corpus for it in dataset.utterances})
        },
        confounds=warn_of_confounds(columns, confounds, dataset.classes),
        associations=[
            records.Association(it.attribute_a, it.attribute_b, it.rows, it.cramers_v)
            for it in confounds
        ],
        notes=[*dataset.notes, *note_parts(dataset)],
        skipped=count_reasons(dataset.skipped),
    )


def _facts(it: Holding) -> records.PartFacts:
    record = dataclasses.asdict(it)
    return records.PartFacts(hours=record.pop("duration_s") / 3600, **record)
