"""The space of a search: which settings, in which ranges, read from a TOML file."""

import dataclasses
import itertools
import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from serjax.config import (
    Config,
    all_settings,
    as_text,
    did_you_mean,
    group_of,
    require,
    take,
)
from serjax.errors import readable_errors
from serjax.methods import Method, known_methods
from serjax.paths import expand

STRENGTH = "strength"
"""In a space: the strength of each method that has one, whatever its setting."""

_REFUSED = {
    "data": "it settles the data and their parts, which are equal for all trials",
    "run": "it says where a run lives, and is no part of what it is",
}
_FLAGS = "--approaches, --attribute_sets and --seeds say this"
_REFUSED |= dict.fromkeys(("approach", "attributes", "roles", "seed"), _FLAGS)
_REFUSED["epochs"] = "it is the budget, which is equal for all trials; give --epochs"

_FORMS = ({"low", "high"}, {"low", "high", "log"}, {"choices"})
_EXPECTED = "low, high and perhaps log = true, or choices alone"


@dataclasses.dataclass(frozen=True)
class Searched:
    """Where a setting is looked for: from `low` to `high`, or among `choices`.

    Whole ends stand for whole numbers in between. `log` is evenly by the logarithm.
    Choices of a setting that is a list are texts, as its flag takes them: `64,64`.
    """

    low: int | float = 0
    high: int | float = 0
    log: bool = False
    choices: tuple[str | bool | int | float, ...] = ()


Space = Mapping[str, Searched]
"""Settings by name, in the order of the file; `strength` may be one of them."""


@readable_errors()
def read_space(
    path: str, config: Config, approaches: Sequence[str], methods: Sequence[Method] = ()
) -> Space:
    """Read a TOML file with a table for each setting.

    Args:
      path: of the file.
      config: the settings that the trials share.
      approaches: which will be tuned.
      methods: of the user's own.

    Raises:
      ValueError: it cannot be read; a setting is unknown, not to be tuned or used by no
        approach; a range is empty, or reaches values that the setting cannot have.
    """
    try:
        tables = tomllib.loads(Path(expand(path, "space")).read_text("utf-8-sig"))
    except OSError as error:
        raise ValueError(
            f"space={path!r} cannot be read: {error.strerror}. Give a TOML file."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"space={path!r} is not TOML: {error}.") from error
    require(bool(tables), "space", path, "a table for each setting, as [learning_rate]")
    space = {name: _read_table(path, name, it) for name, it in tables.items()}
    used = {n for it in approaches for n in space_of(space, it, methods)}
    for name, it in space.items():
        names = [name] if name in used else []
        if name == STRENGTH:
            names = [n for n in used if group_of(n) == "methods" and n not in space]
        if not names:
            raise ValueError(
                f"{path}: [{name}] is used by none of {', '.join(approaches)}. Leave "
                "it out, or name a method of serjax's that uses it in --approaches."
            )
        try:
            for of, value in itertools.product(names, it.choices or (it.low, it.high)):
                config.replace(**{of: value})
        except ValueError as error:
            raise ValueError(f"{path}: [{name}]: {error}") from error
    return space


def space_of(
    space: Space, approach: str, methods: Sequence[Method] = ()
) -> dict[str, Searched]:
    """The part of a space that an approach uses, by settings; its strength is last.

    A setting that only some methods use is none of the others': a strength, what
    discriminators or attribute heads are like, how strengths grow. The strength of a
    user's own method is in its record, and no setting.
    """
    method = known_methods(methods).get(approach)
    own = method.setting if method and method.has_strength else ""
    has_discriminators = bool(method and method.has_optimiser)
    has_heads = bool(method and method.module.startswith("head"))
    uses = {
        "discriminator_features": has_discriminators,
        "discriminator_steps": has_discriminators,
        "head_features": has_heads,
        "schedule": bool(own),
        "warmup_epochs": bool(own),
        STRENGTH: False,
    }
    found = {
        name: it
        for name, it in space.items()
        if uses.get(name, True) and (name == own or _group(name) != "methods")
    }
    if own in all_settings() and STRENGTH in space:
        found.setdefault(own, space[STRENGTH])
    return found


def _group(name: str) -> str:
    return "methods" if name == STRENGTH else group_of(name)


def _read_table(path: str, name: str, table: Any) -> Searched:
    where, settings = f"{path}: [{name}]", all_settings()
    if name not in settings and name != STRENGTH:
        near = did_you_mean(name, [*settings, STRENGTH])
        raise ValueError(f"{where}: there is no such setting.{near}")
    for key in (name, _group(name)):
        if why := _REFUSED.get(key):
            raise ValueError(f"{where} cannot be tuned: {why}.")
    if not isinstance(table, dict) or {*table} not in _FORMS:
        there = ", ".join(table) if isinstance(table, dict) else repr(table)
        raise ValueError(f"{where} has {there or 'nothing'}; expected {_EXPECTED}.")
    kind: Any = float if name == STRENGTH else settings[name][1].type
    if "choices" in table:
        return Searched(choices=_read_choices(where, kind, table["choices"]))
    if kind not in (int, float):
        raise ValueError(f"{where}: it is no number, so give choices = [...].")
    # `take` leaves a whole number as it is, of which a range would be of such.
    low, high = ends = [
        kind(take(f"{where} {end}", kind, table[end])) for end in ("low", "high")
    ]
    log = take(f"{where} log", bool, table.get("log", False))
    are_finite = math.isfinite(low) and math.isfinite(high)
    require(are_finite and low < high, where, ends, "numbers, low below high")
    require(not log or low > 0, where, ends, "low over 0, for log = true")
    return Searched(low, high, log)


def _read_choices(where: str, kind: Any, given: Any) -> tuple[Any, ...]:
    if not isinstance(given, list) or not given:
        raise ValueError(f"{where}: choices={given!r}; expected a list of values.")
    values = [take(f"{where} choices", kind, value) for value in given]
    choices = [as_text(it) if isinstance(it, tuple) else it for it in values]
    require(len({*choices}) == len(choices), where, given, "each choice once")
    return tuple(choices)
