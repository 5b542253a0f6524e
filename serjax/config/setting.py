"""How a setting is declared, taken as its type, and checked."""

import dataclasses
import difflib
import os
from collections.abc import Iterable, Mapping, Set
from types import NoneType
from typing import Any, get_args, get_origin

from serjax.json_files import check_json


def setting(default: Any, help: str, **more: Any) -> Any:
    """Declare a dataclass field with its help text.

    `more` may be its `choices`, and whether it is `repeated`: each a whole value.
    """
    return dataclasses.field(default=default, metadata={"help": help, **more})


def as_text(value: Any) -> str:
    """Write a setting's value as its flag takes it: `1,2`, `true`."""
    if isinstance(value, tuple | list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_list(value: Any, whole: bool = False) -> list[Any]:
    """List the items of a value: of `a,b` a and b, of a dict its pairs, of 5 itself.

    A set has no order, so it is sorted. A text that is `whole` is one item.
    """
    if isinstance(value, str):
        parts = [value] if whole else map(str.strip, value.split(","))
        return [part for part in parts if part]
    if isinstance(value, Mapping):
        return [*value.items()]
    try:
        return sorted(value) if isinstance(value, Set) else [*value]
    except TypeError:  # one item
        return [value]


def take(name: str, kind: Any, value: Any, whole: bool = False) -> Any:
    """Take a value as a setting's type, whether from a flag, from Python or numpy.

    Raises:
      ValueError: it cannot be so taken; with the setting's name.
    """
    if NoneType in get_args(kind) and value is not None:
        kind, _ = get_args(kind)
    if get_origin(kind) is tuple:
        item, _ = get_args(kind)
        return tuple(take(name, item, it) for it in as_list(value, whole))
    if hasattr(kind, "parse"):
        return kind.parse(value)
    value = os.fspath(value) if isinstance(value, os.PathLike) else value
    value = value.tolist() if hasattr(value, "tolist") else value  # numpy's
    if kind is float and type(value) is int:
        return value  # digests of settings and of data tell 1 from 1.0
    return check_json(value, kind, f"{name}={value!r}", strict=False)


def settle(settings: Any) -> None:
    """Take each field of a settings' dataclass as its type, and as one of its choices.

    Raises:
      ValueError: a value is of another type, or none of the choices.
    """
    for field in dataclasses.fields(settings):
        name, whole = field.name, field.metadata.get("repeated", False)
        value = take(name, field.type, getattr(settings, name), whole)
        object.__setattr__(settings, name, value)
        if choices := field.metadata.get("choices"):
            expected = f"one of {', '.join(map(repr, choices))}"
            require(value in choices, name, value, expected)


def require(condition: bool, name: str, value: Any, expected: str) -> None:
    """Raise ValueError, naming setting, value and what was expected, if it is false."""
    if not condition:
        raise ValueError(f"{name}={value!r}: expected {expected}.")


def require_least(settings: Any, least: int, *names: str) -> None:
    """Raise ValueError if one of the settings named is below `least`, or no number."""
    for name in names:
        value = getattr(settings, name)
        require(value >= least, name, value, f"{least} or more")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Ask for the nearest of the known names, in any case; '' if none is near."""
    folded = {it.casefold(): it for it in known}
    near = difflib.get_close_matches(name.casefold(), folded, 1)
    return f" Did you mean {folded[near[0]]!r}?" if near else ""
