"""What a run's and a study's JSON files must hold before anything is read off them."""

from collections.abc import Mapping
from typing import Any

Shape = Any
"""A type or a tuple of types; `[shape]` a list of it; `{str: shape}` an object of any
names; `{name: shape}` an object that has at least these, but for `name?`."""

_NUMBER = (int, float)
_UNKNOWN = type(None)
_FLAGS = {str: bool}
_BY_PART = {str: (*_NUMBER, _UNKNOWN)}

RESULT: Shape = {
    "ua": _BY_PART,
    "recall": {str: {str: _NUMBER}},
    "confusion": {str: [[int]]},
    "collapsed": _FLAGS,
    "ua_last": _BY_PART,
    "collapsed_last": _FLAGS,
    "num_speakers": {str: int},
    "best_epoch": int,
    "epochs_run": int,
    "alpha_at_best": _NUMBER,
    "alpha_last": _NUMBER,
    "wall_s": _NUMBER,
}
"""result.json."""

CONFIG: Shape = {
    "settings": {
        "approach": str,
        "attributes": [str],
        "roles?": [str],
        "seed": int,
        "epochs": int,
    },
    "classes": [str],
    "dataset": {"identity": str, "utterances": {str: int}, "ood": [str]},
    "batch_size": int,
    "device": str,
    "versions": {str: str},
}
"""config.json of a run."""

FAILURE: Shape = {"error": str}
"""failure.json."""

EPOCH: Shape = {"epoch": int, "alpha": _NUMBER, str: (*_NUMBER, _UNKNOWN)}
"""A line of metrics.jsonl."""

_FACTS = {"utterances?": int, "hours?": _NUMBER, "speakers?": int}
_PAIR = {"first": str, "second": str, "cramers_v": (*_NUMBER, _UNKNOWN)}

STUDY: Shape = {
    "runs?": [{"name": str, "approach": str, "attributes": [str], "seed": int}],
    "classes?": [str],
    "not_applicable?": {str: str},
    "command?": [str],
    "settings?": {str: (str, list, bool, *_NUMBER, _UNKNOWN)},
    "platform?": {str: (str, int, _UNKNOWN)},
    "data?": {
        "parts": {str: {**_FACTS, "classes?": {str: int}}},
        "corpora?": {str: {str: _FACTS}},
        "confounds?": [str],
        "associations?": [_PAIR],
        "notes?": [str],
        "skipped?": {str: int},
    },
}
"""study.json."""


def check_shape(value: Any, shape: Shape, where: str, partial: bool = False) -> None:
    """Refuse a JSON value that is not of a shape.

    Args:
      value: as `json.loads` gives it.
      shape: what it must be.
      where: its file, and its place there, for the error.
      partial: whether names may lack, as in what an older version has written.

    Raises:
      ValueError: with the place, and what was expected.
    """
    if isinstance(shape, list):
        _check_type(value, list, where)
        for number, item in enumerate(value):
            check_shape(item, shape[0], f"{where}[{number}]", partial)
    elif isinstance(shape, dict):
        _check_type(value, dict, where)
        for key in shape:
            if key is str or key[-1] == "?" or key in value or partial:
                continue
            raise ValueError(f"{where} lacks {key}")
        for key, item in value.items():
            inner = shape.get(key, shape.get(f"{key}?", shape.get(str)))
            if inner is not None:
                check_shape(item, inner, f"{where}.{key}", partial)
    else:
        _check_type(value, shape, where)


def _check_type(value: Any, kind: type | tuple[type, ...], where: str) -> None:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    # In Python, though not in JSON, true is a whole number.
    if not isinstance(value, kinds) or (type(value) is bool and bool not in kinds):
        words = " or ".join(_WORDS[it] for it in kinds)
        found = _WORDS.get(type(value), "something else")
        raise ValueError(f"{where} is {found}; expected {words}")


_WORDS: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "an object",
    _UNKNOWN: "null",
}
