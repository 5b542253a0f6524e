"""The output layers: emotion, and the heads of the attributes behind the reversal."""

import math
from collections.abc import Mapping

import jax
import jax.numpy as jnp
from flax import linen as nn

from serjax.models.discriminator import Discriminator
from serjax.models.reversal import reverse_gradient

MOST_PRODUCTS = 4096
"""Past so many products of embedding and probabilities they are projected."""

NUM_PROJECTED = 1024
"""Products of random projections in their place (Long et al., NeurIPS 2018)."""


class Heads(nn.Module):
    """One linear layer for emotion, and heads for each attribute, on a shared dropout.

    Every attribute has its head on the embedding in every run, chosen or not, so that
    all choices are one program and a head's first weights depend on the seed and its
    name alone. A method that reads something else has further heads.

    Attributes:
      num_emotions: emotion classes.
      attributes: pairs (name, number of training values).
      dropout: rate on the embedding, before all heads (Sec. 4).
      features: hidden units of an attribute head; none in the paper.
      further: what further heads read: `emotion`, or `both` in an outer product.
    """

    num_emotions: int
    attributes: tuple[tuple[str, int], ...] = ()
    dropout: float = 0.5
    features: tuple[int, ...] = ()
    further: tuple[str, ...] = ()

    @nn.compact
    def __call__(
        self,
        embedding: jax.Array,
        scales: Mapping[str, jax.Array | float] | None = None,
        *,
        train: bool,
    ) -> tuple[jax.Array, dict[str, dict[str, jax.Array]]]:
        """Score emotion and attributes.

        Args:
          embedding: float[batch, embedding].
          scales: per attribute the reversal's scale: 1 reverses the gradient that the
            embedding gets from its heads, -1 lets it pass. Default: pass.
          train: draw a dropout mask from the rng `dropout`.

        Returns:
          Emotion logits float[batch, emotions], and per attribute its logits
          float[batch, values]; those of further heads by `module_key`.
        """
        scales = scales or {}
        x = nn.Dropout(self.dropout, deterministic=not train, name="dropout")(embedding)
        emotion = nn.Dense(self.num_emotions, name="emotion")(x)
        probabilities = jax.nn.softmax(emotion)
        logits = {}
        for reads in ("embedding", *self.further):
            for name, num_values in self.attributes:
                source = probabilities if reads == "emotion" else x
                unaware = reverse_gradient(source, scales.get(name, -1.0))
                key = module_key(name, "head", reads)
                head = self._make_head(num_values, f"attribute_{key}")
                logits[key] = head(what_is_read(reads, unaware, probabilities))
        return emotion, logits

    def _make_head(self, num_values: int, name: str) -> nn.Module:
        if self.features:
            return Discriminator(num_values, self.features, name=name)
        return nn.Dense(num_values, name=name)


def what_is_read(reads: str, x: jax.Array, probabilities: jax.Array) -> jax.Array:
    """What an attribute module sees: float[batch, inputs].

    With `both`, embedding f and probabilities g, it is the outer product `f x g`, or
    where that has over 4,096 entries `(R_f f) * (R_g g) / sqrt(1024)`, whose inner
    products are those of `f x g` in expectation (Long et al., NeurIPS 2018). No
    gradient comes to g. R_f and R_g hold fixed random signs: they are neither trained
    nor saved, and the same for all seeds.

    Args:
      reads: `embedding`, `emotion` or `both`.
      x: float[batch, inputs], the embedding, or with `emotion` the probabilities.
      probabilities: float[batch, emotions].
    """
    if reads != "both":
        return x
    probabilities = jax.lax.stop_gradient(probabilities)
    sizes = x.shape[1], probabilities.shape[1]
    if math.prod(sizes) <= MOST_PRODUCTS:
        return (x[:, :, None] * probabilities[:, None, :]).reshape(len(x), -1)
    of_x, of_probabilities = map(_random_signs, range(2), sizes)
    return (x @ of_x) * (probabilities @ of_probabilities) / math.sqrt(NUM_PROJECTED)


def count_read(reads: str, num_embedding: int, num_emotions: int) -> int:
    """Inputs of an attribute module, as `what_is_read` gives them."""
    products = num_embedding * num_emotions
    both = products if products <= MOST_PRODUCTS else NUM_PROJECTED
    return {"embedding": num_embedding, "emotion": num_emotions, "both": both}[reads]


def _random_signs(number: int, num_inputs: int) -> jax.Array:
    """float32[inputs, 1024] of -1 and 1: symmetric and of variance 1, as is asked."""
    with jax.ensure_compile_time_eval():  # a constant of the program
        # By name: another default generator of JAX's changes nothing.
        key = jax.random.fold_in(jax.random.key(0, impl="threefry2x32"), number)
        return jax.random.rademacher(key, (num_inputs, NUM_PROJECTED), jnp.float32)


def module_key(name: str, which: str, reads: str) -> str:
    """Name of an attribute's `head` or `discriminator`, among others of the attribute.

    What it reads is named where that is not the paper's.
    """
    paper = {"head": "embedding", "discriminator": "emotion"}
    return name if reads == paper[which] else f"{name} {reads}"
