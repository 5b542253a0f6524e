"""Scores by group: gender, speaker, language, corpus; by class; the gap of genders.

All of the predictions at the best epoch.
"""

import dataclasses
import itertools
from collections.abc import Iterable, Mapping

import numpy as np

from serjax.evaluation import Scores, confusion_matrix, score
from serjax.records.folder import Run, StudyFiles
from serjax.records.predictions import Rows

UNKNOWN = "unknown"

Configuration = tuple[str, str]
"""Approach and attribute set, `("reversal", "C+S")`."""


@dataclasses.dataclass(frozen=True, eq=False)
class Group:
    """The utterances of a part that share a value of an attribute.

    Attributes:
      scores: of these utterances alone; UA is over the classes present.
      num_speakers: those not known are one.
      classes: the emotions among the labels.
    """

    scores: Scores
    num_utterances: int
    num_speakers: int
    classes: tuple[str, ...]


def score_groups(rows: Rows, part: str, attribute: str) -> dict[str, Group]:
    """Score a part of one run by the values of an attribute.

    They are in alphabetical order; the unknown, if any, come last.
    """
    values = rows.attributes[attribute]
    found = {str(value) for value in values[rows.of(part)]}
    groups = {}
    for value in sorted(found, key=lambda value: (not value, value)):
        chosen = rows.of(part) & (values == value)
        scores = score(rows.labels[chosen], rows.predicted[chosen], len(rows.classes))
        groups[value or UNKNOWN] = Group(
            scores=scores,
            num_utterances=int(chosen.sum()),
            num_speakers=len(np.unique(rows.attributes["speaker"][chosen])),
            classes=tuple(itertools.compress(rows.classes, scores.confusion.sum(1))),
        )
    return groups


def gender_gap(rows: Rows, part: str) -> float | None:
    """Subtract the men's UA from the women's, in points.

    It is None where one of them is missing, or they were tested on other classes.
    """
    groups = score_groups(rows, part, "gender")
    women, men = groups.get("female"), groups.get("male")
    if women is None or men is None or women.classes != men.classes:
        return None
    return women.scores.ua - men.scores.ua


def sum_confusion(runs: Iterable[Run], part: str) -> np.ndarray:
    """Add runs' int[classes, classes]: rows are labels, columns predictions."""
    found = []
    for rows in (run.rows for run in runs):
        pairs = rows.labels[rows.of(part)], rows.predicted[rows.of(part)]
        found.append(confusion_matrix(*pairs, len(rows.classes)))
    return np.sum(found, axis=0)


def row_shares(confusion: np.ndarray) -> np.ndarray:
    """Normalise each row of [classes, classes] to 100 %; NaN where it has no label."""
    counts = confusion.sum(1, keepdims=True)
    return 100 * confusion / np.where(counts, counts, np.nan)


def configurations(study: StudyFiles) -> dict[Configuration, list[Run]]:
    """Gather the finished runs that differ in the seed alone."""
    found: dict[Configuration, list[Run]] = {}
    for run in study.finished:
        found.setdefault((run.approach, run.set_name), []).append(run)
    return found


def average_by_seed(runs: Iterable[Run], numbers: Mapping[str, float]) -> list[float]:
    """Average the numbers that runs have, by name, over the runs of each seed.

    So seeds are what an interval is over.
    """
    by_seed: dict[int, list[float]] = {}
    for run in runs:
        if run.name in numbers:
            by_seed.setdefault(run.seed, []).append(numbers[run.name])
    return [float(np.mean(by_seed[seed])) for seed in sorted(by_seed)]
