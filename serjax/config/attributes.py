"""Attributes, their roles, and how sets of them are written."""

import dataclasses
import re
from collections.abc import Iterable
from typing import Any

from serjax.config.setting import require, settle
from serjax.methods import METHODS, MIXED, WITHOUT_ATTRIBUTES, Method

ATTRIBUTES = {"C": "corpus", "S": "speaker", "G": "gender", "L": "language"}
"""The paper's four attributes by letter, in the order in which sets are written."""

_LETTERS = {name: letter for letter, name in ATTRIBUTES.items()}


def parse_attribute(text: str) -> str:
    """Full name of an attribute given as a letter (`C`) or as a name (`Corpus`)."""
    text = text.strip()
    name = ATTRIBUTES.get(text, text)
    return name.lower() if name.lower() in _LETTERS else name


def sort_attributes(names: Iterable[str]) -> tuple[str, ...]:
    """Put attributes in the paper's order C S G L, then any others by name.

    Raises:
      ValueError: an attribute is named twice.
    """
    names = list(names)
    if len(set(names)) < len(names):
        raise ValueError(f"attributes={','.join(names)}: one is named twice.")
    others = sorted({*names} - {*_LETTERS})
    return (*(name for name in _LETTERS if name in names), *others)


def attribute_set_name(names: Iterable[str]) -> str:
    """Write an attribute set as the paper does: `C+S`; the empty set is `-`."""
    return "+".join(_LETTERS.get(n, n) for n in sort_attributes(names)) or "-"


@dataclasses.dataclass(frozen=True)
class Role:
    """What training does with one attribute, and how strongly.

    Attributes:
      name: of the attribute; a letter of the paper's (`S`) stands for its name.
      role: `off`, or the name of a method; which ones there are is known where the
        settings are used, for a method may be the user's own.
      strength: alpha or lambda; None for the method's (`MethodSettings`).
    """

    name: str
    role: str
    strength: float | None = None

    def __post_init__(self) -> None:
        settle(self)
        object.__setattr__(self, "name", parse_attribute(self.name))
        where = f"role of {self.name}"
        is_method = self.role not in (*WITHOUT_ATTRIBUTES, MIXED)
        is_method &= self.role.isidentifier()
        require(is_method, where, self.role, "off or a method's name")
        if method := METHODS.get(self.role):
            self.check_strength(method)
        in_range = self.strength is None or self.strength >= 0
        require(in_range, f"strength of {self.name}", self.strength, "0 or more")

    def check_strength(self, method: Method) -> None:
        """Refuse a strength that its method cannot have."""
        if self.strength is not None:
            expected = f"none, for {method.name} acts after training"
            where = f"strength of {self.name}"
            require(method.has_strength, where, self.strength, expected)
            where = f"{method.strength_name} of {self.name}"
            method.check_strength(where, self.strength)

    @classmethod
    def parse(cls, value: Any) -> "Role":
        """Read `gender:multitask`, or `gender:multitask:0.2` with its own strength.

        Pairs are read as well, as a dict has them: `("gender", ("multitask", 0.2))`.

        Raises:
          ValueError: it is no role, or its strength is out of its range.
        """
        if isinstance(value, Role):
            return value
        try:
            name, role, *more = _words(value)
            (strength,) = map(float, more) if more else [None]
        except ValueError:
            name, role, strength = "", "", None
        if not name:
            raise ValueError(
                f"roles: cannot read {value!r}; expected attribute:role or "
                "attribute:role:strength, as in gender:multitask,speaker:reversal:0.3."
            )
        return cls(name, role, strength)

    def __str__(self) -> str:
        strength = "" if self.strength is None else f":{self.strength:g}"
        return f"{self.name}:{self.role}{strength}"


def role_set_name(roles: Iterable[Role], mark: str = ":") -> str:
    """Write attributes with a role each: `C:reversal+S:multitask:0.3`.

    In folders' names the mark is a dot.
    """
    found = [(_LETTERS.get(it.name, it.name), str(it)[len(it.name) :]) for it in roles]
    return "+".join(name + role.replace(":", mark) for name, role in found)


def read_role_set_name(folder: str) -> str:
    """Read `S:reversal:0.3` off the name of a run's folder."""
    text = re.sub(r"^mixed-|-seed\d+$", "", folder)
    role = re.compile(r"\.([a-z]\w*)(?:\.(\d[\d.e-]*))?(?=\+|$)")
    return role.sub(lambda it: ":" + ":".join(filter(None, it.groups())), text)


def _words(value: Any) -> list[str]:
    """`a:b` is a and b; so is a pair, whose items may be pairs."""
    if isinstance(value, list | tuple):
        return [word for it in value if it is not None for word in _words(it)]
    return [word.strip() for word in str(value).split(":")]
