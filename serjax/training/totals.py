"""Sums over an epoch, added up in the steps and divided once at its end."""

import dataclasses

import jax
import jax.numpy as jnp
from flax import struct


class Totals(struct.PyTreeNode):
    """Sums over an epoch's utterances or, of the norms, over its steps.

    They are divided once, at the epoch's end.

    Attributes:
      utterances: float32 scalar, those trained on.
      loss: float32 scalar, the objective times utterances.
      emotion_loss: float32 scalar.
      labelled: float32[attributes], utterances whose attribute is known.
      attribute_loss: float32[attributes].
      correct: float32[attributes], of the labelled ones.
      term: float32[attributes], T of the attribute's method, a sum over steps.
      steps: float32 scalar.
      encoder_grad_norm: float32 scalar, L2 norm of the objective's gradient in the
        shared layers' parameters.
      grad_norm: float32[attributes], the same in those of the attribute's head, or of
        its discriminator where that is trained.
    """

    utterances: jax.Array
    loss: jax.Array
    emotion_loss: jax.Array
    labelled: jax.Array
    attribute_loss: jax.Array
    correct: jax.Array
    term: jax.Array
    steps: jax.Array
    encoder_grad_norm: jax.Array
    grad_norm: jax.Array


def init_totals(num_attributes: int) -> Totals:
    """Return sums of nothing."""
    names = [field.name for field in dataclasses.fields(Totals)]
    per_attribute = ("labelled", "attribute_loss", "correct", "term", "grad_norm")
    # Distinct buffers: a step donates them all.
    sums = {n: jnp.zeros(num_attributes if n in per_attribute else ()) for n in names}
    return Totals(**sums)
