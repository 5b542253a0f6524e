"""The model card: what a classifier is, how well it does, and what it is not for.

Markdown under a header as Hugging Face reads it. All numbers come from the run's files
and, where it is one of a study, from the study's.
"""

import dataclasses
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from serjax.config import NEEDS_OF_TARGET
from serjax.inference.card_tables import (
    describe_data,
    describe_knowledge,
    describe_scores,
    read_mapping,
)
from serjax.inference.trained import Trained
from serjax.records.folder import Run, StudyFiles, read_study
from serjax.reporting.formatting import join_names
from serjax.reporting.writers import markdown_text

_USE = """\
For research on speech emotion recognition, and for teaching. It judges how an utterance
sounds, by the habits of those who labelled the training speech, which may be acted. It
does not know what anyone feels.

It must not be used to decide about a person: in hiring, at work, in education, in
insurance or credit, by the police, at a border or in court. It must not be used on
people who do not know of it, nor for diagnosis. The European Union forbids emotion
recognition at work and in education, but for medical or safety reasons (Regulation
2024/1689, Article 5). On other languages, ages, microphones, rooms or spontaneous
speech expect less than the numbers above; measure on labelled speech of your own first.
"""


@dataclasses.dataclass(frozen=True)
class Stated:
    """What the user states, since no file of a run knows it.

    Attributes:
      name: of the model.
      license: of the model, as Hugging Face names it: `cc-by-nc-4.0`.
      data_licences: of the data, a line each.
    """

    name: str = "serjax model"
    license: str = ""
    data_licences: Sequence[str] = ()


def read_study_of(folder: Path) -> tuple[StudyFiles, Run]:
    """Read a finished run, and the study that it is of; else the run as a study.

    Raises:
      ValueError: a file of the run cannot be read.
    """
    folder = folder.resolve()
    above = next((it for it in folder.parents[:2] if it.name == "runs"), None)
    study = read_study(above.parent if above else folder)
    run = next(it for it in study.runs if it.folder == folder)
    if run.status != "finished":
        raise ValueError(f"{folder} is {run.status}: {run.error}")
    return study, run


def make_facts(run: Run, trained: Trained, epoch: str) -> dict[str, Any]:
    """What a bundle keeps of its run beside the settings: scores, data, mapping."""
    result, last = run.result, "_last" * (epoch == "last")
    corpora = run.config.training_classes
    label_map, cells = read_mapping(trained.config, [*corpora])
    return {
        "run": trained.config.training.name,
        "epoch": epoch,
        "ua": getattr(result, f"ua{last}"),
        "auc": getattr(result, f"auc{last}"),
        "dataset": result.dataset,
        "training_classes": corpora,
        "label_map": {"name": label_map, "labels": cells},
    }


def make_card(
    study: StudyFiles, run: Run, trained: Trained, epoch: str, stated: Stated
) -> str:
    """Write the card.

    Args:
      study: that the run is of, or the run's own folder as a study.
      run: a finished one.
      trained: its classifier at this epoch.
      epoch: best or last.
      stated: what the user states.

    Returns:
      Markdown, of one page or two.
    """
    blocks = [
        _header(run, stated),
        f"# {markdown_text(stated.name)}",
        _opening(run, trained, epoch),
        "## How well it does",
        *describe_scores(study, run, epoch),
        "## Data",
        *describe_data(study, run, trained.config),
        "## What the embedding still knows",
        describe_knowledge(run, epoch),
        "## Use",
        _USE,
        "## Input",
        _input(trained),
        "## Licences",
        f"Model: {markdown_text(stated.license) or 'not stated'}.",
        "\n".join(f"- {markdown_text(it)}" for it in stated.data_licences)
        or "Data: not stated. Weights may fall under the terms of the training data.",
    ]
    return "\n\n".join(it.strip() for it in blocks) + "\n"


def _header(run: Run, stated: Stated) -> str:
    """YAML, of which JSON is a part."""
    rows = run.rows
    languages = rows.attributes["language"][rows.parts != "ood"]
    known = sorted({it for it in languages if re.fullmatch("[a-z]{2,3}", it)})
    header = {
        "language": known,
        "license": stated.license,
        "library_name": "serjax",
        "pipeline_tag": "audio-classification",
        "tags": ["speech-emotion-recognition", "serjax", run.approach],
        "metrics": ["recall", "roc_auc"],
    }
    lines = [f"{name}: {json.dumps(it)}" for name, it in header.items() if it]
    return "\n".join(["---", *lines, "---"])


def _opening(run: Run, trained: Trained, epoch: str) -> str:
    roles = [f"{name} ({role})" for name, role in trained.attributes.items()]
    over = f" over {join_names(roles)}" if roles else ""
    found = {"best": "best validation UA", "last": "its last epoch"}[epoch]
    return markdown_text(
        f"It tells {join_names(trained.classes)} speech apart, utterance by utterance. "
        f"Encoder {trained.config.model.encoder}; approach {run.approach}{over}, after "
        f"Parry et al. (Interspeech 2022); seed {run.seed}, at {found}."
    )


def _input(trained: Trained) -> str:
    features = trained.config.features
    kind, needs = features.normalisation, NEEDS_OF_TARGET[features.normalisation]
    trim = (
        f"Silence at both ends, {features.trim_db:g} dB below the loudest 10 ms, is "
        "cut before all else. An ONNX file does not do it: cut it before."
        if features.trim_db
        else "No silence is cut."
    )
    return (
        f"- Speech at {features.sample_rate_hz:,} Hz; of several channels: "
        f"{', '.join(trained.config.data.channel)}. An ONNX file neither resamples nor "
        f"chooses a channel.\n- {trim}\n"
        f"- Normalisation: {kind}, which needs {needs} beside the utterance."
    )
