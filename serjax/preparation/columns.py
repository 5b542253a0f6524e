"""Rows of utterances -> columns of attributes."""

from collections.abc import Mapping, Sequence

from serjax.config import ATTRIBUTES, sort_attributes
from serjax.corpora.utterance import Utterance

Columns = Mapping[str, Sequence[str | None]]
"""Values by attribute and row; None where unknown."""


def attribute_columns(utterances: Sequence[Utterance]) -> Columns:
    """Every attribute's values, in the order C S G L, then by name; emotion last.

    A further attribute may be one corpus's alone: it is unknown for the others' rows.
    """
    extras = [dict(utterance.extra) for utterance in utterances]
    further = {name for extra in extras for name in extra}
    columns: dict[str, list[str | None]] = {}
    for name in sort_attributes({*ATTRIBUTES.values(), *further}):
        if name in ATTRIBUTES.values():
            columns[name] = [utterance.attribute(name) for utterance in utterances]
        else:
            columns[name] = [extra.get(name) for extra in extras]
    return {**columns, "emotion": [utterance.emotion for utterance in utterances]}
