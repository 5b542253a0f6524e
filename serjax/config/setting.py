"""How a setting is declared and checked."""

import dataclasses
from typing import Any


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
