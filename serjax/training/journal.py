"""A run on disk: settings first, a line per epoch, the result last."""

import dataclasses
import json
import math
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from serjax.config import ATTRIBUTES, PATHS, Config, group_of
from serjax.data import Dataset, stretch_columns
from serjax.errors import NonFinite
from serjax.evaluation import Scores
from serjax.evaluation.prediction import Predictions
from serjax.files import replacing, write_csv, write_json
from serjax.versions import library_versions

_LIBRARIES = ("jax", "jaxlib", "flax", "optax", "orbax-checkpoint", "numpy", "scipy")
_LIBRARIES += ("librosa", "soundfile", "soxr")
# What a damaged config.json raises where it is read.
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that can change a result."""
    return library_versions(_LIBRARIES)


def read_result(workdir: Path) -> dict[str, Any] | None:
    """A finished run's result.json; None for one that is unfinished or not there.

    One that is damaged is warned of, and counts as not there: the run is evaluated
    anew from its last checkpoint, to the same bits.
    """
    path = workdir / "result.json"
    try:
        record = json.loads(path.read_bytes())
        if not isinstance(record, dict):
            raise ValueError("it is no object")
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        warnings.warn(f"{path} is damaged ({error}) and made anew.", stacklevel=3)
        return None
    return record


def find_result(
    workdir: Path, config: Config, facts: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The result of this very run, if it is finished; nothing is written.

    Raises:
      ValueError: another run lives there; the message lists the differences.
    """
    if not (workdir / "config.json").exists():
        return None
    refuse_other_settings(workdir, config, facts)
    return read_result(workdir)


def describe_failure(config: Config, error: NonFinite) -> dict[str, Any]:
    """What failure.json holds: which run diverged, and how."""
    return {
        "status": "failed",
        "approach": config.training.approach,
        "attributes": list(config.training.attributes),
        "seed": config.training.seed,
        "error": str(error),
        "epoch": error.epoch,
        "alpha": error.alpha,
        "not_finite": list(error.quantities),
    }


def open_run(workdir: Path, config: Config, facts: Mapping[str, Any]) -> None:
    """Write config.json, or check that the run there has these very settings.

    Args:
      workdir: the run's folder.
      config: the settings.
      facts: what else identifies the run and must agree: batch size, classes, data set.

    Raises:
      ValueError: another run lives there; the message lists the differences.
    """
    path = workdir / "config.json"
    if path.exists():
        refuse_other_settings(workdir, config, facts)
        return
    if (workdir / "result.json").exists() or (workdir / "metrics.jsonl").exists():
        raise ValueError(
            f"{workdir} holds a run without its config.json; choose another --workdir."
        )
    record = {
        "settings": config.to_flat(),
        "config_hash": config.hash(),
        **facts,
        "versions": versions(),
    }
    write_json(path, record)


def read_config(folder: Path, *facts: str) -> dict[str, Any]:
    """A run's config.json.

    Raises:
      ValueError: it is damaged, or lacks its settings or one of `facts`.
    """
    path = folder / "config.json"
    try:
        record = json.loads(path.read_bytes())
        _ = record["settings"].items(), [record[name] for name in facts]
    except _MALFORMED as error:
        raise ValueError(
            f"{path} is damaged ({type(error).__name__}: {error}), so it is not known "
            "which run this is; choose another folder, or move this one away."
        ) from error
    return record


def refuse_other_settings(
    folder: Path, config: Config, facts: Mapping[str, Any]
) -> None:
    """Raise ValueError if the run of a folder's config.json differs, saying in what."""
    stored = read_config(folder)
    # A setting that did not exist yet had the effect of its default.
    settings = {**Config().to_flat(), **stored["settings"]}
    differences = [
        f"{name}={_plain(settings[name])} there, {_plain(value)} given"
        for name, value in config.to_flat().items()
        # Where a run lives, and by which path its data are reached, are free.
        if group_of(name) != "run" and name not in (*PATHS, "ood")
        if settings[name] != value
    ]
    facts = {"own_code": {}, **facts} if facts else facts
    for name in ("classes", "dataset", "batch_size", "own_code"):
        if name in facts and stored.get(name, {}) != facts[name]:
            differences.append(
                f"{name}={_plain(stored.get(name))} there, {_plain(facts[name])} given"
            )
    if differences:
        raise ValueError(
            f"{folder} is of a run with other settings: {'; '.join(differences)}. "
            "Choose another --workdir, or give the settings of the run there."
        )


def append_metrics(workdir: Path, line: Mapping[str, Any]) -> None:
    """Append one epoch to metrics.jsonl; a norm that overflowed is null, as JSON is."""
    record = {
        name: value if math.isfinite(value) else None for name, value in line.items()
    }
    with (workdir / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(record) + "\n")


def write_predictions(
    workdir: Path, dataset: Dataset, best: Predictions, last: Predictions
) -> None:
    """Write predictions.csv (best epoch) and embeddings.npz (best and last epoch)."""
    extra = sorted({n for u in dataset.utterances for n, _ in u.extra})
    header = ["file", "part", *ATTRIBUTES.values(), *extra, "emotion", "predicted"]
    header += [f"p_{name}" for name in dataset.classes]
    stretch_header, stretches = stretch_columns(dataset.utterances)

    def cells(row: int, predicted: int, probabilities: np.ndarray) -> list[object]:
        utterance = dataset.utterances[row]
        known = [utterance.attribute(name) for name in ATTRIBUTES.values()]
        # A further attribute may be one corpus's alone.
        known += [dict(utterance.extra).get(name) for name in extra]
        scores = [f"{p:.6f}" for p in probabilities]
        start = [utterance.file, dataset.parts[row], *known, utterance.emotion]
        return [*start, dataset.classes[predicted], *scores, *stretches[row]]

    columns = zip(best.rows, best.predicted, best.probabilities, strict=True)
    write_csv(
        workdir / "predictions.csv",
        [*header, *stretch_header],
        (cells(*row) for row in columns),
    )
    with replacing(workdir / "embeddings.npz", make_folder=False) as temporary:
        np.savez(
            temporary,
            files=np.array([dataset.utterances[row].file for row in best.rows]),
            starts_s=np.array([dataset.utterances[row].start_s for row in best.rows]),
            parts=np.array([dataset.parts[row] for row in best.rows]),
            embeddings=best.embeddings,
            embeddings_last=last.embeddings,
        )


def scores_by_part(
    scores: Mapping[str, Scores], classes: Sequence[str]
) -> dict[str, Any]:
    """Turn scores per part into result.json's objects by part."""
    records = {part: dataclasses.asdict(value) for part, value in scores.items()}
    return {
        "ua": {part: record["ua"] for part, record in records.items()},
        "wa": {part: record["wa"] for part, record in records.items()},
        "recall": {
            part: dict(zip(classes, record["recall"], strict=True))
            for part, record in records.items()
        },
        "confusion": {part: r["confusion"].tolist() for part, r in records.items()},
        "collapsed": {part: record["collapsed"] for part, record in records.items()},
    }


def _plain(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(map(str, value)) or "none"
    return str(value)
