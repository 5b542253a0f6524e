"""The record of a method: all that other code may ask about it.

With N chosen attributes, a training step minimises

    L = (1 - sum_taken a_i/N) L_emo + sum_taken (a_i/N) T_i + sum_added (l_j/N) T_j,

where each attribute's method says what its term T is, and whether its strength is
taken from the emotion loss (the paper's three) or added to it. A record is pure: it
knows nothing of optimisers, files or flags, and importing it loads no jax.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from serjax.methods.schedules import constant
from serjax.methods.terms import added_loss, taken_loss

if TYPE_CHECKING:
    import jax
    import numpy as np

READS = ("nothing", "embedding", "emotion", "both")
"""What an attribute module may see: the shared layers' output, the emotions'
probabilities, or the outer product of the two (Long et al., NeurIPS 2018)."""


class Seen(NamedTuple):
    """What a term may read of a batch, for one attribute.

    Attributes:
      labels: int32[batch], the attribute's values; -1 where unknown, and for padding.
      num_values: how many values the attribute has in training.
      losses: float32[batch], cross-entropy of its head or discriminator, in nats; zero
        where there is no label, and where the method reads nothing.
      embedding: float32[batch, embedding], the shared layers' output, before dropout.
      probabilities: float32[batch, emotions], the softmax of the emotion head.
      emotion_losses: float32[batch], cross-entropy of the emotion head, in nats.
      emotions: int32[batch], the emotion labels; -1 for padding.
    """

    labels: "jax.Array"
    num_values: int
    losses: "jax.Array"
    embedding: "jax.Array"
    probabilities: "jax.Array"
    emotion_losses: "jax.Array"
    emotions: "jax.Array"


class Frozen(NamedTuple):
    """What a stage after training reads: the training rows, on the host.

    Attributes:
      embeddings: float32[rows, embedding], without dropout.
      emotions: int32[rows].
      attributes: the chosen attributes with this method, int32[rows] each; -1 where
        unknown.
      kernel: float32[embedding, emotions], the emotion head's.
      bias: float32[emotions], the emotion head's.
    """

    embeddings: "np.ndarray"
    emotions: "np.ndarray"
    attributes: "dict[str, np.ndarray]"
    kernel: "np.ndarray"
    bias: "np.ndarray"


class Finished(NamedTuple):
    """What a stage after training gives: `embedding @ matrix + offset`, and a head.

    Attributes:
      matrix: float32[embedding, embedding].
      offset: float32[embedding].
      kernel: float32[embedding, emotions], the emotion head's on the new embedding.
      bias: float32[emotions].
    """

    matrix: "np.ndarray"
    offset: "np.ndarray"
    kernel: "np.ndarray"
    bias: "np.ndarray"


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class Method:
    """What training does with an attribute.

    Attributes:
      name: as flags, folders and tables write it.
      does: what the shared layers do with the attribute: "learn to predict it".
      equation: the loss, in the symbols of its source.
      reference: its source.
      strength: the full strength, unless a setting or a role gives another.
      is_taken: whether the strength is taken from the emotion loss. It is then called
        alpha and is at most 1; one that is added is called lambda.
      symbol: the paper's abbreviation; empty where the paper does not have the method.
      schedule: from the share of the nominal epochs that are done, 0 to 1, to the share
        of the strength that holds.
      reads: what its attribute module sees, one of `READS`.
      reverses: whether the shared layers get the module's gradient reversed.
      scales_reversal: whether the strength is the reversal's, and the term weighs 1:
        the module then learns at full strength.
      has_optimiser: whether the module is a discriminator with parameters and an
        optimiser state of its own, which the classifier's loss never moves.
      term: T for one attribute, from what is seen of a batch, and from the method's own
        state if it has one; it then returns the new state as well. None is the mean
        cross-entropy of the module over the labelled rows, and 0 without a module.
      loss: from L_emo, the terms float32[attributes] and the strengths
        float32[attributes], whose means are over the chosen attributes, to L; with
        `has_optimiser`, to L and what the discriminators minimise. None is the
        formula above.
      init_state: from the number of values to the first state, a tree of arrays, which
        the step and the checkpoints carry; None without one.
      finish: a stage after training; None without one.
      rows_per_value: rows of each value that its term needs in a batch; fewer of the
        rarest are warned of. None for any number.
    """

    name: str
    does: str
    equation: str
    reference: str
    strength: float = 1.0
    is_taken: bool = False
    symbol: str = ""
    schedule: Callable[[float], float] = constant
    reads: str = "nothing"
    reverses: bool = False
    scales_reversal: bool = False
    has_optimiser: bool = False
    term: "Callable[..., Any] | None" = None
    loss: "Callable[..., Any] | None" = None
    init_state: Callable[[int], Any] | None = None
    finish: Callable[[Frozen], Finished] | None = None
    rows_per_value: int | None = None

    def __post_init__(self) -> None:
        # Folders, flags and tables join names with these signs left out.
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise ValueError(
                f"Method {self.name!r}: expected a name of small letters, digits and _."
            )
        if self.reads not in READS:
            raise ValueError(
                f"Method {self.name}: reads={self.reads!r}; expected one of "
                f"{', '.join(READS)}."
            )
        if self.reads == "nothing" and (self.reverses or self.has_optimiser):
            raise ValueError(
                f"Method {self.name} reads nothing, so it has no module whose gradient "
                "could be reversed, or that could have an optimiser."
            )
        self.check_strength(f"strength of {self.name}", self.strength)

    def __repr__(self) -> str:
        # Short, and without addresses: it is part of the key of a compiled program.
        return f"Method({self.name})"

    @property
    def strength_name(self) -> str:
        """The strength's letter: `alpha` or `lambda`."""
        return "alpha" if self.is_taken else "lambda"

    @property
    def setting(self) -> str:
        """The setting of the strength: `alpha_reversal`."""
        return f"{self.strength_name}_{self.name}"

    @property
    def learns(self) -> bool:
        """Whether the shared layers help its module, which nothing acts against."""
        return self.reads != "nothing" and not (self.reverses or self.has_optimiser)

    @property
    def module(self) -> str:
        """Which attribute module it has: `head embedding`; `` for none."""
        if self.reads == "nothing":
            return ""
        return f"{'discriminator' if self.has_optimiser else 'head'} {self.reads}"

    @property
    def has_strength(self) -> bool:
        """Whether a strength says anything: not of a stage after training alone."""
        return not self.finish or bool(self.module or self.term or self.loss)

    @property
    def is_operand(self) -> bool:
        """Whether a program can have it for nothing: it uses what every run has."""
        own = (self.term, self.init_state, self.finish)
        return self.module == "head embedding" and own == (None, None, None)

    def check_strength(self, name: str, value: float) -> None:
        """Refuse a strength out of its range.

        Raises:
          ValueError: with `name`, the value and what was expected.
        """
        high, expected = (1, "0 to 1") if self.is_taken else (float("inf"), "0 or more")
        if not 0 <= value <= high:
            raise ValueError(f"{name}={value!r}: expected a number from {expected}.")

    def combine(self, emotion_loss: Any, terms: Any, strengths: Any) -> Any:
        """Its loss: `loss`, or the formula of what is taken or added."""
        loss = self.loss or (taken_loss if self.is_taken else added_loss)
        return loss(emotion_loss, terms, strengths)

    @classmethod
    def described(cls, record: Mapping[str, Any]) -> "Method":
        """What `describe` wrote, without what it computes: for tables and captions.

        Raises:
          ValueError: it is no such record.
        """
        kinds = {it.name: it.type for it in dataclasses.fields(cls)}
        plain = {
            n: it for n, it in record.items() if kinds.get(n) in (str, bool, float)
        }
        try:
            return cls(**plain)
        except TypeError as error:
            raise ValueError(f"it describes no method: {error}") from error

    def describe(self) -> dict[str, Any]:
        """What can be written down of it, as JSON values; functions by their names."""
        values = {it.name: getattr(self, it.name) for it in dataclasses.fields(self)}
        return {
            name: getattr(value, "__qualname__", value)
            for name, value in values.items()
            if value is not None
        }
