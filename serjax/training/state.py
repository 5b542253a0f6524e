"""What training changes: parameters and optimiser states, in one flat record."""

import dataclasses
import functools
from typing import Any, cast

import jax
import jax.numpy as jnp
import optax
from flax import struct

from serjax.config import Config
from serjax.data import Dataset
from serjax.models import Discriminator, Encoder, Heads

Params = Any
"""A tree of parameters, as Linen's init returns it under 'params'."""


@dataclasses.dataclass(frozen=True)
class Network:
    """The modules and the optimiser of a run: all that a compiled program depends on.

    Attributes:
      encoder: the shared layers.
      heads: the output layers, with every attribute of the data set.
      discriminators: pairs (attribute, module); none without an adversarial role.
      num_mels: coefficients of a frame.
      learning_rate: SGD's.
      momentum: SGD's.
      clip_norm: greatest L2 norm of a gradient; 0 for any.
    """

    encoder: Encoder
    heads: Heads
    discriminators: tuple[tuple[str, Discriminator], ...]
    num_mels: int
    learning_rate: float
    momentum: float
    clip_norm: float

    @property
    def attributes(self) -> tuple[str, ...]:
        """Every attribute with a head, in the order of all arrays over attributes."""
        return tuple(name for name, _ in self.heads.attributes)

    def embed(self, params: Params, features: jax.Array, lengths: jax.Array):
        """Run the encoder of a classifier's parameters: float[batch, embedding]."""
        variables = {"params": params["encoder"]}
        return cast(jax.Array, self.encoder.apply(variables, features, lengths))

    def optimiser(self) -> optax.GradientTransformation:
        """SGD with momentum (Sec. 4), for the classifier and for the discriminators."""
        sgd = optax.sgd(self.learning_rate, momentum=self.momentum)
        if not self.clip_norm:
            return sgd
        return optax.chain(optax.clip_by_global_norm(self.clip_norm), sgd)


def make_network(config: Config, dataset: Dataset) -> Network:
    """Size the modules for a data set's classes and attribute values."""
    sizes = tuple((a.name, len(a.values)) for a in dataset.attributes.values())
    roles = config.training.roles_by_attribute.values()
    adversarial = any(role.role == "adversarial" for role in roles)
    features = config.model.discriminator_features
    return Network(
        encoder=Encoder(config.model),
        heads=Heads(len(dataset.classes), sizes, config.model.dropout),
        discriminators=tuple((name, Discriminator(n, features)) for name, n in sizes)
        if adversarial
        else (),
        num_mels=config.features.num_mels,
        learning_rate=config.training.learning_rate,
        momentum=config.training.momentum,
        clip_norm=config.training.clip_norm,
    )


class State(struct.PyTreeNode):
    """Everything a training step reads and replaces.

    Attributes:
      step: int32 scalar, steps taken.
      params: {'encoder', 'heads'}, the classifier's.
      opt_state: the classifier's optimiser state.
      discriminator_params: by attribute; empty without an adversarial role.
      discriminator_opt_state: the discriminators' optimiser state.
      key: a random key; a step uses `fold_in(key, step)`.
    """

    step: jax.Array
    params: Params
    opt_state: optax.OptState
    discriminator_params: Params
    discriminator_opt_state: optax.OptState
    key: jax.Array


def init_state(network: Network, seed: int) -> State:
    """Draw the first parameters; the same for every approach and attribute set.

    Args:
      network: modules and optimiser.
      seed: each part has a key of its own, so that a part's weights do not depend on
        which others there are.
    """
    key = jax.random.key(seed)
    encoder_key, heads_key, discriminators_key, steps_key = jax.random.split(key, 4)
    params = _init_classifier(
        network.encoder, network.heads, network.num_mels, encoder_key, heads_key
    )
    discriminators = {
        name: _init_discriminator(
            module,
            network.heads.num_emotions,
            jax.random.fold_in(discriminators_key, index),
        )
        for index, (name, module) in enumerate(network.discriminators)
    }
    optimiser = network.optimiser()
    return State(
        step=jnp.zeros((), jnp.int32),
        params=params,
        opt_state=optimiser.init(params),
        discriminator_params=discriminators,
        discriminator_opt_state=optimiser.init(discriminators),
        key=steps_key,
    )


# Jitted, and apart from the discriminators: the same program draws the same bits for
# every approach, and a study does not trace it again for each run.
@functools.partial(jax.jit, static_argnums=(0, 1, 2))
def _init_classifier(
    encoder: Encoder,
    heads: Heads,
    num_mels: int,
    encoder_key: jax.Array,
    heads_key: jax.Array,
) -> Params:
    features = jnp.zeros((1, 16, num_mels))
    lengths = jnp.full(1, 16, jnp.int32)
    embedding = jnp.zeros((1, encoder.settings.embedding_size))
    return {
        "encoder": encoder.init(encoder_key, features, lengths)["params"],
        "heads": heads.init(heads_key, embedding, train=False)["params"],
    }


@functools.partial(jax.jit, static_argnums=(0, 1))
def _init_discriminator(
    module: Discriminator, num_emotions: int, key: jax.Array
) -> Params:
    return module.init(key, jnp.zeros((1, num_emotions)))["params"]
