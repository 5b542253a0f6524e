"""A study's files with numbers that are known, for breakdowns and probes."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from serjax.analysis.runs import StudyFiles, read_study
from serjax.config import attribute_set_name
from serjax.files import write_csv

CLASSES = ("negative", "neutral", "positive")
CORPUS = {"a": "ravdess", "b": "emodb", "t": "tess"}

Row = tuple[str, str, str, str, int, int]
"""Part, speaker (its first letter is its corpus), gender, language, label, answer."""


def speakers(part: str, names: Iterable[str], each: int = 6) -> list[Row]:
    """Some utterances of each; odd numbers are women's, and a class in three wrong."""
    rows = []
    for name in names:
        gender = "female" if int(name[-1]) % 2 else "male"
        language = "de" if name[0] == "b" else "en"
        for index in range(each):
            label = index % 3
            answer = 0 if label == 2 and gender == "male" else label
            rows.append((part, name, gender, language, label, answer))
    return rows


ROWS = [
    *speakers("valid", ["a1", "a2", "b1", "b2"]),
    *speakers("test", ["a3", "a4", "b3", "b4"]),
    *speakers("ood", ["t1", "t3"]),
]


def write_run(
    study: Path,
    approach: str = "baseline",
    attributes: Sequence[str] = (),
    seed: int = 0,
    rows: Sequence[Row] = ROWS,
    shown: str = "corpus",
) -> Path:
    """Write a finished run, whose embeddings show one attribute alone."""
    name = "-".join([approach, attribute_set_name(attributes), f"seed{seed}"])
    folder = study / "runs" / name.replace("---", "-")
    folder.mkdir(parents=True)
    settings = {"approach": approach, "attributes": list(attributes), "seed": seed}
    _dump(folder / "config.json", {"settings": settings, "classes": list(CLASSES)})
    parts = {CORPUS[r[1][0]] if r[0] == "ood" else r[0] for r in rows}
    recall = {part: dict.fromkeys(CLASSES, 50.0 + seed) for part in sorted(parts)}
    collapsed = dict.fromkeys(sorted(parts), seed == 1)
    result = {"ua": dict.fromkeys(sorted(parts), 50.0), "recall": recall}
    _dump(folder / "result.json", {**result, "collapsed": collapsed})
    header = ["file", "part", "corpus", "speaker", "gender", "language", "emotion"]
    header += ["predicted", *(f"p_{name}" for name in CLASSES)]
    lines = []
    for part, speaker, gender, language, label, answer in rows:
        line = ["x.wav", part, CORPUS[speaker[0]], speaker, gender, language]
        lines.append([*line, CLASSES[label], CLASSES[answer], *np.eye(3)[answer]])
    write_csv(folder / "predictions.csv", header, lines)
    columns = {
        "corpus": [CORPUS[row[1][0]] for row in rows],
        "gender": [row[2] for row in rows],
        "nothing": ["" for _ in rows],
    }
    numbers = np.unique(columns[shown], return_inverse=True)[1]
    noise = np.random.default_rng(seed).standard_normal((len(rows), 5))
    embeddings = noise + 8 * np.eye(5)[numbers] * (shown != "nothing")
    np.savez(
        folder / "embeddings.npz",
        embeddings=embeddings.astype(np.float32),
        embeddings_last=noise.astype(np.float32),
    )
    return folder


def write_study(folder: Path) -> StudyFiles:
    """Write a baseline, multitask C and reversal C of two seeds; read it."""
    for seed in (0, 1):
        write_run(folder, seed=seed, shown="gender")
        write_run(folder, "multitask", ["corpus"], seed)
        write_run(folder, "reversal", ["corpus"], seed, shown="nothing")
    return read_study(folder)


def _dump(path: Path, record: dict) -> None:
    path.write_text(json.dumps(record))
