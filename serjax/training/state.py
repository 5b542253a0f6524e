"""What training changes: parameters and optimiser states, in one flat record."""

import dataclasses
import functools
from typing import Any, cast

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax import struct

from serjax.methods import Method
from serjax.models.discriminator import Discriminator
from serjax.models.heads import Heads, count_read, module_key
from serjax.training.objective import init_method_state

Params = Any
"""A tree of parameters, as Linen's init returns it under 'params'."""


@dataclasses.dataclass(frozen=True)
class Network:
    """Modules, methods and optimiser of a run: all that a compiled program depends on.

    Attributes:
      encoder: the shared layers.
      heads: the output layers, with every attribute of the data set.
      discriminators: pairs (`module_key`, module); none unless a method has them.
      discriminators_read: what they read.
      methods: those that the program can do, in the order of `Choices`.
      dims: features of a frame.
      learning_rate: SGD's.
      momentum: SGD's.
      clip_norm: greatest L2 norm of a gradient; 0 for any.
      time_mask_frames: SpecAugment's.
      frequency_mask_bins: SpecAugment's.
      discriminator_steps: updates of the discriminators in a step.
      own_run: a number of its own where encoder or a method is a user's, so that no
        program of an earlier run is taken for it; else 0.
    """

    encoder: nn.Module
    heads: Heads
    discriminators: tuple[tuple[str, Discriminator], ...]
    discriminators_read: tuple[str, ...]
    methods: tuple[Method, ...]
    dims: int
    learning_rate: float
    momentum: float
    clip_norm: float
    time_mask_frames: int
    frequency_mask_bins: int
    discriminator_steps: int = 1
    own_run: int = 0

    @property
    def attributes(self) -> tuple[str, ...]:
        """Every attribute with a head, in the order of all arrays over attributes."""
        return tuple(name for name, _ in self.heads.attributes)

    @property
    def encoder_run(self) -> int:
        """`own_run` for what depends on the encoder alone: 0 with one of serjax's."""
        is_ours = type(self.encoder).__module__.startswith("serjax.")
        return 0 if is_ours else self.own_run

    @property
    def module_kinds(self) -> tuple[str, ...]:
        """The attribute modules that there are, as `Method.module` names them."""
        heads = [f"head {reads}" for reads in ("embedding", *self.heads.further)]
        return (*heads, *(f"discriminator {it}" for it in self.discriminators_read))

    def module_names(self, which: str, attribute: str) -> list[str]:
        """Keys of an attribute's `head` or `discriminator` modules in parameters."""
        kinds = [kind.split() for kind in self.module_kinds]
        keys = [module_key(attribute, *it) for it in kinds if it[0] == which]
        return [f"attribute_{key}" for key in keys] if which == "head" else keys

    def embed(self, params: Params, features: jax.Array, lengths: jax.Array):
        """Run the encoder of a classifier's parameters: float[batch, embedding].

        Then the affine map of a stage after training, where there was one.
        """
        variables = {"params": params["encoder"]}
        x = cast(jax.Array, self.encoder.apply(variables, features, lengths))
        if "map" in params:
            x = x @ params["map"]["matrix"] + params["map"]["offset"][None]
        return x

    def optimiser(self) -> optax.GradientTransformation:
        """SGD with momentum (Sec. 4), for the classifier and for the discriminators."""
        sgd = optax.sgd(self.learning_rate, momentum=self.momentum)
        if not self.clip_norm:
            return sgd
        return optax.chain(optax.clip_by_global_norm(self.clip_norm), sgd)


class State(struct.PyTreeNode):
    """Everything a training step reads and replaces.

    Attributes:
      step: int32 scalar, steps taken.
      params: {'encoder', 'heads'}, the classifier's.
      opt_state: the classifier's optimiser state.
      discriminator_params: by `module_key`; empty without discriminators.
      discriminator_opt_state: the discriminators' optimiser state.
      key: a random key; a step uses `fold_in(key, step)`.
      method_state: of methods that have a state, by method and attribute.
    """

    step: jax.Array
    params: Params
    opt_state: optax.OptState
    discriminator_params: Params
    discriminator_opt_state: optax.OptState
    key: jax.Array
    method_state: Any


def init_state(network: Network, seed: int) -> State:
    """Draw the first parameters; the same for every approach and attribute set.

    Args:
      network: modules, methods and optimiser.
      seed: each part has a key of its own, so that a part's weights do not depend on
        which others there are.

    Raises:
      ValueError: a user's own encoder does not give float[batch, embedding].
    """
    key = jax.random.key(seed)
    encoder_key, heads_key, discriminators_key, steps_key = jax.random.split(key, 4)
    params = _init_classifier(
        network.encoder,
        network.heads,
        network.dims,
        network.encoder_run,
        encoder_key,
        heads_key,
    )
    sizes = params["heads"]["emotion"]["kernel"].shape
    discriminators, reads = {}, network.discriminators_read
    for index, (key_of, module) in enumerate(network.discriminators):
        size = count_read(reads[index // len(network.attributes)], *sizes)
        own_key = jax.random.fold_in(discriminators_key, index)
        discriminators[key_of] = _init_discriminator(module, size, own_key)
    method_state = init_method_state(network.methods, network.heads.attributes)
    optimiser = network.optimiser()
    return State(
        step=jnp.zeros((), jnp.int32),
        params=params,
        opt_state=optimiser.init(params),
        discriminator_params=discriminators,
        discriminator_opt_state=optimiser.init(discriminators),
        key=steps_key,
        # Copies: a step takes its buffers over, and none may be there twice.
        method_state=jax.tree.map(lambda it: jnp.array(it, copy=True), method_state),
    )


# Jitted, and apart from the discriminators: the same program draws the same bits for
# every approach, and a study does not trace it again for each run. They run once, so
# that compiling is all they cost: less is optimised, to the same bits.
_jit_once = functools.partial(
    jax.jit, compiler_options={"xla_backend_optimization_level": 1}
)


@functools.partial(_jit_once, static_argnums=(0, 1, 2, 3))
def _init_classifier(
    encoder: nn.Module,
    heads: Heads,
    dims: int,
    encoder_run: int,
    encoder_key: jax.Array,
    heads_key: jax.Array,
) -> Params:
    del encoder_run  # but a user's own encoder is traced anew
    features = jnp.zeros((1, 16, dims))
    lengths = jnp.full(1, 16, jnp.int32)
    embedding, variables = encoder.init_with_output(encoder_key, features, lengths)
    if jnp.ndim(embedding) != 2 or len(embedding) != 1:
        raise ValueError(
            f"Encoder {type(encoder).__name__} gives the shape {jnp.shape(embedding)} "
            "for a batch of 1; expected (1, embedding)."
        )
    if more := sorted({*variables} - {"params"}):
        raise ValueError(
            f"Encoder {type(encoder).__name__} has variables of {', '.join(more)}; "
            "expected params alone. Batch statistics, for one, are not carried."
        )
    of_heads = heads.init(heads_key, jnp.zeros(embedding.shape), train=False)
    return {"encoder": variables.get("params", {}), "heads": of_heads["params"]}


def classifier_shapes(network: Network) -> Params:
    """Find the shapes of a classifier's parameters; nothing is drawn or compiled."""
    key = jax.eval_shape(lambda: jax.random.key(0))
    parts = network.encoder, network.heads, network.dims, network.encoder_run
    return _init_classifier.eval_shape(*parts, key, key)


@functools.partial(_jit_once, static_argnums=(0, 1))
def _init_discriminator(
    module: Discriminator, num_inputs: int, key: jax.Array
) -> Params:
    return module.init(key, jnp.zeros((1, num_inputs)))["params"]
