"""What study.json holds: which study this is, on which data, and how to repeat it.

It is written before the first run is trained, so that a study can be read while it is
under way. The latest start's grid is in it. Runs of an earlier one stay in their
folders, and are found there.
"""

import contextlib
import dataclasses
import os
import platform
from collections.abc import Mapping

import msgspec

from serjax.config import Config, all_settings, as_text, make_config
from serjax.config import attribute_set_name as name_set
from serjax.data import Dataset, Holding, count_parts, note_parts, write_skipped
from serjax.data.attributes import attribute_columns
from serjax.data.splits import DRAWN_PARTS
from serjax.preparation import find_confounds, warn_of_confounds
from serjax.preparation.inventory import count_reasons
from serjax.records import study_record as records
from serjax.records.folder import UPPER_BOUND
from serjax.study.grid import ALL_ATTRIBUTE_SETS
from serjax.study.plan import Plan, PlannedRun
from serjax.versions import OF_A_RESULT, library_versions

OF_A_RUN = ("approach", "attributes", "roles", "seed")
"""Settings that the grid decides, run by run."""

_GRID = ("command", "settings", "data")  # of study.json; the rest is the machine's


def open_study(plan: Plan, folds: Mapping[str, Dataset], device: str) -> None:
    """Write study.json and skipped.csv to the study's folder, which is there.

    A study.json of this very grid stays as it is, on whichever machine it was written:
    several processes may begin one study.
    """
    skipped = next(iter(folds.values())).skipped
    write_skipped(plan.workdir / "skipped.csv", skipped)
    record = describe_study(plan, folds, device)
    with contextlib.suppress(OSError, ValueError):
        there = records.StudyRecord.read(plan.workdir)
        if all(getattr(there, it) == getattr(record, it) for it in _GRID):
            return
    record.write(plan.workdir)


def describe_study(
    plan: Plan, folds: Mapping[str, Dataset], device: str
) -> records.StudyRecord:
    """What study.json holds of a grid, its data, and the device, which is in words."""
    return records.StudyRecord(
        runs=[_grid_run(run) for run in plan.runs],
        approaches=list(plan.approaches),
        attribute_sets=list(map(name_set, plan.attribute_sets)),
        seeds=list(plan.seeds),
        roles=list(map(as_text, plan.roles)),
        not_applicable=dict(plan.not_applicable),
        command=study_command(plan),
        settings={k: v for k, v in plan.config.to_flat().items() if k not in OF_A_RUN},
        classes=list(next(iter(folds.values())).classes),
        versions=library_versions(OF_A_RESULT),
        device=device,
        platform={
            "system": platform.system(),
            "release": platform.release(),
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
        },
        data=describe_data(folds),
        held_out=list(plan.held_out),
        family=plan.family,
        upper_bound={
            corpus: records.BoundFacts(
                note, [_grid_run(run) for run in plan.bounds if run.bound == corpus]
            )
            for corpus, note in plan.bound_notes.items()
        },
    )


def _grid_run(run: PlannedRun) -> records.GridRun:
    it, name = run.config.training, run.name.removeprefix(f"{UPPER_BOUND}/{run.bound}/")
    attributes = list(it.attributes)
    return records.GridRun(name, it.approach, attributes, it.seed, run.held_out)


def describe_data(folds: Mapping[str, Dataset]) -> records.DataFacts:
    """What the data hold, part by part and corpus by corpus, and what can mislead.

    Confounds are those of the training rows: what a model can learn to confuse.
    `experiments.prepare` tells of all rows. Where corpora are held out in turn the
    confounds are of the first fold, the parts the unseen corpora, and each corpus
    stands with its parts where it is not held out.
    """
    first, *others = map(_describe_fold, folds.values())
    parts, corpora = dict(first.parts), dict(first.corpora)
    for fold in others:
        parts |= fold.parts
        for corpus, its in fold.corpora.items():
            corpora[corpus] = {**its, **corpora[corpus]}
    if "" not in folds:
        parts = {name: it for name, it in parts.items() if name not in DRAWN_PARTS}
    return msgspec.structs.replace(first, parts=parts, corpora=corpora)


def _describe_fold(dataset: Dataset) -> records.DataFacts:
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


def study_command(plan: Plan) -> list[str]:
    """The words that repeat the study, from the folder in which it was started."""
    sets = ",".join(map(name_set, plan.attribute_sets))
    if plan.attribute_sets == ALL_ATTRIBUTE_SETS:
        sets = "all"
    return [
        *command_words("study", plan.config),
        *(f"--roles={as_text(it)}" for it in plan.roles),
        f"--approaches={as_text(plan.approaches)}",
        f"--attribute_sets={sets}",
        f"--seeds={as_text(plan.seeds)}",
        *(["--upper_bound"] if plan.bound_notes else []),
        *([f"--family={plan.family}"] if plan.family != "paper" else []),
    ]


def command_words(script: str, config: Config) -> list[str]:
    """A script, and each setting that differs from what it is without a flag.

    Those of `OF_A_RUN` are left out.
    """
    settings = config.to_flat()
    sources = {"data": config.data.data, "manifest": config.data.manifest}
    preset = config.run.preset or "paper"  # Settings alone are the paper's.
    words = ["python", "-m", f"experiments.{script}"]
    if make_config(**sources).run.preset != preset:
        words.append(f"--preset={preset}")
    usual = make_config(preset=preset).to_flat()
    for name, (_, field) in all_settings().items():
        value = settings[name]
        if name in (*OF_A_RUN, "preset") or value == usual[name]:
            continue
        values = value if field.metadata.get("repeated") else [value]
        words += [f"--{name}={as_text(it)}" for it in values]
    return words


def _facts(it: Holding) -> records.PartFacts:
    record = dataclasses.asdict(it)
    return records.PartFacts(hours=record.pop("duration_s") / 3600, **record)
