"""Whole records of runs and studies, of which a test changes what it is about."""

from typing import Any

from serjax.config import Config
from serjax.records.result import Result
from serjax.records.run_config import DatasetFacts, RunConfig
from serjax.records.study_record import DataFacts, StudyRecord

CLASSES = ("negative", "neutral", "positive")
DEVICE = "cpu: cpu (1 device, using 1)"
VERSIONS = {"python": "3.11.7", "jax": "0.10.2", "numpy": "2.4.6"}


def make_run_config(config: Config, **changed: Any) -> RunConfig:
    """What config.json of a run with these settings holds."""
    record: dict[str, Any] = {
        "settings": config.to_flat(),
        "config_hash": config.hash(),
        "batch_size": 8,
        "classes": list(CLASSES),
        "dataset": make_dataset_facts(),
        "backend": "cpu",
        "device": DEVICE,
        "versions": VERSIONS,
    }
    return RunConfig(**{**record, **changed})


def make_dataset_facts(**changed: Any) -> DatasetFacts:
    """Data of 48 utterances in training."""
    record: dict[str, Any] = {
        "identity": "0" * 64,
        "utterances": {"train": 48, "valid": 18, "test": 18, "ood": 18},
        "ood": ["tess"],
        "skipped": 3,
    }
    return DatasetFacts(**{**record, **changed})


def make_result_record(
    ua: dict[str, Any] | None = None, classes: tuple[str, ...] = CLASSES, **changed: Any
) -> Result:
    """What result.json holds of a baseline that never collapsed.

    Args:
      ua: percent by part.
      classes: the emotion classes; each has one utterance in every part.
      changed: other keys. Objects by part may lack parts.
    """
    ua = {"valid": 70.0, "test": 60.0} if ua is None else ua
    by_part: dict[str, Any] = {
        "wa": dict.fromkeys(ua, 50.0),
        "recall": {part: dict.fromkeys(classes, 50.0) for part in ua},
        "confusion": {part: [[1] * len(classes)] * len(classes) for part in ua},
        "collapsed": dict.fromkeys(ua, False),
        "ua_last": ua,
        "collapsed_last": dict.fromkeys(ua, False),
        "num_speakers": dict.fromkeys(ua, 2),
    }
    by_part = {key: {**it, **changed.pop(key, {})} for key, it in by_part.items()}
    record: dict[str, Any] = {
        "approach": "baseline",
        "roles": {},
        "attributes": [],
        "classes": list(classes),
        "seed": 0,
        "split_seed": 0,
        "epochs_run": 5,
        "best_epoch": 3,
        "alpha_at_best": 0.0,
        "alpha_last": 0.0,
        "dataset": "0" * 64,
        "config_hash": "0" * 16,
        "wall_s": 61.5,
    }
    return Result(ua=ua, **{**record, **by_part, **changed})


def make_study_record(**changed: Any) -> StudyRecord:
    """What study.json holds of a study of no runs and no data."""
    nothing = {"parts": {}, "corpora": {}, "confounds": [], "associations": []}
    record: dict[str, Any] = {
        "runs": [],
        "approaches": ["baseline"],
        "attribute_sets": [],
        "seeds": [0],
        "not_applicable": {},
        "command": ["python", "-m", "experiments.study"],
        "settings": Config().to_flat(),
        "classes": list(CLASSES),
        "versions": VERSIONS,
        "device": DEVICE,
        "platform": {"system": "Linux", "machine": "x86_64", "cpus": 2},
        "data": DataFacts(**nothing, notes=[], skipped={}),
    }
    return StudyRecord(**{**record, **changed})
