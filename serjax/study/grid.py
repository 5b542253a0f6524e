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
    require,
    sort_attributes,
    take,
)
from serjax.methods import (
    WITHOUT_ATTRIBUTES,
    Method,
    known_methods,
    order_approaches,
)

ALL_ATTRIBUTE_SETS: tuple[tuple[str, ...], ...] = tuple(
    names
    for size in range(1, len(ATTRIBUTES) + 1)
    for names in itertools.combinations(ATTRIBUTES.values(), size)
)
"""The 15 non-empty subsets of corpus, speaker, gender, language: C, S ... C+S+G+L."""


MAX_SEEDS = 10_000  # of a study: more are a slip of the hand


def parse_approaches(value: Any, methods: Sequence[Method] = ()) -> tuple[str, ...]:
    """Read `baseline,reversal`, or a list; the order is always that of tables.

    Raises:
      ValueError: one is unknown or named twice, or there is none.
    """
    names, known = as_list(value), (*WITHOUT_ATTRIBUTES, *known_methods(methods))
    expected = f"some of {', '.join(known)}, each once"
    are_known = bool(names) and all(name in known for name in names)
    require(are_known and _is_unique(names), "approaches", value, expected)
    return order_approaches(names)


def parse_attribute_sets(value: Any) -> tuple[tuple[str, ...], ...]:
    """Read `all`, or sets such as `C,G,C+G` (letters or names, joined by `+`).

    Of a list each item is a set: `["C", "C+G"]`, `[["corpus"], ["corpus", "gender"]]`;
    it may be empty, for the baseline needs none.

    Example:
      >>> parse_attribute_sets("G+C,speaker")
      (('corpus', 'gender'), ('speaker',))

    Raises:
      ValueError: a set is named twice, or an attribute is twice in a set.
    """
    if isinstance(value, str) and value.strip() == "all":
        return ALL_ATTRIBUTE_SETS
    parts = [it.split("+") if isinstance(it, str) else it for it in as_list(value)]
    parts = [take("attribute_sets", tuple[str, ...], it) for it in parts]
    sets = [sort_attributes(map(parse_attribute, names)) for names in parts]
    are_named = all(names and all(names) for names in sets)
    is_given = bool(sets) or not isinstance(value, str)
    expected = "all, or sets such as C,G,C+G, each once"
    is_right = is_given and are_named and _is_unique(sets)
    require(is_right, "attribute_sets", value, expected)
    return tuple(sets)


def parse_roles(value: Any) -> tuple[tuple[Role, ...], ...]:
    """Read sets of roles, each as of `--roles`: `speaker:reversal,gender:multitask`.

    A text or a dict is one set; of a list each item is a set, and an empty text none.

    Raises:
      ValueError: a role cannot be read, or a set is given twice or has only `off`.
    """
    parts = [value] if isinstance(value, str | Mapping) else as_list(value)
    read = [take("roles", tuple[Role, ...], part) for part in parts if part]
    sets = [TrainingSettings(roles=roles) for roles in read]
    are_sets = not any(isinstance(part, Role) for part in parts)
    are_sets = are_sets and all(it.attributes for it in sets)
    expected = "sets, each once and not only of off: ['S:reversal,G:multitask', ...]"
    require(are_sets and _is_unique([it.name for it in sets]), "roles", value, expected)
    return tuple(tuple(it.roles_by_attribute.values()) for it in sets)


def parse_seeds(value: Any) -> tuple[int, ...]:
    """Read `0,1,2`, ranges such as `0,2,5-7`, a number, or a list of numbers.

    Raises:
      ValueError: one is not a number of 0 or more, or is given twice.
    """
    seeds: list[int] = []
    for part in as_list(value):
        ends = re.fullmatch(r"(\d+)(?:-(\d+))?", str(part))
        some = range(int(ends[1]), int(ends[2] or ends[1]) + 1) if ends else ()
        seeds += some[: MAX_SEEDS + 1] or [-1]  # for what cannot be read
    are_seeds = 0 < len(seeds) <= MAX_SEEDS and -1 not in seeds
    expected = "numbers of 0 or more, each once, as in 0,1,2 or 0-9"
    require(are_seeds and _is_unique(seeds), "seeds", value, expected)
    return tuple(seeds)


def make_grid(
    config: Config,
    approaches: Sequence[str],
    attribute_sets: Sequence[Sequence[str]],
    seeds: Sequence[int],
    roles: Sequence[Sequence[Role]] = (),
) -> tuple[Config, ...]:
    """List the runs of a study: one seed's whole grid, then the next seed's.

    Baseline and svm use no attributes and so are trained once per seed: with all of
    the paper's, 1 + 3 x 15 = 46 runs a seed. Each set of roles is one more run a seed,
    unless it is an approach with its attributes, which is there. Of `config` approach,
    attributes, roles and seed are replaced.
    """
    choices: list[dict[str, Any]] = [
        {"approach": approach, "attributes": tuple(names)}
        for approach in approaches
        for names in ([()] if approach in WITHOUT_ATTRIBUTES else attribute_sets)
    ]
    choices += [{"roles": tuple(it)} for it in roles]
    grid = [config.replace(seed=seed, **it) for seed in seeds for it in choices]
    return tuple({run.training.name: run for run in grid}.values())


def _is_unique(items: Sequence[Any]) -> bool:
    return len(set(items)) == len(items)
