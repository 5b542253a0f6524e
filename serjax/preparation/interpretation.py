"""Attributes that go together, in plain words."""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from serjax.config import ATTRIBUTES
from serjax.data.attributes import Columns
from serjax.preparation.confounds import Confound

STRONG = 0.5
"""Cramer's V from which on two attributes are said to go together."""


def warn_of_confounds(
    columns: Columns, confounds: Sequence[Confound], classes: Sequence[str]
) -> list[str]:
    """Say in words what goes together, a line per thing to know."""
    num_rows = len(columns["emotion"])
    # A text or a name that hardly repeats determines everything, and tells nothing.
    usable = {n for n, its in columns.items() if 2 * len({*its} - {None}) <= num_rows}
    usable |= {*ATTRIBUTES.values(), "emotion"}
    confounds = [
        it for it in confounds if {it.attribute_a, it.attribute_b} <= usable and it.rows
    ]
    determined = {pair for it in confounds for pair in it.determined}
    told = {
        teller: [name for name in columns if (teller, name) in determined]
        for teller in columns
    }
    return [
        *_without_role(columns),
        *_determined(told),
        *_one_and_the_same(told),
        *_single_values(columns, usable),
        *_missing_classes(columns, classes),
        *_strong(confounds),
        *_two_genders(columns),
    ]


def _without_role(columns: Columns) -> list[str]:
    """Attributes that no model can learn or unlearn, and where they are unknown."""
    lines = []
    for name in [it for it in columns if it != "emotion"]:
        known = {*columns[name]} - {None}
        if not known:
            lines.append(f"{name} is unknown everywhere: it can take no role.")
            continue
        if len(known) == 1 and name != "corpus":
            lines.append(f"{name} is {known.pop()} throughout: it can take no role.")
        pairs = zip(columns["corpus"], columns[name], strict=True)
        unknown = {str(corpus) for corpus, value in pairs if value is None}
        # A further column may be one corpus's alone.
        if unknown and name in ATTRIBUTES.values():
            lines.append(f"{name} is unknown in {_and(sorted(unknown))}, or in parts.")
    return lines


def _determined(told: Mapping[str, Sequence[str]]) -> list[str]:
    """Attributes that tell others, but not those that tell them in turn."""
    letters = {name: letter for letter, name in ATTRIBUTES.items()}
    lines = []
    for teller, all_told in told.items():
        attributes = [name for name in all_told if teller not in told[name]]
        if not attributes:
            continue
        line = f"{teller} determines {_and(attributes)}"
        if "emotion" in attributes:
            line += ": a model can read the class off it"
        elif teller == "emotion":
            line += ": what hides that from a model hides the class"
        elif teller in letters and (known := [n for n in attributes if n in letters]):
            line += (
                f": a set of attributes with {letters[teller]} is not independent of "
                f"{', '.join(letters[name] for name in known)}"
            )
        lines.append(line + ".")
    return lines


def _one_and_the_same(told: Mapping[str, Sequence[str]]) -> list[str]:
    """Attributes that tell each other; of the corpus `_single_values` says it."""
    return [
        f"{a} and {b} determine each other: they are one attribute."
        for a, b in itertools.combinations(told, 2)
        if a in told[b] and b in told[a]
        if "corpus" not in (a, b) or {"speaker", "emotion"} & {a, b}
    ]


def _single_values(columns: Columns, usable: Iterable[str]) -> list[str]:
    """Corpora in which an attribute has one value, where it has more elsewhere."""
    lines = []
    further = {*usable} - {"corpus", "speaker", "emotion"}
    for name in [n for n in columns if n in further]:
        values = _values_by("corpus", name, columns)
        if len(set().union(*values.values())) < 2 or len(values) < 2:
            continue
        single = {c: next(iter(v)) for c, v in values.items() if len(v) == 1}
        held = Counter(value for v in values.values() for value in v)
        alone = {corpus: value for corpus, value in single.items() if held[value] == 1}
        if alone:
            lines.append(
                f"{name} and corpus coincide in {_cases(alone)}: no other corpus has "
                "their value, and they have no other."
            )
        rest = {c: v for c, v in single.items() if c not in alone}
        # Where it never varies within a corpus, the corpus determines it: said above.
        if rest and len(single) < len(values):
            lines.append(f"{name} has one value alone in {_cases(rest)}.")
    return lines


def _missing_classes(columns: Columns, classes: Sequence[str]) -> list[str]:
    return [
        f"{corpus} has no utterance of class {_and(missing)}."
        for corpus, present in _values_by("corpus", "emotion", columns).items()
        if (missing := [name for name in classes if name not in present])
    ]


def _strong(confounds: Iterable[Confound]) -> list[str]:
    return [
        f"{it.attribute_a} and {it.attribute_b} go together: Cramer's V is "
        f"{it.cramers_v:.2f} (0 is independent, 1 the most)."
        for it in confounds
        if it.cramers_v is not None and it.cramers_v >= STRONG and not it.determined
    ]


def _two_genders(columns: Columns) -> list[str]:
    genders = _values_by("speaker", "gender", columns)
    wrong = [speaker for speaker, found in genders.items() if len(found) > 1]
    if not wrong:
        return []
    first = f"{wrong[0]} is {_and(sorted(genders[wrong[0]]))}"
    have = "has" if len(wrong) == 1 else "have"
    return [f"{len(wrong):,} of the speakers {have} more than one gender: {first}."]


def _values_by(teller: str, name: str, columns: Columns) -> dict[str, set[str]]:
    """The known values of an attribute, by those of another."""
    found: dict[str, set[str]] = {}
    for told_by, value in zip(columns[teller], columns[name], strict=True):
        if told_by is not None and value is not None:
            found.setdefault(told_by, set()).add(value)
    return found


def _cases(values: Mapping[str, str]) -> str:
    return _and([f"{corpus} ({value})" for corpus, value in values.items()])


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
