import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.stats import entropy

from serjax.training import loop
from serjax.training.store import gather
from tests.training.made import PLAIN

FRAMES = 16
EPOCH = 2  # of 4: reversal's alpha is 0.5 * 2 / 3
ALPHA = {"reversal": 1 / 3, "adversarial": 0.5}
RUNS = [
    ("reversal", ("speaker", "gender")),
    ("adversarial", ("corpus", "gender")),
]


def _mean_nats(logits, labels):
    known = labels >= 0
    losses = optax.softmax_cross_entropy_with_integer_labels(
        logits, jnp.maximum(labels, 0)
    )
    return jnp.sum(jnp.where(known, losses, 0)) / known.sum()


def _losses(job, params, discriminators, batch, names, adversarial):
    """Emotion's loss and the attributes' own, nothing reversed, nothing weighted."""
    network, heads = job.network, params["heads"]
    x = network.encoder.apply(
        {"params": params["encoder"]}, batch.features, batch.lengths
    )
    emotion = x @ heads["emotion"]["kernel"] + heads["emotion"]["bias"][None]
    losses = []
    for name in names:
        head = heads[f"attribute_{name}"]
        logits = x @ head["kernel"] + head["bias"][None]
        if adversarial:
            module = dict(network.discriminators)[name]
            logits = module.apply(
                {"params": discriminators[name]}, jax.nn.softmax(emotion)
            )
        column = job.network.attributes.index(name)
        losses.append(_mean_nats(logits, batch.attributes[:, column]))
    return _mean_nats(emotion, batch.labels), losses


@pytest.mark.parametrize(("approach", "names"), RUNS)
def test_the_norms_are_those_of_gradients_taken_one_by_one(
    approach, names, make_job, no_bar
):
    job = make_job(
        approach=approach,
        attributes=names,
        learning_rate=1e-12,  # every step sees the first parameters
        **PLAIN,
    )
    start = dataclasses.replace(loop.start(job), epochs_run=EPOCH)
    state = jax.tree.map(jnp.copy, start.state)
    _, line = next(loop.epochs(job, start, lambda: None, no_bar))
    adversarial = approach == "adversarial"
    weight = ALPHA[approach] / len(names)

    def for_encoder(encoder, batch):
        params = {**state.params, "encoder": encoder}
        emotion, losses = _losses(
            job, params, state.discriminator_params, batch, names, adversarial
        )
        return (1 - ALPHA[approach]) * emotion - weight * sum(losses)

    def for_learners(learners, batch):
        params, discriminators = state.params, learners
        if not adversarial:
            params = {**params, "heads": {**params["heads"], **learners}}
        losses = _losses(job, params, discriminators, batch, names, adversarial)[1]
        # A head's loss is weighted by alpha / N; a discriminator's is its own.
        return jnp.zeros(()) + (1.0 if adversarial else weight) * sum(losses)

    learners = state.discriminator_params if adversarial else state.params["heads"]
    of_learners = {n: n if adversarial else f"attribute_{n}" for n in names}
    to_encoder = jax.jit(jax.grad(for_encoder))
    to_learners = jax.jit(jax.grad(for_learners))
    norms = []
    for drawn in loop.training_batches(job, EPOCH):
        batch = gather(job.store, jnp.asarray(drawn.rows), FRAMES)
        own = to_learners(learners, batch)
        gradients = {name: own[key] for name, key in of_learners.items()}
        gradients["encoder"] = to_encoder(state.params["encoder"], batch)
        norms.append({n: float(optax.tree.norm(g)) for n, g in gradients.items()})
    assert len(norms) == 3  # steps of an epoch
    for name in ("encoder", *names):
        expected = np.mean([norm[name] for norm in norms])
        np.testing.assert_allclose(line[f"{name}_grad_norm"], expected, rtol=1e-4)
        assert expected > 1e-3


def test_prior_entropies_are_those_of_the_training_labels(make_job, no_bar):
    job = make_job(approach="reversal", attributes=("corpus", "gender"))
    _, line = next(loop.epochs(job, loop.start(job), lambda: None, no_bar))
    # Two corpora of nine rows each. Of six training speakers one is of unknown gender,
    # three are female, two male; each has three rows.
    assert line["corpus_prior_entropy"] == pytest.approx(np.log(2))
    assert line["gender_prior_entropy"] == pytest.approx(entropy([9, 6]))
    assert line["gender_chance"] == pytest.approx(60)


def test_a_baseline_has_the_encoders_norm_and_no_other(make_job, no_bar):
    job = make_job()
    _, line = next(loop.epochs(job, loop.start(job), lambda: None, no_bar))
    assert [n for n in line if n.endswith("grad_norm")] == ["encoder_grad_norm"]
    assert line["encoder_grad_norm"] > 0
