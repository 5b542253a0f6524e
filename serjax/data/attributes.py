"""Attributes as training sees them: numbered values, and what has none."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from serjax.config import ATTRIBUTES, sort_attributes
from serjax.corpora.utterance import Utterance


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


def encode_attributes(
    utterances: Sequence[Utterance], parts: Sequence[str]
) -> tuple[dict[str, Attribute], dict[str, str]]:
    """Number the values that each attribute has in the training rows.

    Speakers of validation and test, and unseen corpora, are never a class: to training
    they are missing labels, -1.

    Args:
      utterances: the rows.
      parts: the part of each row.

    Returns:
      The attributes that training can use, and for each of the others the reason.
    """
    extra = {name for utterance in utterances for name, _ in utterance.extra}
    attributes, inapplicable = {}, {}
    for name in sort_attributes({*ATTRIBUTES.values(), *extra}):
        column = [_attribute(utterance, name) for utterance in utterances]
        pairs = zip(column, parts, strict=True)
        trained = {value for value, part in pairs if part == "train"} - {None}
        values = tuple(sorted(value for value in trained if value is not None))
        if not values:
            inapplicable[name] = f"{name} is unknown for every training row"
        elif len(values) == 1:
            inapplicable[name] = f"{name} has one value in training: {values[0]!r}"
        else:
            index = {value: number for number, value in enumerate(values)}
            labels = [-1 if v is None else index.get(v, -1) for v in column]
            attributes[name] = Attribute(name, values, np.array(labels, np.int32))
    return attributes, inapplicable


def _attribute(utterance: Utterance, name: str) -> str | None:
    """Value of an attribute; None where unknown or where the corpus has no such one."""
    if name in ATTRIBUTES.values():
        return utterance.attribute(name)
    return dict(utterance.extra).get(name)
