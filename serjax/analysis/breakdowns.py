"""Scores by group: gender, speaker, language, corpus; by class; the gap of genders.

All of the predictions at the best epoch.
"""

import dataclasses
import itertools
from collections.abc import Iterable, Mapping

import numpy as np

from serjax.evaluation import Scores, confusion_matrix
from serjax.evaluation.metrics import score_confusion
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
    chosen = rows.of(part)
    values, at = np.unique(rows.attributes[attribute][chosen], return_inverse=True)
    num, names = len(rows.classes), rows.attributes["speaker"][chosen]
    # All groups at once: a report has thousands of speakers.
    cells = (at * num + rows.labels[chosen]) * num + rows.predicted[chosen]
    counts = np.bincount(cells, minlength=len(values) * num**2).reshape(-1, num, num)
    pairs = np.unique(np.stack([at, np.unique(names, return_inverse=True)[1]]), axis=1)
    speakers = np.bincount(pairs[0], minlength=len(values))
    groups = {}
    for index in sorted(range(len(values)), key=lambda index: not values[index]):
        groups[str(values[index]) or UNKNOWN] = Group(
            scores=score_confusion(counts[index]),
            num_utterances=int(counts[index].sum()),
            num_speakers=int(speakers[index]),
            classes=tuple(itertools.compress(rows.classes, counts[index].sum(1))),
        )
    return groups


def gender_gap(groups: Mapping[str, Group]) -> float | None:
    """Subtract the men's UA from the women's, in points, of groups by gender.

    It is None where one of them is missing, or they were tested on other classes.
    """
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
