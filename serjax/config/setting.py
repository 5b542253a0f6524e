"""How a setting is declared and checked."""

import dataclasses
import types
import typing
from typing import Any

_KINDS = {
    bool: (bool, "true or false"),
    int: (int, "a whole number"),
    float: ((int, float), "a number"),
    str: (str, "a text"),
}


def setting(default: Any, help: str, **more: Any) -> Any:
    """Declare a dataclass field with its help text (and `choices`, if limited)."""
    return dataclasses.field(default=default, metadata={"help": help, **more})


def as_text(value: Any) -> str:
    """Write a setting's value as its flag takes it: `1,2`, `true`."""
    if isinstance(value, tuple | list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def require(condition: bool, name: str, value: Any, expected: str) -> None:
    """Raise ValueError, naming setting, value and what was expected, if it is false."""
    if not condition:
        raise ValueError(f"{name}={value!r}: expected {expected}.")


def check_choices(settings: Any) -> None:
    """Raise ValueError if a field of limited choices has another value."""
    for field in dataclasses.fields(settings):
        choices = field.metadata.get("choices")
        value = getattr(settings, field.name)
        if choices and value not in choices:
            expected = "one of " + ", ".join(repr(c) for c in choices)
            require(False, field.name, value, expected)


def check_kind(name: str, value: Any, kind: Any) -> None:
    """Refuse a JSON value that is not of a setting's type.

    Args:
      name: of the setting.
      value: as JSON has it, a tuple being a list.
      kind: the type of the setting's field.

    Raises:
      ValueError: with the setting, the value and what was expected.
    """
    optional = isinstance(kind, types.UnionType)
    if optional:
        kind = typing.get_args(kind)[0]
    if optional and value is None:
        return
    is_list = typing.get_origin(kind) is tuple
    item = typing.get_args(kind)[0] if is_list else kind
    accepted, expected = _KINDS.get(item, _KINDS[str])  # Roles are written as text.
    values = value if is_list else [value]
    if not isinstance(values, list | tuple) or not all(
        isinstance(it, accepted) and (item is bool or not isinstance(it, bool))
        for it in values
    ):
        each = f"a list, each {expected}" if is_list else expected
        more = ", or null" if optional else ""
        raise ValueError(f"{name} is {value!r}; expected {each}{more}.")
