"""Small studies on disk, with every file that a real one leaves, written without jax.

Their numbers are drawn: a model of skill s takes the right class with probability s.
"""

import dataclasses
import hashlib
import itertools
import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from serjax.config import attribute_set_name, make_config, sort_attributes
from serjax.evaluation.metrics import score
from serjax.files import write_csv
from serjax.methods import METHODS

CLASSES = ("negative", "neutral", "positive")
LANGUAGES = {"emodb": "de", "emovo": "it"}
VERSIONS = {"python": "3.11.7", "jax": "0.10.2", "numpy": "2.4.6"}
EMBEDDING = 8
_COLUMNS = ("file", "part", "corpus", "speaker", "gender", "language", "emotion")


@dataclasses.dataclass(frozen=True)
class Plan:
    """What study to write.

    Attributes:
      approaches: those that use attributes; the baseline is always there.
      attribute_sets: of each of these approaches.
      seeds: of every cell.
      trained: corpora whose speakers are in valid and test.
      unseen: corpora that are tested on alone.
      speakers: of each corpus and part, by name.
      per_class: utterances of each class and speaker.
      epochs: of every run.
      failed, unfinished, planned, collapsed: names of runs.
      about: whether there is a study.json.
      versions: run -> versions that are not everyone's.
    """

    approaches: Sequence[str] = ("multitask", "reversal")
    attribute_sets: Sequence[Sequence[str]] = (("corpus",), ("corpus", "speaker"))
    seeds: Sequence[int] = (0, 1)
    trained: Sequence[str] = ("emodb", "ravdess")
    unseen: Sequence[str] = ("tess",)
    speakers: Sequence[str] = ("01", "02")
    per_class: int = 3
    epochs: int = 4
    failed: Collection[str] = ()
    unfinished: Collection[str] = ()
    planned: Collection[str] = ()
    collapsed: Collection[str] = ()
    about: bool = True
    versions: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)


def write_study(folder: Path, **plan: Any) -> Path:
    """Write a study as `Plan` says it; return its folder."""
    it = Plan(**plan)
    cells: list[tuple[str, Sequence[str]]] = [("baseline", ())]
    cells += itertools.product(it.approaches, it.attribute_sets)
    configs = [
        make_config(
            preset="demo",
            approach=approach,
            attributes=sort_attributes(names),
            seed=seed,
            epochs=it.epochs,
            ood=tuple(it.unseen),
        )
        for (approach, names), seed in itertools.product(cells, it.seeds)
    ]
    for config in configs:
        if config.training.name not in it.planned:
            _write_run(folder / "runs" / config.training.name, config, it)
    (folder / "runs").mkdir(parents=True, exist_ok=True)
    if it.about:
        _write_json(folder / "study.json", _about(configs, it))
    return folder


def _write_run(folder: Path, config: Any, plan: Plan) -> None:
    folder.mkdir(parents=True)
    name, training = config.training.name, config.training
    rng = np.random.default_rng(int(hashlib.sha256(name.encode()).hexdigest()[:8], 16))
    _write_json(
        folder / "config.json",
        {
            "settings": config.to_flat(),
            "config_hash": config.hash(),
            "batch_size": 8,
            "classes": list(CLASSES),
            "dataset": {
                "identity": "0" * 64,
                "utterances": {"train": 48, **_num_rows(plan)},
                "ood": list(plan.unseen),
                "skipped": 3,
            },
            "backend": "cpu",
            "device": "cpu: cpu (1 device, using 1)",
            "versions": {**VERSIONS, **plan.versions.get(name, {})},
        },
    )
    begun = [name in names for names in (plan.failed, plan.unfinished)]
    epochs = plan.epochs // 2 if any(begun) else plan.epochs
    lines = [_metrics(config, epoch, rng) for epoch in range(epochs)]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    if name in plan.unfinished:
        text += '{"epoch": 2, "alp'  # the line that is being written
    (folder / "metrics.jsonl").write_text(text)
    if name in plan.failed:
        error = "The loss is nan in epoch 3; lower --learning_rate."
        _write_json(folder / "failure.json", {"status": "failed", "error": error})
    if any(begun):
        return
    rows = _rows(plan)
    labels = np.array([CLASSES.index(row[-1]) for row in rows])
    probabilities = rng.dirichlet(np.ones(3), len(rows))
    probabilities[np.arange(len(rows)), labels] += rng.uniform(0, 1, len(rows))
    if name in plan.collapsed:
        probabilities[:, 1] += 9
    probabilities /= probabilities.sum(1, keepdims=True)
    predicted = probabilities.argmax(1)
    write_csv(
        folder / "predictions.csv",
        [*_COLUMNS, "predicted", *(f"p_{name}" for name in CLASSES)],
        (
            [*row, CLASSES[p], *(f"{q:.6f}" for q in scores)]
            for row, p, scores in zip(rows, predicted, probabilities, strict=True)
        ),
    )
    embeddings = rng.normal(size=(2, len(rows), EMBEDDING)).astype(np.float32)
    np.savez(
        folder / "embeddings.npz",
        files=np.array([row[0] for row in rows]),
        starts_s=np.zeros(len(rows)),
        parts=np.array([row[1] for row in rows]),
        embeddings=embeddings[0],
        embeddings_last=embeddings[1],
    )
    best = max(lines, key=lambda line: line["valid_ua"])
    scores = {}
    for part in ("valid", "test", *plan.unseen):
        mask = np.array([part in (row[1], row[2]) for row in rows])
        scores[part] = score(labels[mask], predicted[mask], 3), mask
    speakers = np.array([row[3] for row in rows])
    by_part = {part: found for part, (found, _) in scores.items()}
    _write_json(
        folder / "result.json",
        {
            "status": "finished",
            "approach": training.approach,
            "roles": {n: r.role for n, r in training.roles_by_attribute.items()},
            "attributes": list(training.attributes),
            "classes": list(CLASSES),
            "seed": training.seed,
            "split_seed": 0,
            "epochs_run": plan.epochs,
            "best_epoch": best["epoch"],
            "alpha_at_best": best["alpha"],
            "alpha_last": lines[-1]["alpha"],
            "ua": {part: s.ua for part, s in by_part.items()},
            "wa": {part: s.wa for part, s in by_part.items()},
            "recall": {
                part: dict(zip(CLASSES, s.recall, strict=True))
                for part, s in by_part.items()
            },
            "confusion": {part: s.confusion.tolist() for part, s in by_part.items()},
            "collapsed": {part: s.collapsed for part, s in by_part.items()},
            "ua_last": {part: s.ua for part, s in by_part.items()},
            "collapsed_last": {part: s.collapsed for part, s in by_part.items()},
            "num_speakers": {
                part: len({*speakers[mask]}) for part, (_, mask) in scores.items()
            },
            "dataset": "0" * 64,
            "config_hash": config.hash(),
            "wall_s": 61.5,
        },
    )


def _rows(plan: Plan) -> list[list[str]]:
    """`_COLUMNS` of each utterance."""
    places = [(part, corpus) for part in ("valid", "test") for corpus in plan.trained]
    places += [("ood", corpus) for corpus in plan.unseen]
    rows = []
    for part, corpus in places:
        for number, speaker in enumerate(plan.speakers):
            # No speaker is in two parts.
            who = f"{corpus}/{speaker}" + ("v" if part == "valid" else "")
            known = ["female", "male"][number % 2], LANGUAGES.get(corpus, "en")
            rows += [
                [f"{who}-{emotion}-{take}.wav", part, corpus, who, *known, emotion]
                for emotion in CLASSES
                for take in range(plan.per_class)
            ]
    return rows


def _num_rows(plan: Plan) -> dict[str, int]:
    parts = [row[1] for row in _rows(plan)]
    return {part: parts.count(part) for part in ("valid", "test", "ood")}


def _metrics(config: Any, epoch: int, rng: np.random.Generator) -> dict[str, Any]:
    """A line of metrics.jsonl."""
    training = config.training
    roles = training.roles_by_attribute
    line: dict[str, Any] = {
        "epoch": epoch,
        "alpha": sum(config.methods.of(METHODS[it.role]) for it in roles.values()),
        "train_loss": 1.1 / (epoch + 1),
        "emotion_loss": 1.0 / (epoch + 1),
        "valid_ua": 33.0 + 40 * rng.uniform(),
        "train_s": 1.5,
        "utterances_per_s": 32.0,
        "encoder_grad_norm": 1.0 + rng.uniform(),
    }
    for name in roles:
        line[f"{name}_loss"] = 0.6 + rng.uniform()
        line[f"{name}_accuracy"] = 50 + 40 * rng.uniform()
        line[f"{name}_chance"] = 50.0
        line[f"{name}_prior_entropy"] = 0.6931
        line[f"{name}_grad_norm"] = 0.1 + rng.uniform()
    return line


def _about(configs: Sequence[Any], plan: Plan) -> dict[str, Any]:
    rows = _rows(plan)

    def facts(chosen: list[list[str]]) -> dict[str, Any]:
        speakers = len({row[3] for row in chosen})
        hours = len(chosen) / 1000
        return {"utterances": len(chosen), "hours": hours, "speakers": speakers}

    def part_facts(part: str) -> dict[str, Any]:
        chosen = [row for row in rows if part in (row[1], row[2])]
        classes = {name: [row[6] for row in chosen].count(name) for name in CLASSES}
        return {**facts(chosen), "classes": classes}

    return {
        "runs": [
            {
                "name": config.training.name,
                "approach": config.training.approach,
                "attributes": list(config.training.attributes),
                "seed": config.training.seed,
            }
            for config in configs
        ],
        "approaches": ["baseline", *plan.approaches],
        "attribute_sets": [attribute_set_name(names) for names in plan.attribute_sets],
        "seeds": list(plan.seeds),
        "not_applicable": {"L": "language has one value."},
        "command": ["python", "-m", "experiments.study", f"--epochs={plan.epochs}"],
        "settings": configs[0].to_flat(),
        "classes": list(CLASSES),
        "versions": VERSIONS,
        "device": "cpu: cpu (1 device, using 1)",
        "platform": {"system": "Linux", "machine": "x86_64", "cpus": 2},
        "data": {
            "parts": {
                part: part_facts("test" if part == "train" else part)
                for part in ("train", "valid", "test", *plan.unseen)
            },
            "corpora": {
                corpus: {
                    part: facts([row for row in rows if row[1:3] == [found, corpus]])
                    for part, found in _parts_of(corpus, plan).items()
                }
                for corpus in (*plan.trained, *plan.unseen)
            },
            "confounds": ["Speaker determines corpus: every speaker is in one."],
            "associations": [
                {"first": "speaker", "second": "corpus", "cramers_v": 1.0},
                {"first": "speaker", "second": "language", "cramers_v": None},
            ],
            "notes": ["emodb has one speaker in validation."],
            "skipped": {"silent: every sample has the same value": 3},
        },
    }


def _parts_of(corpus: str, plan: Plan) -> dict[str, str]:
    """The parts that a corpus is in -> where the rows are that stand for them."""
    if corpus in plan.unseen:
        return {corpus: "ood"}
    return {"train": "test", "valid": "valid", "test": "test"}


def _write_json(path: Path, record: dict[str, Any]) -> None:
    path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
