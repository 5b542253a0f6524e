"""The grid of runs: approaches x attribute sets, and roles, x seeds (Sec. 4, Sec. 5).

What a grid is made of is read here, of flags and of Python alike. No jax: scripts read
their flags with these.
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

from serjax.config import (
    ATTRIBUTES,
    Config,
    Role,
    TrainingSettings,
    as_list,
    parse_attribute,
    sort_attributes,
    take,
)
from serjax.methods import BASELINE, Method, known_methods, order_approaches

ALL_ATTRIBUTE_SETS: tuple[tuple[str, ...], ...] = tuple(
    names
    for size in range(1, len(ATTRIBUTES) + 1)
    for names in itertools.combinations(ATTRIBUTES.values(), size)
)
"""The 15 non-empty subsets of corpus, speaker, gender, language: C, S ... C+S+G+L."""


MAX_SEEDS = 10_000
"""In a range: more are a slip of the hand."""


def parse_approaches(value: Any, methods: Sequence[Method] = ()) -> tuple[str, ...]:
    """Read `baseline,reversal`, or a list; the order is always that of tables.

    Raises:
      ValueError: one is unknown or named twice, or there is none.
    """
    known = (BASELINE, *known_methods(methods))
    names = _split(value, "approaches", f"some of {','.join(known)}")
    for name in names:
        if name not in known:
            raise ValueError(
                f"approaches={value!r}: unknown approach {name!r}; expected some of "
                f"{', '.join(known)}."
            )
    _refuse_repeated("approaches", value, names)
    return order_approaches(names)


def parse_attribute_sets(value: Any) -> tuple[tuple[str, ...], ...]:
    """Read `all`, or sets such as `C,G,C+G` (letters or names, joined by `+`).

    Of a list each item is a set: `["C", "C+G"]`, `[["corpus"], ["corpus", "gender"]]`.

    Example:
      >>> parse_attribute_sets("G+C,speaker")
      (('corpus', 'gender'), ('speaker',))

    Raises:
      ValueError: a set is named twice, or an attribute is twice in a set.
    """
    if isinstance(value, str) and value.strip() == "all":
        return ALL_ATTRIBUTE_SETS
    expected = "all, or sets such as C,G,C+G"
    sets = []
    for part in _split(value, "attribute_sets", expected):
        names = part.split("+") if isinstance(part, str) else as_list(part)
        names = [parse_attribute(take("attribute_sets", str, it)) for it in names]
        sets.append(sort_attributes(names))
        if not (names and all(names)):
            raise ValueError(
                f"attribute_sets={value!r}: a set has an attribute without a name; "
                f"expected {expected}."
            )
    _refuse_repeated("attribute_sets", value, sets)
    return tuple(sets)


def parse_roles(value: Any) -> tuple[tuple[Role, ...], ...]:
    """Read sets of roles, each as of `--roles`: `speaker:reversal,gender:multitask`.

    A text or a dict is one set; of a list each item is a set, and an empty text none.

    Raises:
      ValueError: a role cannot be read, or a set is given twice or has only `off`.
    """
    parts = [value] if isinstance(value, str | Mapping) else as_list(value)
    expected = "sets of roles, as in ['speaker:reversal,gender:multitask']"
    if any(isinstance(part, Role) for part in parts):
        raise ValueError(f"roles={value!r}: expected {expected}; a role alone is none.")
    sets = [TrainingSettings(roles=part) for part in parts if part]
    if not all(it.attributes for it in sets):
        raise ValueError(f"roles={value!r}: a set has only off; that is the baseline.")
    _refuse_repeated("roles", value, [it.name for it in sets])
    return tuple(tuple(it.roles_by_attribute.values()) for it in sets)


def parse_seeds(value: Any) -> tuple[int, ...]:
    """Read `0,1,2`, ranges such as `0,2,5-7`, a number, or a list of numbers.

    Raises:
      ValueError: one is not a number of 0 or more, or is given twice.
    """
    expected = f"numbers of 0 or more, as in 0,1,2 or 0-9 (at most {MAX_SEEDS:,})"
    seeds: list[int] = []
    for part in _split(value, "seeds", expected):
        text = part if isinstance(part, str) else str(take("seeds", int, part))
        ends = re.fullmatch(r"(\d+)(?:\s*-\s*(\d+))?", text)
        low, high = map(int, (ends[1], ends[2] or ends[1])) if ends else (0, -1)
        if not 0 <= high - low < MAX_SEEDS:
            raise ValueError(f"seeds={value!r}: expected {expected}.")
        seeds += range(low, high + 1)
    _refuse_repeated("seeds", value, seeds)
    return tuple(seeds)


def make_grid(
    config: Config,
    approaches: Sequence[str],
    attribute_sets: Sequence[Sequence[str]],
    seeds: Sequence[int],
    roles: Sequence[Sequence[Role]] = (),
) -> tuple[Config, ...]:
    """List the runs of a study: one seed's whole grid, then the next seed's.

    The baseline uses no attributes and so is trained once per seed: with everything,
    1 + 3 x 15 = 46 runs a seed. Each set of roles is one more run a seed, unless it is
    an approach with its attributes, which is there. Of `config` approach, attributes,
    roles and seed are replaced.
    """
    choices: list[dict[str, Any]] = [
        {"approach": approach, "attributes": tuple(names)}
        for approach in approaches
        for names in ([()] if approach == BASELINE else attribute_sets)
    ]
    choices += [{"roles": tuple(it)} for it in roles]
    grid = [config.replace(seed=seed, **it) for seed in seeds for it in choices]
    return tuple({run.training.name: run for run in grid}.values())


def _split(value: Any, name: str, expected: str) -> list[Any]:
    """List the items of a text or a list; refuse none, and empty ones."""
    parts = as_list(value)
    if not parts or any(isinstance(part, str) and not part for part in parts):
        raise ValueError(f"{name}={value!r}: expected {expected}.")
    return parts


def _refuse_repeated(name: str, value: Any, items: Sequence[Any]) -> None:
    if len(set(items)) < len(items):
        raise ValueError(f"{name}={value!r}: one is named twice.")
