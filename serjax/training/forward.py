"""One forward pass of a training step: the classifier, then what judges its output."""

from typing import cast

import jax
import jax.numpy as jnp
import numpy as np

from serjax.models.heads import module_key, what_is_read
from serjax.training.choices import Choices
from serjax.training.losses import cross_entropy
from serjax.training.objective import Outputs
from serjax.training.state import Network, Params
from serjax.training.store import PaddedBatch


def forward(
    network: Network,
    params: Params,
    discriminator_params: Params,
    batch: PaddedBatch,
    choices: Choices,
    dropout_key: jax.Array,
) -> Outputs:
    """Run encoder, heads and discriminators on a training batch, once."""
    classified = classify(network, params, batch, choices, dropout_key)
    return judge(network, *classified, discriminator_params, batch, choices)


def classify(
    network: Network,
    params: Params,
    batch: PaddedBatch,
    choices: Choices,
    dropout_key: jax.Array,
) -> tuple[jax.Array, jax.Array, dict[str, jax.Array]]:
    """Embedding, emotion logits, and the attribute heads' by `module_key`."""
    embedding = network.embed(params, batch.features, batch.lengths)
    scales = jnp.asarray(choices.scales)
    emotion, logits = network.heads.apply(
        {"params": params["heads"]},
        embedding,
        {name: scales[index] for index, name in enumerate(network.attributes)},
        train=True,
        rngs={"dropout": dropout_key},
    )
    return embedding, cast(jax.Array, emotion), cast(dict[str, jax.Array], logits)


def judge(
    network: Network,
    embedding: jax.Array,
    emotion: jax.Array,
    logits: dict[str, jax.Array],
    discriminator_params: Params,
    batch: PaddedBatch,
    choices: Choices,
) -> Outputs:
    """Run the discriminators on what the classifier gave; hold all to their labels."""
    probabilities = jax.nn.softmax(emotion)
    discriminators = dict(network.discriminators)
    losses, correct = {}, {}
    for kind in network.module_kinds if network.attributes else ():
        which, reads = kind.split()
        x = probabilities if reads == "emotion" else embedding
        found, hits = [], []
        for index, name in enumerate(network.attributes):
            key = module_key(name, which, reads)
            guess = logits.get(key)
            if which == "discriminator":
                guess = discriminators[key].apply(
                    {"params": discriminator_params[key]},
                    what_is_read(reads, x, probabilities),
                )
            guess = cast(jax.Array, guess)
            labels = batch.attributes[:, index]
            found.append(cross_entropy(guess, labels))
            hits.append(jnp.argmax(guess, -1) == labels)
        losses[kind], correct[kind] = jnp.stack(found, 1), jnp.stack(hits, 1)
    emotion_losses = cross_entropy(emotion, batch.labels)
    if choices.class_weights is not None:
        emotion_losses *= _class_weights(network, choices.class_weights, batch)
    return Outputs(
        embedding=embedding,
        probabilities=probabilities,
        emotion_losses=emotion_losses,
        losses=losses,
        correct=correct,
    )


def _class_weights(
    network: Network, weights: np.ndarray | jax.Array, batch: PaddedBatch
) -> jax.Array:
    """float32[batch], of each row's corpus and class; any for padding."""
    corpus = 0
    if len(weights) > 1:
        corpus = batch.attributes[:, network.attributes.index("corpus")]
    return jnp.asarray(weights)[corpus, batch.labels]
