"""Settings of the methods: the strength of each, from its record."""

import dataclasses

from serjax.config.setting import setting, settle
from serjax.methods import METHODS, Method


def _help(method: Method) -> str:
    grows = (method.schedule.__doc__ or "").partition("\n")[0]
    return f"Strength of {method.name} ({method.reference}). {grows}"


_Strengths = dataclasses.make_dataclass(
    "_Strengths",
    [
        (it.setting, float, setting(it.strength, _help(it)))
        for it in METHODS.values()
        if it.has_strength
    ],
    frozen=True,
)


@dataclasses.dataclass(frozen=True)
class MethodSettings(_Strengths):
    """The strength of each of serjax's methods that has one.

    It is alpha where it is taken from the emotion loss, else lambda. A user's own
    method has its own, `Method.strength`.
    """

    def __post_init__(self) -> None:
        settle(self)
        for method in METHODS.values():
            method.check_strength(method.setting, self.of(method))

    def of(self, method: Method) -> float:
        """Strength of a method, one of serjax's or a user's own."""
        return getattr(self, method.setting, method.strength)
