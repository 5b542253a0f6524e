"""The one formula of all methods: what classifier and discriminators minimise.

    L = L_emo + sum_m (L_m - L_emo),

where L_m is the loss of one method (`Method.loss`: Eq. 1, 2, 3) over its attributes.
Each changes the emotion loss by what it takes and adds, so that this is

    L = (1 - sum_taken a_i/N) L_emo + sum_taken (a_i/N) T_i + sum_added (l_j/N) T_j.

With one method it is that method's own loss, to the bit.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import struct

from serjax.methods import Method, Seen, labelled_mean
from serjax.training.choices import Choices
from serjax.training.store import PaddedBatch


class Outputs(struct.PyTreeNode):
    """What one forward pass says about a batch.

    Attributes:
      embedding: float[batch, embedding], before dropout.
      probabilities: float[batch, emotions].
      emotion_losses: float32[batch].
      losses: by `Method.module`, float32[batch, attributes].
      correct: by `Method.module`, bool[batch, attributes].
    """

    embedding: jax.Array
    probabilities: jax.Array
    emotion_losses: jax.Array
    losses: Mapping[str, jax.Array]
    correct: Mapping[str, jax.Array]


class Objective(NamedTuple):
    """What a step minimises, and what it notes.

    Attributes:
      classifier: scalar, L.
      discriminators: scalar, the sum of the chosen discriminators' losses.
      terms: float32[attributes], T of each chosen attribute; 0 of the others.
      method_state: as `init_method_state`, after the batch.
    """

    classifier: jax.Array
    discriminators: jax.Array
    terms: jax.Array
    method_state: Any


def objective_of(
    methods: Sequence[Method],
    sizes: Sequence[tuple[str, int]],
    outputs: Outputs,
    batch: PaddedBatch,
    choices: Choices,
    method_state: Mapping[str, Any],
) -> Objective:
    """Join emotion and attributes to what is minimised.

    Args:
      methods: of the program, in the order of `choices`.
      sizes: pairs (attribute, number of values), in the order of `choices`.
      outputs: of the batch.
      batch: with its labels.
      choices: which attributes have which method.
      method_state: before the batch.
    """
    emotion_loss = labelled_mean(outputs.emotion_losses, batch.labels)
    discriminators, all_terms = jnp.zeros(()), jnp.zeros(len(sizes))
    method_state = dict(method_state)
    if not sizes:
        return Objective(emotion_loss, discriminators, all_terms, method_state)
    all_chosen = jnp.asarray(choices.chosen) > 0
    num_used = jnp.sum(jnp.any(all_chosen, 1).astype(jnp.float32))
    loss = (1.0 - num_used) * emotion_loss
    for place, method in enumerate(methods):
        chosen = all_chosen[place]
        if method.term:
            states = method_state.get(method.name)
            terms, states = _own_terms(method, sizes, outputs, batch, chosen, states)
            if method.init_state:
                method_state[method.name] = states
        else:
            terms = _module_terms(method, outputs, batch)
        terms = jnp.where(chosen, terms, 0.0)
        all_terms += terms
        own = method.combine(emotion_loss, terms, jnp.asarray(choices.strengths)[place])
        if method.has_optimiser:
            own, of_discriminators = own
            discriminators += of_discriminators
        loss += jnp.where(jnp.any(chosen), own, 0.0)
    return Objective(loss, discriminators, all_terms, method_state)


def init_method_state(
    methods: Sequence[Method], sizes: Sequence[tuple[str, int]]
) -> dict[str, dict[str, Any]]:
    """First states of the methods that have one, by method and attribute."""
    return {
        method.name: {name: method.init_state(n) for name, n in sizes}
        for method in methods
        if method.init_state
    }


def term_of(method: Method, seen: Seen, state: Any) -> tuple[jax.Array, Any]:
    """What a method's own term gives, float32 scalar, and its state after that.

    Raises:
      ValueError: the term is no scalar.
    """
    assert method.term
    term = method.term(seen, state) if method.init_state else (method.term(seen), None)
    value, state = term
    if jnp.shape(value) != ():
        raise ValueError(
            f"Method {method.name}: its term has the shape {jnp.shape(value)}; "
            "expected a scalar for a batch, such as a labelled_mean."
        )
    return jnp.asarray(value, jnp.float32), jax.lax.stop_gradient(state)


def _module_terms(method: Method, outputs: Outputs, batch: PaddedBatch) -> jax.Array:
    """float32[attributes], mean cross-entropy of labelled rows; 0 without a module."""
    if not method.module:
        return jnp.zeros(batch.attributes.shape[1])
    losses = outputs.losses[method.module]
    return jax.vmap(labelled_mean, in_axes=1)(losses, batch.attributes)


def _own_terms(
    method: Method,
    sizes: Sequence[tuple[str, int]],
    outputs: Outputs,
    batch: PaddedBatch,
    chosen: jax.Array,
    states: Mapping[str, Any] | None,
) -> tuple[jax.Array, dict[str, Any]]:
    """float32[attributes], what the method's `term` gives, and its states after that.

    A term is computed for a chosen attribute alone: another's may not even be finite.
    """
    terms, after = [], {}
    none = jnp.zeros(batch.attributes.shape)
    losses = outputs.losses[method.module] if method.module else none
    for index, (name, num_values) in enumerate(sizes):
        seen = Seen(
            labels=batch.attributes[:, index],
            num_values=num_values,
            losses=losses[:, index],
            embedding=outputs.embedding,
            probabilities=outputs.probabilities,
            emotion_losses=outputs.emotion_losses,
            emotions=batch.labels,
        )
        term, after[name] = jax.lax.cond(
            chosen[index],
            lambda state, seen=seen: term_of(method, seen, state),
            lambda state: (jnp.zeros(()), state),
            states[name] if states else None,
        )
        terms.append(term)
    return jnp.stack(terms), after
