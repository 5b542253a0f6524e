"""First weights of the encoder.

The paper names none. Its PyTorch's default gives a kernel the variance 1 / (3 fan_in),
where ReLU layers need 2 / fan_in to keep a signal's size: three convolutions shrink it,
and plain SGD at the paper's learning rate then spends its first epochs at chance
(docs/measurements.md has the curves). So `he` is the default, and `pytorch` is
a setting.
"""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp
from flax import linen as nn

Initializer = Callable[..., jax.Array]
"""(key, shape, dtype) -> an array."""


@dataclasses.dataclass(frozen=True)
class Initialisation:
    """How each kind of parameter is drawn.

    Attributes:
      conv_kernel: [width, inputs, outputs].
      conv_bias: from the fan-in to an initialiser of [outputs].
      lstm_kernel: [inputs, directions, 4 * hidden].
      lstm_recurrent: [directions, hidden, 4 * hidden].
      lstm_bias: [directions, 4 * hidden], gates in the order i f g o.
    """

    conv_kernel: Initializer
    conv_bias: Callable[[int], Initializer]
    lstm_kernel: Initializer
    lstm_recurrent: Initializer
    lstm_bias: Initializer


def _uniform(bound: float) -> Initializer:
    def draw(key, shape, dtype=jnp.float32):
        return jax.random.uniform(key, shape, dtype, -bound, bound)

    return draw


def _uniform_by_hidden(key, shape, dtype=jnp.float32):
    # PyTorch draws all of an LSTM from U(-1/sqrt(hidden), 1/sqrt(hidden)).
    return _uniform((shape[-1] // 4) ** -0.5)(key, shape, dtype)


def _orthogonal_per_gate(key, shape, dtype=jnp.float32):
    directions, hidden, _ = shape
    draw = nn.initializers.orthogonal()
    keys = jax.random.split(key, directions * 4)
    # Mapped: eight in a row would be compiled eight times.
    blocks = jax.vmap(lambda key: draw(key, (hidden, hidden), dtype))(keys)
    blocks = blocks.reshape(directions, 4, hidden, hidden)
    return jnp.moveaxis(blocks, 1, 2).reshape(shape)


def _forget_one(key, shape, dtype=jnp.float32):
    # Remember at first (Jozefowicz et al., ICML 2015).
    del key
    quarter = shape[-1] // 4
    return jnp.zeros(shape, dtype).at[..., quarter : 2 * quarter].set(1)


INITIALISATIONS = {
    "he": Initialisation(
        conv_kernel=nn.initializers.he_normal(),
        conv_bias=lambda fan_in: nn.initializers.zeros,
        lstm_kernel=nn.initializers.lecun_normal(in_axis=0, out_axis=2, batch_axis=1),
        lstm_recurrent=_orthogonal_per_gate,
        lstm_bias=_forget_one,
    ),
    "pytorch": Initialisation(
        conv_kernel=nn.initializers.variance_scaling(1 / 3, "fan_in", "uniform"),
        conv_bias=lambda fan_in: _uniform(fan_in**-0.5),
        lstm_kernel=_uniform_by_hidden,
        lstm_recurrent=_uniform_by_hidden,
        lstm_bias=_uniform_by_hidden,
    ),
}
"""By the name of the setting `initialisation`."""
