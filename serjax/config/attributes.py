"""Attributes, their roles, and how sets of them are written."""

import dataclasses
from collections.abc import Iterable

from serjax.config.setting import require

ATTRIBUTES = {"C": "corpus", "S": "speaker", "G": "gender", "L": "language"}
"""The paper's four attributes by letter, in the order in which sets are written."""

ROLES = ("off", "multitask", "reversal", "adversarial")
"""What training does with an attribute."""


def parse_attribute(text: str) -> str:
    """Full name of an attribute given as a letter (`C`) or as a name (`corpus`)."""
    text = text.strip()
    return ATTRIBUTES.get(text, text)


def sort_attributes(names: Iterable[str]) -> tuple[str, ...]:
    """Put attributes in the paper's order C S G L, then any others by name.

    Raises:
      ValueError: an attribute is named twice.
    """
    names = list(names)
    if len(set(names)) < len(names):
        raise ValueError(f"attributes={','.join(names)}: one is named twice.")
    paper = list(ATTRIBUTES.values())
    key = lambda n: (paper.index(n) if n in paper else len(paper), n)  # noqa: E731
    return tuple(sorted(names, key=key))


def attribute_set_name(names: Iterable[str]) -> str:
    """Write an attribute set as the paper does: `C+S`; the empty set is `-`."""
    letters = {name: letter for letter, name in ATTRIBUTES.items()}
    return "+".join(letters.get(n, n) for n in sort_attributes(names)) or "-"


@dataclasses.dataclass(frozen=True)
class Role:
    """What training does with one attribute, and how strongly.

    `alpha` None means the role's default strength (`TrainingSettings.alpha_*`).
    """

    name: str
    role: str
    alpha: float | None = None

    def __post_init__(self) -> None:
        require(
            self.role in ROLES, f"role of {self.name}", self.role, f"one of {ROLES}"
        )
        if self.alpha is not None:
            require(0 <= self.alpha <= 1, f"alpha of {self.name}", self.alpha, "0 to 1")

    @classmethod
    def parse(cls, text: str) -> "Role":
        """Read `gender:multitask`, or `gender:multitask:0.2` with its own alpha."""
        name, *rest = (part.strip() for part in text.split(":"))
        try:
            role, alpha = rest[0], float(rest[1]) if len(rest) == 2 else None
            readable = bool(name) and len(rest) <= 2
        except (IndexError, ValueError):
            role, alpha, readable = "", None, False
        if not readable:
            raise ValueError(
                f"roles: cannot read {text!r}; expected attribute:role or "
                "attribute:role:alpha, as in gender:multitask,speaker:reversal:0.3."
            )
        return cls(parse_attribute(name), role, alpha)

    def __str__(self) -> str:
        strength = "" if self.alpha is None else f":{self.alpha:g}"
        return f"{self.name}:{self.role}{strength}"


def role_set_name(roles: Iterable[Role]) -> str:
    """Write attributes with a role each: `C.reversal+S.multitask.0.3`."""
    letters = {name: letter for letter, name in ATTRIBUTES.items()}
    return "+".join(
        f"{letters.get(r.name, r.name)}.{r.role}"
        + ("" if r.alpha is None else f".{r.alpha:g}")
        for r in roles
    )
