"""The page's section on how it was done: classes, split, selection, seeds, settings."""

import functools
from collections import Counter
from collections.abc import Mapping
from typing import Any

from serjax.config import NEEDS_OF_TARGET, PATHS, Config, all_settings, group_of
from serjax.corpora.labels import describe_classes
from serjax.evaluation.metrics import COLLAPSE_SHARE
from serjax.methods import METHODS, SVM, Method
from serjax.records.folder import StudyFiles
from serjax.records.run_config import RunConfig
from serjax.reporting import elements
from serjax.reporting.elements import Block, Cell, Text, Warning
from serjax.reporting.formatting import ABOUT_SVM, count_values, describe_counts

_DEFAULTS = Config().to_flat()
# What differs between the runs of a study by design.
_VARIED = ("approach", "attributes", "roles", "seed", "ood", "held_out", *PATHS)
_COMPARED = {it for it in all_settings() if group_of(it) != "run"} - {*_VARIED}
# What a reader must know; the others are in the drawer.
_SHOWN = ("label_map", "split", "split_seed", "epochs", "patience", "batch_size")
_SHOWN += ("batches", "class_weights", "learning_rate", "momentum", "warmup_epochs")
_SHOWN += ("schedule", *(it.setting for it in METHODS.values() if it.has_strength))
_SHOWN += ("encoder", "features", "front_end", "num_mels", "window_ms", "hop_ms")
_SHOWN += ("trim_db", "normalisation", "preset")
# What nothing comes of where features are given.
_OF_RECORDINGS = ("front_end", "num_mels", "window_ms", "hop_ms")


def protocol_section(study: StudyFiles) -> elements.Section | None:
    """Say how the runs were made and judged; None where none has begun."""
    records = [run.config for run in study.begun]
    if not study.about and not records:
        return None
    settings = _full((study.about or records[0]).settings)
    used = {str(record.batch_size) for record in records}
    # 0 is a rule; what it came to stands in the runs.
    given = next((it.dataset.features for it in records), None)
    left_out = _OF_RECORDINGS if given else ("features",)
    shown = {name: settings[name] for name in _SHOWN if name not in left_out}
    if given:
        shown["features"] = f"{given.source}, {given.dims} a frame, {given.dtype}"
    if used or not shown["batch_size"]:
        shown["batch_size"] = ", ".join(sorted(used)) or "by the rule"
    blocks: list[Block] = [
        Text(f"{describe_classes(study.classes)}."),
        Text(_describe_seeds(study)),
        *_describe_needs(settings["normalisation"]),
        elements.Listing(_definitions(len(study.classes))),
        *_methods(study),
        *(
            Warning(
                f"The runs differ in {name}: {describe_counts(counts)}. Differences "
                "between them need not be the approaches'."
            )
            for name, counts in settings_that_differ(study).items()
        ),
        _settings_table("protocol-settings", "Settings.", shown),
    ]
    for name, reason in (study.about.not_applicable if study.about else {}).items():
        blocks.append(Text(f"Not applicable to these data: {name}: {reason}"))
    caption = "Every setting that the runs have in common."
    table = _settings_table("settings", caption, settings)
    blocks.append(elements.Drawer("all-settings", "All settings", [table]))
    return elements.Section("protocol", "The protocol", blocks)


def _describe_seeds(study: StudyFiles) -> str:
    seeds = sorted({run.seed for run in study.runs})
    return (
        f"Seeds: {', '.join(map(str, seeds))}. The runs of a seed share what is drawn "
        "(initialisation, order, masks, dropout), as far as they have the same parts, "
        "so that a difference between two of them is taken seed by seed. The split is "
        "the same for all."
    )


def _describe_needs(normalisation: Any) -> list[Block]:
    needs = NEEDS_OF_TARGET.get(str(normalisation))
    if needs is None:  # of another version
        return []
    text = "beside the one utterance that is judged, this needs"
    return [Text(f"Normalised by {normalisation}: {text} {needs} of an unseen corpus.")]


def _definitions(num_classes: int) -> list[str]:
    chance = f"; chance is {100 / num_classes:.2f} %" if num_classes else ""
    return [
        "UA, unweighted accuracy, is the mean over the classes of the recall (macro "
        f"recall, UAR, balanced accuracy), in percent{chance}. WA, weighted accuracy, "
        "is the share of utterances that are right.",
        "best is the epoch of best validation UA, the first among equals. last is the "
        "last epoch. Nothing is chosen by a look at test or at an unseen corpus: no "
        "epoch, no setting, no seed.",
        "alpha is the strength of a method: the weight of the attributes' part in the "
        "loss, or lambda, where nothing is taken from the emotion loss. Where it rises "
        "from 0 along training, an early best epoch hardly had any. Of a mixed run "
        "each role's stands, in the order of its set.",
        f"A run has collapsed on a part where one class has {COLLAPSE_SHARE:.0%} or "
        "more of the predictions. It is flagged, and counts as any other.",
        "test is speakers of the training corpora that neither training nor "
        "validation has; an unseen corpus is tested on whole.",
    ]


def _methods(study: StudyFiles) -> list[Block]:
    """Say what each method of the study does, by its record."""
    known: dict[str, Method] = {}
    for run in study.begun:
        names = [run.approach, *(role.role for role in run.roles.values())]
        known |= {name: run.methods[name] for name in names if name in run.methods}
    lines = [
        f"{name}{f' ({it.symbol})' if it.symbol else ''}: the shared layers {it.does}. "
        f"{it.equation} ({it.reference})."
        for name, it in known.items()
    ]
    lines += ABOUT_SVM * any(run.approach == SVM for run in study.begun)
    return [elements.Listing(lines)] if lines else []


def _full(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that runs share; one that did not exist yet had its default's effect."""
    settings = {**_DEFAULTS, **settings}
    hidden = {"approach", "attributes", "roles", "seed", "workdir", "cache_dir"}
    return {n: value for n, value in settings.items() if n not in hidden}


@functools.lru_cache(maxsize=2)  # the first screen asks as well
def settings_that_differ(study: StudyFiles) -> dict[str, Counter[str]]:
    """Count the values of what differs between runs, and should be comparable."""
    counts = count_values(_comparable(run.config) for run in study.begun)
    return {name: values for name, values in counts.items() if len(values) > 1}


def _comparable(record: RunConfig) -> dict[str, str]:
    facts = {
        name: value
        for name, value in _full(record.settings).items()
        if name in _COMPARED
    }
    facts["batch size used"] = record.batch_size
    facts["classes"] = record.classes
    if not record.settings.get("held_out"):  # else each has its own
        facts["data set"] = record.dataset.identity[:12]
    facts["threads"] = record.threads
    return {name: _plain(value) for name, value in facts.items()}


def _settings_table(name: str, caption: str, settings: Mapping[str, Any]) -> Block:
    help_of = {n: field.metadata["help"] for n, (_, field) in all_settings().items()}
    rows = [
        [Cell(setting), Cell(_plain(value)), Cell(help_of.get(setting, ""))]
        for setting, value in settings.items()
    ]
    return elements.Table(name, caption, ["setting", "value", "meaning"], rows)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "default" if value is None or value == "" else str(value)
