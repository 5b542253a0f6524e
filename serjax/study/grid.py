"""The grid of runs: approaches x attribute sets x seeds (Sec. 4, Sec. 5).

No jax here: scripts read their flags with these.
"""

import itertools
from collections.abc import Sequence

from serjax.config import ATTRIBUTES, Config, parse_attribute, sort_attributes
from serjax.methods import BASELINE, Method, known_methods, order_approaches

ALL_ATTRIBUTE_SETS: tuple[tuple[str, ...], ...] = tuple(
    names
    for size in range(1, len(ATTRIBUTES) + 1)
    for names in itertools.combinations(ATTRIBUTES.values(), size)
)
"""The 15 non-empty subsets of corpus, speaker, gender, language: C, S ... C+S+G+L."""


def parse_approaches(text: str, methods: Sequence[Method] = ()) -> tuple[str, ...]:
    """Read `baseline,reversal`, or a user's own; the order is always that of tables.

    Raises:
      ValueError: one is unknown or named twice, or there is none.
    """
    known = (BASELINE, *known_methods(methods))
    names = _split(text, "approaches", f"some of {','.join(known)}")
    for name in names:
        if name not in known:
            raise ValueError(
                f"approaches={text!r}: unknown approach {name!r}; expected some of "
                f"{', '.join(known)}."
            )
    return order_approaches(names)


def parse_attribute_sets(text: str) -> tuple[tuple[str, ...], ...]:
    """Read `all`, or sets such as `C,G,C+G` (letters or names, joined by `+`).

    Example:
      >>> parse_attribute_sets("G+C,speaker")
      (('corpus', 'gender'), ('speaker',))

    Raises:
      ValueError: a set is named twice, or an attribute is twice in a set.
    """
    if text.strip() == "all":
        return ALL_ATTRIBUTE_SETS
    sets = [
        sort_attributes(parse_attribute(name) for name in part.split("+"))
        for part in _split(text, "attribute_sets", "all, or sets such as C,G,C+G")
    ]
    if any("" in names for names in sets):
        raise ValueError(
            f"attribute_sets={text!r}: a set has an attribute without a name; "
            "expected all, or sets such as C,G,C+G."
        )
    if len(set(sets)) < len(sets):
        raise ValueError(f"attribute_sets={text!r}: a set is named twice.")
    return tuple(sets)


def parse_seeds(text: str) -> tuple[int, ...]:
    """Read `0,1,2`.

    Raises:
      ValueError: one is not a number of 0 or more, or is given twice.
    """
    parts = _split(text, "seeds", "numbers such as 0,1,2")
    if not all(part.isdecimal() for part in parts):
        raise ValueError(f"seeds={text!r}: expected numbers of 0 or more, as in 0,1,2.")
    seeds = tuple(map(int, parts))
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds={text!r}: a seed is given twice.")
    return seeds


def make_grid(
    config: Config,
    approaches: Sequence[str],
    attribute_sets: Sequence[Sequence[str]],
    seeds: Sequence[int],
) -> tuple[Config, ...]:
    """List the runs of a study: one seed's whole grid, then the next seed's.

    The baseline uses no attributes and so is trained once per seed: with everything,
    1 + 3 x 15 = 46 runs a seed. Of `config` approach, attributes, roles and seed are
    replaced.
    """
    return tuple(
        config.replace(approach=approach, attributes=tuple(names), seed=seed)
        for seed, approach in itertools.product(seeds, approaches)
        for names in ([()] if approach == BASELINE else attribute_sets)
    )


def _split(text: str, name: str, expected: str) -> list[str]:
    """Split at commas; refuse an empty list and a repeated item."""
    parts = [part.strip() for part in text.split(",")]
    if "" in parts:
        raise ValueError(f"{name}={text!r}: expected {expected}.")
    if name != "seeds" and len(set(parts)) < len(parts):
        raise ValueError(f"{name}={text!r}: an item is named twice.")
    return parts
