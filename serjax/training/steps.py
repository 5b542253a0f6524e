"""The jitted steps: gather, one forward, the objective's gradients, the update.

One program trains baseline, multitask and reversal for every attribute set; a second,
with discriminators, trains adversarial and any mixture that has it. What distinguishes
runs of one program are operands (`Choices`), so nothing is traced again.
"""

from collections.abc import Mapping
from typing import cast

import jax
import jax.numpy as jnp
import optax
from flax import struct

from serjax.models import spec_augment
from serjax.training.losses import cross_entropy, labelled_mean
from serjax.training.objectives import Choices, by_name, weighted_loss
from serjax.training.state import Network, Params, State
from serjax.training.store import PaddedBatch, Source, gather
from serjax.training.totals import Totals


class Outputs(struct.PyTreeNode):
    """What one forward pass says about a batch.

    Attributes:
      emotion_losses: float32[batch].
      attribute_losses: float32[batch, attributes], of head or discriminator by role.
      correct: bool[batch, attributes].
    """

    emotion_losses: jax.Array
    attribute_losses: jax.Array
    correct: jax.Array


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
    classifier's gradient never moves a discriminator, nor the reverse.

    Args:
      network: modules and optimiser; static.
      state: before the step.
      totals: the epoch's sums so far.
      store: the data set, or the batch if the host has gathered it.
      rows: int32[batch], -1 for padding rows.
      choices: roles and strengths.
      num_frames: padded length; static.

    Returns:
      State after the step, and the sums with this batch in them.
    """
    mask_key, dropout_key = jax.random.split(jax.random.fold_in(state.key, state.step))
    batch = _augmented(network, gather(store, rows, num_frames), mask_key)

    def objective(params: Params, discriminator_params: Params):
        outputs = forward(
            network, params, discriminator_params, batch, choices, dropout_key
        )
        return losses_of(outputs, batch, choices), outputs

    (loss, _), pull_back, outputs = jax.vjp(
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
    )
    heads = gradient["heads"]
    learners = {name: heads[f"attribute_{name}"] for name in network.attributes}
    grad_norm = _norms(network, learners)
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
        adversarial = jnp.asarray(choices.adversarial) > 0
        grad_norm = jnp.where(adversarial, _norms(network, learners), grad_norm)
    encoder_grad_norm = optax.tree.norm(gradient["encoder"])
    totals = _add(totals, batch, outputs, loss, encoder_grad_norm, grad_norm)
    return state, totals


def forward(
    network: Network,
    params: Params,
    discriminator_params: Params,
    batch: PaddedBatch,
    choices: Choices,
    dropout_key: jax.Array,
) -> Outputs:
    """Run encoder, heads and discriminators on a training batch, once."""
    embedding = network.embed(params, batch.features, batch.lengths)
    emotion, heads = network.heads.apply(
        {"params": params["heads"]},
        embedding,
        by_name(jnp.asarray(choices.scales), network.attributes),
        train=True,
        rngs={"dropout": dropout_key},
    )
    logits = dict(heads)
    chosen = by_name(jnp.asarray(choices.adversarial), network.attributes)
    losses, correct = [], []
    probabilities = jax.nn.softmax(emotion)
    modules = dict(network.discriminators)
    for index, name in enumerate(network.attributes):
        labels = batch.attributes[:, index]
        loss = cross_entropy(logits[name], labels)
        hit = jnp.argmax(logits[name], -1) == labels
        if name in modules:
            module_params = {"params": discriminator_params[name]}
            guess = cast(jax.Array, modules[name].apply(module_params, probabilities))
            loss = jnp.where(chosen[name] > 0, cross_entropy(guess, labels), loss)
            hit = jnp.where(chosen[name] > 0, jnp.argmax(guess, -1) == labels, hit)
        losses.append(loss)
        correct.append(hit)
    empty = jnp.zeros((len(batch.labels), 0))
    return Outputs(
        emotion_losses=cross_entropy(emotion, batch.labels),
        attribute_losses=jnp.stack(losses, 1) if losses else empty,
        correct=jnp.stack(correct, 1) if correct else empty > 0,
    )


def losses_of(
    outputs: Outputs, batch: PaddedBatch, choices: Choices
) -> tuple[jax.Array, jax.Array]:
    """Reduce to what the classifier (Eq. 1-3) and the discriminators minimise."""
    emotion_loss = labelled_mean(outputs.emotion_losses, batch.labels)
    losses = jax.vmap(labelled_mean, in_axes=1)(
        outputs.attribute_losses, batch.attributes
    )
    # T_i: the head's loss, or minus the discriminator's.
    terms = jnp.where(choices.adversarial > 0, -losses, losses)
    classifier_loss = weighted_loss(emotion_loss, terms, jnp.asarray(choices.weights))
    return classifier_loss, jnp.sum(choices.adversarial * losses)


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


def _augmented(network: Network, batch: PaddedBatch, key: jax.Array) -> PaddedBatch:
    settings = network.encoder.settings
    features = spec_augment(
        key,
        batch.features,
        batch.lengths,
        time_mask_frames=settings.time_mask_frames,
        frequency_mask_bins=settings.frequency_mask_bins,
    )
    return batch.replace(features=features)


def _norms(network: Network, gradients: Mapping[str, Params]) -> jax.Array:
    """Return float32[attributes], the L2 norm of each attribute's gradient."""
    norms = [optax.tree.norm(gradients[name]) for name in network.attributes]
    return jnp.stack(norms) if norms else jnp.zeros(0)


def _add(
    totals: Totals,
    batch: PaddedBatch,
    outputs: Outputs,
    loss: jax.Array,
    encoder_grad_norm: jax.Array,
    grad_norm: jax.Array,
) -> Totals:
    utterances = jnp.sum(batch.labels >= 0).astype(jnp.float32)
    labelled = batch.attributes >= 0
    return Totals(
        utterances=totals.utterances + utterances,
        loss=totals.loss + loss * utterances,
        emotion_loss=totals.emotion_loss + jnp.sum(outputs.emotion_losses),
        labelled=totals.labelled + jnp.sum(labelled, 0),
        attribute_loss=totals.attribute_loss + jnp.sum(outputs.attribute_losses, 0),
        correct=totals.correct + jnp.sum(outputs.correct & labelled, 0),
        steps=totals.steps + 1,
        encoder_grad_norm=totals.encoder_grad_norm + encoder_grad_norm,
        grad_norm=totals.grad_norm + grad_norm,
    )
