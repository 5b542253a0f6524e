"""Divergence: a loss, gradient or parameter that is no number any more ends the run."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from serjax.config import TrainingSettings, as_text
from serjax.errors import NonFinite
from serjax.evaluation.prediction import Predictions
from serjax.training.state import State
from serjax.training.totals import Totals


def check_finite(
    training: TrainingSettings, epoch: int, alpha: float, finite: Mapping[str, bool]
) -> None:
    """End a run in which something is no longer finite.

    Args:
      training: settings of the run.
      epoch: counted from 0.
      alpha: the mean strength in it.
      finite: by quantity, from the functions below.

    Raises:
      NonFinite: naming every quantity that is not finite.
    """
    found = tuple(name for name, is_finite in finite.items() if not is_finite)
    if not found:
        return
    raise NonFinite(
        f"{training.name}: {', '.join(found)} not finite in epoch {epoch + 1} "
        f"(attributes {as_text(training.roles or training.attributes) or 'none'}, "
        f"mean alpha {alpha:.3g}); "
        "nothing of this epoch was kept. Lower --learning_rate, or the approach's "
        "alpha, or clip gradients with --clip_norm.",
        epoch,
        alpha,
        found,
    )


def totals_finite(
    chosen: Sequence[str], attributes: Sequence[str], totals: Totals
) -> dict[str, bool]:
    """Ask of the losses and gradient norms of an epoch so far, which are on the host.

    A sum is not finite from the first step on that was not.

    Args:
      chosen: the attributes to ask of.
      attributes: every attribute that has a head, in the order of `totals`.
      totals: sums so far.
    """
    quantities = {"train_loss": totals.loss, "emotion_loss": totals.emotion_loss}
    places = {name: attributes.index(name) for name in chosen}
    for name, index in places.items():
        quantities[f"{name}_loss"] = totals.attribute_loss[index]
        if np.isfinite(totals.attribute_loss[index]):  # else the term is not either
            quantities[f"{name}_term"] = totals.term[index]
    quantities["encoder_grad_norm"] = totals.encoder_grad_norm
    quantities |= {f"{n}_grad_norm": totals.grad_norm[i] for n, i in places.items()}
    return {name: bool(np.isfinite(it)) for name, it in quantities.items()}


def model_finite(state: State, predictions: Predictions) -> dict[str, bool]:
    """Ask of all parameters and optimiser states, and of what the model predicts."""
    trees = {
        "the classifier's parameters": state.params,
        "the discriminators' parameters": state.discriminator_params,
        "the classifier's momentum": state.opt_state,
        "the discriminators' momentum": state.discriminator_opt_state,
        "a method's state": state.method_state,
    }
    # Finite parameters can be so large that a layer's output is not.
    predicted = bool(np.isfinite(predictions.probabilities).all())
    found = jax.device_get(_all_finite(trees))
    return {**found, "a probability in validation": predicted}


@jax.jit
def _all_finite(trees: Mapping[str, Any]) -> dict[str, jax.Array]:
    def finite(tree: Any) -> jax.Array:
        leaves = jax.tree.leaves(tree)
        return jnp.all(jnp.array([jnp.isfinite(leaf).all() for leaf in leaves]))

    return {name: finite(tree) for name, tree in trees.items()}
