"""Small studies on disk, with every file that a real one leaves, written without jax.

Their numbers are drawn: a model of skill s takes the right class with probability s.
"""

import dataclasses
import hashlib
import itertools
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from serjax.config import attribute_set_name, make_config, sort_attributes
from serjax.errors import NonFinite
from serjax.evaluation.metrics import score
from serjax.methods import METHODS
from serjax.records.failure import describe_failure
from serjax.records.metrics import append_metrics
from serjax.records.predictions import Embeddings, Rows, write_embeddings, write_rows
from serjax.records.run_config import open_run
from serjax.records.study_record import (
    Association,
    DataFacts,
    GridRun,
    PartFacts,
    StudyRecord,
)
from tests.made_records import (
    CLASSES,
    VERSIONS,
    make_dataset_facts,
    make_result_record,
    make_run_config,
    make_study_record,
)

LANGUAGES = {"emodb": "de", "emovo": "it"}
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
        _about(configs, it).write(folder)
    return folder


def _write_run(folder: Path, config: Any, plan: Plan) -> None:
    folder.mkdir(parents=True)
    name, training = config.training.name, config.training
    rng = np.random.default_rng(int(hashlib.sha256(name.encode()).hexdigest()[:8], 16))
    utterances = {"train": 48, **_num_rows(plan)}
    data = make_dataset_facts(utterances=utterances, ood=list(plan.unseen))
    versions = {**VERSIONS, **plan.versions.get(name, {})}
    open_run(folder, make_run_config(config, dataset=data, versions=versions))
    begun = [name in names for names in (plan.failed, plan.unfinished)]
    epochs = plan.epochs // 2 if any(begun) else plan.epochs
    lines = [_metrics(config, epoch, rng) for epoch in range(epochs)]
    for line in lines:
        append_metrics(folder, line)
    if name in plan.unfinished:
        with (folder / "metrics.jsonl").open("a") as file:
            file.write('{"epoch": 2, "alp')  # the line that is being written
    if name in plan.failed:
        error = "The loss is nan in epoch 3; lower --learning_rate."
        describe_failure(config, NonFinite(error)).write(folder)
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
    columns = dict(zip(_COLUMNS, np.array(rows).T, strict=True))
    found = Rows(
        files=columns["file"],
        parts=columns["part"],
        attributes={name: columns[name] for name in _COLUMNS[2:-1]},
        labels=labels,
        predicted=predicted,
        probabilities=probabilities,
        classes=CLASSES,
    )
    write_rows(folder, found)
    best, last = rng.normal(size=(2, len(rows), EMBEDDING)).astype(np.float32)
    write_embeddings(folder, found, Embeddings(best, last))
    best_line = max(lines, key=lambda line: line["valid_ua"])
    masks = {
        part: (found.parts == part) | (columns["corpus"] == part)
        for part in ("valid", "test", *plan.unseen)
    }
    scores = {p: score(labels[m], predicted[m], 3) for p, m in masks.items()}
    result = make_result_record(
        approach=training.approach,
        roles={n: r.role for n, r in training.roles_by_attribute.items()},
        attributes=list(training.attributes),
        seed=training.seed,
        epochs_run=plan.epochs,
        best_epoch=best_line["epoch"],
        alpha_at_best=best_line["alpha"],
        alpha_last=lines[-1]["alpha"],
        ua={part: it.ua for part, it in scores.items()},
        wa={part: it.wa for part, it in scores.items()},
        recall={
            part: dict(zip(CLASSES, it.recall, strict=True))
            for part, it in scores.items()
        },
        confusion={part: it.confusion.tolist() for part, it in scores.items()},
        collapsed={part: it.collapsed for part, it in scores.items()},
        ua_last={part: it.ua for part, it in scores.items()},
        collapsed_last={part: it.collapsed for part, it in scores.items()},
        num_speakers={p: len({*columns["speaker"][m]}) for p, m in masks.items()},
        config_hash=config.hash(),
    )
    result.write(folder)


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


def _about(configs: Sequence[Any], plan: Plan) -> StudyRecord:
    rows = _rows(plan)

    def facts(chosen: list[list[str]], **more: Any) -> PartFacts:
        speakers = len({row[3] for row in chosen})
        hours = len(chosen) / 1000
        return PartFacts(utterances=len(chosen), hours=hours, speakers=speakers, **more)

    def count(chosen: list[list[str]]) -> dict[str, int]:
        return {name: [row[6] for row in chosen].count(name) for name in CLASSES}

    def part_facts(part: str) -> PartFacts:
        chosen = [row for row in rows if part in (row[1], row[2])]
        return facts(chosen, classes=count(chosen))

    def association(second: str, cramers_v: float | None) -> Association:
        return Association("speaker", second, 48, cramers_v)

    return make_study_record(
        runs=[
            GridRun(it.name, it.approach, list(it.attributes), it.seed)
            for it in (config.training for config in configs)
        ],
        approaches=["baseline", *plan.approaches],
        attribute_sets=[attribute_set_name(names) for names in plan.attribute_sets],
        seeds=list(plan.seeds),
        not_applicable={"L": "language has one value."},
        command=["python", "-m", "experiments.study", f"--epochs={plan.epochs}"],
        settings=configs[0].to_flat(),
        data=DataFacts(
            parts={
                part: part_facts("test" if part == "train" else part)
                for part in ("train", "valid", "test", *plan.unseen)
            },
            corpora={
                corpus: {
                    part: facts(its, classes=count(its))
                    for part, found in _parts_of(corpus, plan).items()
                    for its in ([row for row in rows if row[1:3] == [found, corpus]],)
                }
                for corpus in (*plan.trained, *plan.unseen)
            },
            confounds=["Speaker determines corpus: every speaker is in one."],
            associations=[association("corpus", 1.0), association("language", None)],
            notes=["emodb has one speaker in validation."],
            skipped={"silent: every sample has the same value": 3},
        ),
    )


def _parts_of(corpus: str, plan: Plan) -> dict[str, str]:
    """The parts that a corpus is in -> where the rows are that stand for them."""
    if corpus in plan.unseen:
        return {corpus: "ood"}
    return {"train": "test", "valid": "valid", "test": "test"}
