"""A study's files with numbers that are known, for breakdowns and probes."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from serjax.config import make_config
from serjax.records.folder import StudyFiles, read_study
from serjax.records.predictions import Embeddings, Rows, write_embeddings, write_rows
from serjax.records.run_config import open_run
from tests.made_records import CLASSES, make_result_record, make_run_config

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
    config = make_config(approach=approach, attributes=tuple(attributes), seed=seed)
    folder = study / "runs" / config.training.name
    folder.mkdir(parents=True)
    open_run(folder, make_run_config(config))
    parts = sorted({CORPUS[r[1][0]] if r[0] == "ood" else r[0] for r in rows})
    result = make_result_record(
        ua=dict.fromkeys(parts, 50.0),
        recall={part: dict.fromkeys(CLASSES, 50.0 + seed) for part in parts},
        collapsed=dict.fromkeys(parts, seed == 1),
    )
    result.write(folder)
    part, speaker, gender, language, labels, answers = zip(*rows, strict=True)
    columns = {
        "corpus": [CORPUS[name[0]] for name in speaker],
        "speaker": speaker,
        "gender": gender,
        "language": language,
    }
    found = Rows(
        files=np.array(["x.wav"] * len(rows)),
        parts=np.array(part),
        attributes={name: np.array(column) for name, column in columns.items()},
        labels=np.array(labels),
        predicted=np.array(answers),
        probabilities=np.eye(3)[np.array(answers)],
        classes=CLASSES,
    )
    write_rows(folder, found)
    values = columns.get(shown, [""] * len(rows))
    numbers = np.unique(values, return_inverse=True)[1]
    noise = np.random.default_rng(seed).standard_normal((len(rows), 5))
    embeddings = noise + 8 * np.eye(5)[numbers] * (shown != "nothing")
    best, last = embeddings.astype(np.float32), noise.astype(np.float32)
    write_embeddings(folder, found, Embeddings(best, last))
    return folder


def write_study(folder: Path) -> StudyFiles:
    """Write a baseline, multitask C and reversal C of two seeds; read it."""
    for seed in (0, 1):
        write_run(folder, seed=seed, shown="gender")
        write_run(folder, "multitask", ["corpus"], seed)
        write_run(folder, "reversal", ["corpus"], seed, shown="nothing")
    return read_study(folder)
