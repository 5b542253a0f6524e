"""Attributes as training sees them: numbered values, and what has none."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from serjax.config import ATTRIBUTES, sort_attributes
from serjax.corpora.utterance import Utterance

Columns = Mapping[str, Sequence[str | None]]
"""Values by attribute and row; None where unknown."""


@dataclasses.dataclass(frozen=True, eq=False)
class Attribute:
    """An attribute that training can use: two values or more in the training rows.

    Attributes:
      name: 'corpus', 'speaker', 'gender', 'language' or a further column.
      values: the values of training rows, sorted; a label is an index into them.
      labels: int32[rows]; -1 where the value is unknown or not one of training's.
    """

    name: str
    values: tuple[str, ...]
    labels: np.ndarray


def attribute_columns(utterances: Sequence[Utterance]) -> Columns:
    """Every attribute's values, in the order C S G L, then by name; emotion last.

    A further attribute may be one corpus's alone: it is unknown for the others' rows.
    """
    paper = ATTRIBUTES.values()
    rows = [{n: getattr(it, n) for n in paper} | dict(it.extra) for it in utterances]
    names = sort_attributes({*paper}.union(*rows))
    columns = {name: [row.get(name) for row in rows] for name in names}
    return {**columns, "emotion": [utterance.emotion for utterance in utterances]}


def encode_attributes(
    utterances: Sequence[Utterance], parts: Sequence[str]
) -> tuple[dict[str, Attribute], dict[str, str]]:
    """Number the values that each attribute has in the training rows.

    Speakers of validation and test, and unseen corpora, are never a class: to training
    they are missing labels, -1.

    Returns:
      The attributes that training can use, and for each of the others the reason.
    """
    attributes, inapplicable = {}, {}
    for name, column in attribute_columns(utterances).items():
        if name == "emotion":
            continue
        pairs = zip(column, parts, strict=True)
        trained = {value for value, part in pairs if part == "train"} - {None}
        values = tuple(sorted(map(str, trained)))
        if not values:
            inapplicable[name] = f"{name} is unknown for every training row"
        elif len(values) == 1:
            inapplicable[name] = f"{name} has one value in training: {values[0]!r}"
        else:
            index = {value: number for number, value in enumerate(values)}
            labels = [-1 if v is None else index.get(v, -1) for v in column]
            attributes[name] = Attribute(name, values, np.array(labels, np.int32))
    return attributes, inapplicable
