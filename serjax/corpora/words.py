"""Words in tables: for a gender, and for a value that is unknown."""

import re
from collections.abc import Mapping

GENDERS: Mapping[str, str | None] = {
    **dict.fromkeys(("female", "f", "woman"), "female"),
    **dict.fromkeys(("male", "m", "man"), "male"),
    **dict.fromkeys(("other", "child"), None),
}
"""What is written, in lower case -> gender; None for one that models cannot learn."""

_WORDS = frozenset(
    (
        *("", "n a", "na", "nan", "nat", "nil", "none", "null", "unk", "unknown"),
        *("missing", "not available", "not known", "undefined", "unspecified"),
        *("speaker unknown", "unknown speaker", "unknown gender", "unknown language"),
    )
)


def is_unknown(text: str) -> bool:
    """Whether a cell of speaker, gender or language says that its value is unknown.

    Case and signs do not matter.

    Example:
      >>> [is_unknown(text) for text in ("", "?", "#N/A", "<unk>", "Unknown", "Anna")]
      [True, True, True, True, True, False]
    """
    return re.sub(r"[\W_]+", " ", text).strip().casefold() in _WORDS
