"""How a setting is declared and checked."""

import dataclasses
import difflib
from collections.abc import Iterable
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


def check_choices(settings: Any) -> None:
    """Raise ValueError if a field of limited choices has another value."""
    for field in dataclasses.fields(settings):
        if choices := field.metadata.get("choices"):
            value = getattr(settings, field.name)
            expected = f"one of {', '.join(map(repr, choices))}"
            require(value in choices, field.name, value, expected)
