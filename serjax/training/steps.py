"""The jitted steps: gather, one forward, the objective's gradients, the update.

One program trains the baseline and every method that only uses what all runs have, for
every attribute set; a second, with discriminators, trains adversarial and any mixture
that has it. What distinguishes runs of one program are operands (`Choices`), so nothing
is traced again.
"""

from typing import cast

import jax
import jax.numpy as jnp
import optax

from serjax.models.augment import spec_augment
from serjax.training.choices import Choices
from serjax.training.forward import classify, forward, judge
from serjax.training.objective import Outputs, objective_of
from serjax.training.state import Network, Params, State
from serjax.training.store import PaddedBatch, Source, gather
from serjax.training.totals import Totals


def train_step(
    network: Network,
    state: State,
    totals: Totals,
    store: Source,
    rows: jax.Array,
    choices: Choices,
    *,
    num_frames: int,
) -> tuple[State, Totals]:
    """Take one step of SGD on one batch.

    Classifier and discriminators are evaluated once, at the parameters before the
    step; each is then moved by its own gradient and its own optimiser state. The
    classifier's gradient never moves a discriminator, nor the reverse. Of several
    `discriminator_steps` all but the last come before that, on the same batch's
    outputs, as in Goodfellow et al. (2014), Algorithm 1.

    Args:
      network: modules, methods and optimiser; static.
      state: before the step.
      totals: the epoch's sums so far.
      store: the data set, or the batch if the host has gathered it.
      rows: int32[batch], -1 for padding rows.
      choices: methods and strengths.
      num_frames: padded length; static.

    Returns:
      State after the step, and the sums with this batch in them.
    """
    mask_key, dropout_key = jax.random.split(jax.random.fold_in(state.key, state.step))
    batch = _augmented(network, gather(store, rows, num_frames), mask_key)
    if network.discriminator_steps > 1:
        state = _lead(network, state, batch, choices, dropout_key)

    def objective(params: Params, discriminator_params: Params):
        outputs = forward(
            network, params, discriminator_params, batch, choices, dropout_key
        )
        found = objective_of(
            network.methods,
            network.heads.attributes,
            outputs,
            batch,
            choices,
            state.method_state,
        )
        return (found.classifier, found.discriminators), (outputs, found)

    _, pull_back, (outputs, found) = jax.vjp(
        objective, state.params, state.discriminator_params, has_aux=True
    )
    one, zero = jnp.ones(()), jnp.zeros(())
    optimiser = network.optimiser()
    gradient, _ = pull_back((one, zero))
    updates, opt_state = optimiser.update(gradient, state.opt_state, state.params)
    state = state.replace(
        step=state.step + 1,
        params=optax.apply_updates(state.params, updates),
        opt_state=opt_state,
        method_state=found.method_state,
    )
    grad_norm = _norms(network, "head", gradient["heads"])
    if network.discriminators:
        _, learners = pull_back((zero, one))
        updates, opt_state = optimiser.update(
            learners, state.discriminator_opt_state, state.discriminator_params
        )
        state = state.replace(
            discriminator_params=optax.apply_updates(
                state.discriminator_params, updates
            ),
            discriminator_opt_state=opt_state,
        )
        norms = _norms(network, "discriminator", learners)
        grad_norm = jnp.where(
            _have(network, choices, "discriminator"), norms, grad_norm
        )
    utterances, labelled = jnp.sum(batch.labels >= 0), batch.attributes >= 0
    losses, correct = _of_chosen(network, outputs, choices, labelled)
    of_step = Totals(
        utterances=utterances,
        loss=found.classifier * utterances,
        emotion_loss=jnp.sum(outputs.emotion_losses),
        labelled=jnp.sum(labelled, 0),
        attribute_loss=jnp.sum(losses, 0),
        correct=jnp.sum(correct & labelled, 0),
        term=found.terms,
        steps=jnp.ones(()),
        encoder_grad_norm=optax.tree.norm(gradient["encoder"]),
        grad_norm=grad_norm,
    )
    return state, jax.tree.map(jnp.add, totals, of_step)


def predict_step(
    network: Network,
    params: Params,
    store: Source,
    rows: jax.Array,
    *,
    num_frames: int,
) -> tuple[jax.Array, jax.Array]:
    """Return emotion logits [batch, emotions] and embeddings, without dropout."""
    batch = gather(store, rows, num_frames)
    embedding = network.embed(params, batch.features, batch.lengths)
    heads = {"params": params["heads"]}
    emotion, _ = network.heads.apply(heads, embedding, train=False)
    return cast(jax.Array, emotion), embedding


def _lead(
    network: Network,
    state: State,
    batch: PaddedBatch,
    choices: Choices,
    dropout_key: jax.Array,
) -> State:
    """Update the discriminators alone, all times but the last of a step."""
    classified = classify(network, state.params, batch, choices, dropout_key)

    def loss(discriminator_params: Params) -> jax.Array:
        outputs = judge(network, *classified, discriminator_params, batch, choices)
        of = network.methods, network.heads.attributes
        found = objective_of(*of, outputs, batch, choices, state.method_state)
        return found.discriminators

    params, opt_state = state.discriminator_params, state.discriminator_opt_state
    for _ in range(network.discriminator_steps - 1):
        gradient = jax.grad(loss)(params)
        updates, opt_state = network.optimiser().update(gradient, opt_state, params)
        params = optax.apply_updates(params, updates)
    return state.replace(discriminator_params=params, discriminator_opt_state=opt_state)


def _augmented(network: Network, batch: PaddedBatch, key: jax.Array) -> PaddedBatch:
    features = spec_augment(
        key,
        batch.features,
        batch.lengths,
        time_mask_frames=network.time_mask_frames,
        frequency_mask_bins=network.frequency_mask_bins,
    )
    return batch.replace(features=features)


def _norms(network: Network, which: str, gradients: Params) -> jax.Array:
    """float32[attributes], L2 norm of the gradient in an attribute's heads or other."""
    norms = [
        optax.tree.norm([gradients[key] for key in network.module_names(which, name)])
        for name in network.attributes
    ]
    return jnp.stack(norms) if norms else jnp.zeros(0)


def _of_chosen(
    network: Network, outputs: Outputs, choices: Choices, labelled: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Losses and hits [batch, attributes] of the module that each attribute's has."""
    losses, correct = jnp.zeros(labelled.shape), labelled & False
    for kind in network.module_kinds if network.attributes else ():
        of_kind = kind == "head embedding" or _have(network, choices, kind)
        losses = jnp.where(of_kind, outputs.losses[kind], losses)
        correct = jnp.where(of_kind, outputs.correct[kind], correct)
    return losses, correct


def _have(network: Network, choices: Choices, kind: str) -> jax.Array:
    """bool[attributes], whose method has a module of a kind, as `discriminator`."""
    rows = [method.module.startswith(kind) for method in network.methods]
    chosen = jnp.asarray(choices.chosen) > 0
    return jnp.any(chosen & jnp.array(rows)[:, None], 0)
