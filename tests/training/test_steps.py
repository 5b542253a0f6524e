import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from serjax.config import Config, Role, make_config
from serjax.methods import METHODS
from serjax.models import Heads
from serjax.training import steps
from serjax.training.choices import Choices, make_choices, strengths_at
from serjax.training.forward import forward
from serjax.training.objective import objective_of
from serjax.training.programs import predict_program, train_program
from serjax.training.store import gather
from serjax.training.totals import init_totals
from tests.training.made import PLAIN

NAMES = ("corpus", "speaker", "gender", "language")
FRAMES = 16
# Seven rows, of five speakers, two without gender, and a padding row.
SOME = (0, 1, 4, 8, 9, 10, 13)
MIXED = "corpus:adversarial,speaker:reversal:0.7,gender:multitask:0.4,language:ganin"
KINDS = {
    "baseline": {},
    "multitask": {"approach": "multitask", "attributes": NAMES[1:2]},
    "reversal": {"approach": "reversal", "attributes": NAMES},
    "adversarial": {"approach": "adversarial", "attributes": NAMES[:3]},
    "ganin": {"approach": "ganin", "attributes": NAMES[1:]},
    "mixed": {"roles": MIXED},
}
PROGRAM = tuple(METHODS[name] for name in KINDS if name in METHODS)
EPOCH = 50  # of 150: reversal's alpha is 0.5 * 50 / 149


def _settings(roles="", **settings):
    if roles:
        settings["roles"] = tuple(map(Role.parse, roles.split(",")))
    return make_config(preset="paper", **settings)


def _choices(config, epoch=EPOCH):
    return make_choices(config, PROGRAM, NAMES, epoch)


def _losses(network, params, discriminators, batch, choices, key):
    outputs = forward(network, params, discriminators, batch, choices, key)
    sizes = network.heads.attributes
    found = objective_of(network.methods, sizes, outputs, batch, choices, {})
    return found.classifier, found.discriminators


@pytest.fixture(scope="module")
def job(make_job):
    """A job whose program has all methods, and whose steps draw nothing."""
    return make_job(approach="adversarial", attributes=("gender",), **PLAIN)


@pytest.fixture(scope="module")
def rows(dataset):
    """int32[8], the last a padding row."""
    return np.append(dataset.rows("train")[list(SOME)], -1).astype(np.int32)


def _mean(losses, labels):
    known = labels >= 0
    return jnp.sum(jnp.where(known, losses, 0)) / jnp.maximum(known.sum(), 1)


def _nats(logits, labels):
    return -jnp.take_along_axis(
        jax.nn.log_softmax(logits), jnp.maximum(labels, 0)[:, None], 1
    )[:, 0]


@pytest.fixture(scope="module")
def by_hand(job):
    """Every loss on its own, without reversal: emotion, 4 heads, 4 discriminators.

    Gives the losses float[9], their logits, and each loss's gradient by classifier and
    discriminators: trees with a leading axis of nine.
    """
    network = job.network

    def losses(params, discriminators, batch):
        x = network.encoder.apply(
            {"params": params["encoder"]}, batch.features, batch.lengths
        )
        heads = params["heads"]
        logits = [x @ heads["emotion"]["kernel"] + heads["emotion"]["bias"][None]]
        for name in NAMES:
            head = heads[f"attribute_{name}"]
            logits.append(x @ head["kernel"] + head["bias"][None])
        for name, module in network.discriminators:
            guess = module.apply(
                {"params": discriminators[name]}, jax.nn.softmax(logits[0])
            )
            logits.append(guess)
        columns = [batch.attributes[:, i] for i in range(4)]
        labels = [batch.labels, *columns, *columns]
        values = [_mean(_nats(a, b), b) for a, b in zip(logits, labels, strict=True)]
        return jnp.stack(values), (jnp.stack(values), logits)

    return jax.jit(jax.jacrev(losses, (0, 1), has_aux=True))


@pytest.fixture(scope="module")
def by_steps(job):
    """The gradients that a step takes, by the real forward and losses_of."""

    @jax.jit
    def gradients(params, discriminators, batch, choices):
        def objective(params, discriminators):
            key = jax.random.key(0)
            return _losses(job.network, params, discriminators, batch, choices, key)

        losses, pull_back = jax.vjp(objective, params, discriminators)
        one, zero = jnp.ones(()), jnp.zeros(())
        return losses, pull_back((one, zero))[0], pull_back((zero, one))[1]

    return gradients


def _expected(parts, config, epoch):
    """Loss and gradients put together from those of each loss, after the equations.

    What each loss weighs in the encoder and in its head differs by the reversal.
    """
    values, (to_classifier, to_discriminators) = parts
    emotion, shared, own = np.zeros(9), np.zeros(9), np.zeros(9)
    heads_own = np.zeros(9)
    emotion[0] = 1.0
    chosen = config.training.roles_by_attribute
    strengths = strengths_at(config, PROGRAM, epoch)
    for index, name in enumerate(NAMES):
        if name not in chosen:
            continue
        role, weight = chosen[name].role, strengths[name] / len(chosen)
        if role == "ganin":  # Nothing is taken; lambda stands in the reversal.
            heads_own[1 + index] = 1 / len(chosen)
            shared[1 + index] = -weight
            continue
        emotion[0] -= weight
        if role == "adversarial":
            emotion[5 + index] = -weight
            own[5 + index] = 1
        else:
            heads_own[1 + index] = weight
            shared[1 + index] = weight * (-1 if role == "reversal" else 1)

    def sum_of(factors, tree):
        factors = np.float32(factors)
        return jax.tree.map(lambda leaf: np.tensordot(factors, leaf, 1), tree)

    heads = {}
    for name, head in to_classifier["heads"].items():
        heads[name] = sum_of(emotion + heads_own, head)
    classifier = {
        "encoder": sum_of(emotion + shared, to_classifier["encoder"]),
        "heads": heads,
    }
    loss = np.dot(emotion + heads_own, values)
    return loss, classifier, sum_of(own, to_discriminators)


def _assert_close(actual, expected, rtol=1e-5, atol=1e-6):
    assert jax.tree.structure(actual) == jax.tree.structure(expected)
    for a, e in zip(jax.tree.leaves(actual), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, e, rtol=rtol, atol=atol)


def _assert_same_bits(actual, expected):
    for a, e in zip(jax.tree.leaves(actual), jax.tree.leaves(expected), strict=True):
        np.testing.assert_array_equal(a, e)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_the_hand_written_sum(
    kind, job, rows, first_state, by_hand, by_steps
):
    config = _settings(**KINDS[kind])
    state = first_state(job.network)
    batch = gather(job.store, jnp.asarray(rows), FRAMES)
    params = (state.params, state.discriminator_params)
    gradients, (values, _) = by_hand(*params, batch)
    (loss, own_loss), classifier, own = by_steps(*params, batch, _choices(config))
    expected = _expected((values, gradients), config, EPOCH)
    np.testing.assert_allclose(loss, expected[0], rtol=1e-5)
    _assert_close(classifier, expected[1])
    _assert_close(own, expected[2])
    chosen = config.training.roles_by_attribute.values()
    adversarial = [role.role == "adversarial" for role in chosen]
    assert (own_loss > 0) == any(adversarial)
    largest = max(abs(np.asarray(g)).max() for g in jax.tree.leaves(classifier))
    assert largest > 1e-2  # not zero compared with zero


def test_reversal_gives_heads_multitasks_gradient_and_the_encoder_the_opposite(
    job, rows, first_state, by_steps
):
    state = first_state(job.network)
    batch = gather(job.store, jnp.asarray(rows), FRAMES)
    params = (state.params, state.discriminator_params)

    def gradient(weight, scale):
        row = list(KINDS).index("multitask" if scale < 0 else "reversal") - 1
        chosen = np.zeros((len(PROGRAM), 4), np.float32)
        chosen[row] = 1
        scales = np.full(4, scale, np.float32)
        choices = Choices(chosen, chosen * np.float32(4 * weight), scales)
        return by_steps(*params, batch, choices)[1]

    multitask, reversal = gradient(0.05, -1), gradient(0.05, 1)
    _assert_same_bits(reversal["heads"], multitask["heads"])
    # Both have 0.8 of emotion's gradient; the attributes' cancel.
    emotion = gradient(0.0, -1)["encoder"]
    mean = jax.tree.map(
        lambda a, b: (a + b) / 2, multitask["encoder"], reversal["encoder"]
    )
    _assert_close(mean, jax.tree.map(lambda leaf: 0.8 * leaf, emotion))
    difference = jax.tree.map(
        lambda a, b: a - b, multitask["encoder"], reversal["encoder"]
    )
    assert max(abs(np.asarray(g)).max() for g in jax.tree.leaves(difference)) > 1e-3


@pytest.mark.parametrize("role", ["multitask", "reversal", "adversarial"])
def test_an_attribute_without_labels_adds_nothing_and_still_counts(
    role, dataset, job, first_state, by_hand, by_steps
):
    # beta's first speaker, of unknown gender.
    rows = [r for r in dataset.rows("train") if dataset.utterances[r].gender is None]
    rows = np.array([*rows, -1, -1, -1, -1, -1], np.int32)
    config = _settings(roles=f"gender:{role}:0.6,speaker:multitask:0.2")
    state = first_state(job.network)
    batch = gather(job.store, jnp.asarray(rows), FRAMES)
    params = (state.params, state.discriminator_params)
    choices = _choices(config, config.training.epochs)
    (loss, own_loss), classifier, own = by_steps(*params, batch, choices)
    gradients, (values, _) = by_hand(*params, batch)
    # Emotion keeps 1 - 0.3 - 0.1, although gender has no loss.
    np.testing.assert_allclose(loss, 0.6 * values[0] + 0.1 * values[2], rtol=1e-5)
    expected = jax.tree.map(lambda g: 0.6 * g[0] + 0.1 * g[2], gradients[0]["encoder"])
    _assert_close(classifier["encoder"], expected)
    assert own_loss == 0
    for leaf in jax.tree.leaves((classifier["heads"]["attribute_gender"], own)):
        np.testing.assert_array_equal(leaf, 0)


def test_a_batch_of_padding_alone_has_no_loss_and_no_gradient(
    job, first_state, by_steps
):
    state = first_state(job.network)
    batch = gather(job.store, jnp.full(8, -1, jnp.int32), FRAMES)
    choices = _choices(_settings(roles=MIXED))
    result = by_steps(state.params, state.discriminator_params, batch, choices)
    for leaf in jax.tree.leaves(result):
        np.testing.assert_array_equal(leaf, 0)


def test_copies_of_an_attribute_are_one_attribute(make_job, first_state, dataset):
    job = make_job(**PLAIN)
    heads = Heads(3, (("a", 6), ("b", 6), ("c", 6)), 0.0)
    network = dataclasses.replace(job.network, heads=heads)
    batch = gather(job.store, dataset.rows("train")[:8], FRAMES)
    speakers = jnp.stack([batch.attributes[:, 1]] * 3, 1)
    batch = batch.replace(attributes=speakers)
    params = first_state(network).params
    for name in ("b", "c"):
        params["heads"][f"attribute_{name}"] = params["heads"]["attribute_a"]

    row = [method.name for method in network.methods].index("reversal")

    @jax.jit
    def gradient(weights):
        strengths = jnp.zeros((len(network.methods), 3)).at[row].set(3 * weights)
        choices = Choices((strengths > 0) * 1.0, strengths, np.ones(3, np.float32))

        def loss(params):
            return _losses(network, params, {}, batch, choices, jax.random.key(0))[0]

        return jax.value_and_grad(loss)(params)

    one, three = gradient(jnp.array([0.3, 0, 0])), gradient(jnp.full(3, 0.1))
    np.testing.assert_allclose(three[0], one[0], rtol=1e-6)
    _assert_close(three[1]["encoder"], one[1]["encoder"])
    _assert_close(three[1]["heads"]["emotion"], one[1]["heads"]["emotion"])
    a_third = jax.tree.map(lambda leaf: leaf / 3, one[1]["heads"]["attribute_a"])
    for name in "abc":
        _assert_close(three[1]["heads"][f"attribute_{name}"], a_third)


def _none(network):
    return make_choices(Config(), network.methods, NAMES, 0)


def _program(job, state):
    totals, none = init_totals(4), _none(job.network)
    program = train_program(
        job.network, state, totals, job.store, none, batch_size=8, num_frames=FRAMES
    )
    return lambda state, rows, choices, totals=None: program(
        state, totals or init_totals(4), job.store, rows, choices
    )


def _trace(opt_state):
    return optax.tree.get(opt_state, "trace")


@pytest.mark.parametrize("kind", ["adversarial", "mixed"])
def test_a_step_moves_each_by_its_own_gradient_at_the_same_parameters(
    kind, job, rows, first_state, by_hand
):
    config = _settings(**KINDS[kind])
    before = first_state(job.network)
    batch = gather(job.store, jnp.asarray(rows), FRAMES)
    gradients, (values, _) = by_hand(before.params, before.discriminator_params, batch)
    _, classifier, own = _expected((values, gradients), config, EPOCH)
    choices = _choices(config)
    after, _ = _program(job, before)(first_state(job.network), rows, choices)

    def moved(params, gradient):
        return jax.tree.map(lambda p, g: p - 0.05 * g, params, gradient)

    _assert_close(after.params, moved(before.params, classifier))
    expected = moved(before.discriminator_params, own)
    _assert_close(after.discriminator_params, expected)
    _assert_close(_trace(after.opt_state), classifier)
    _assert_close(_trace(after.discriminator_opt_state), own)
    assert after.step == 1
    # Those that are off keep their bits; the others move.
    for name in NAMES:
        role = config.training.roles_by_attribute.get(name)
        pairs = zip(
            jax.tree.leaves(after.discriminator_params[name]),
            jax.tree.leaves(before.discriminator_params[name]),
            strict=True,
        )
        same = all(np.array_equal(a, b) for a, b in pairs)
        assert same == (role is None or role.role != "adversarial")


def test_a_second_step_of_the_discriminators_comes_before_the_classifiers(
    job, rows, first_state
):
    choices = _choices(_settings(**KINDS["mixed"]))
    step = _program(job, first_state(job.network))
    twice = dataclasses.replace(
        job, network=dataclasses.replace(job.network, discriminator_steps=2)
    )
    found, totals = _program(twice, first_state(job.network))(
        first_state(job.network), rows, choices
    )
    led, _ = step(first_state(job.network), rows, choices)
    state = first_state(job.network).replace(
        discriminator_params=led.discriminator_params,
        discriminator_opt_state=led.discriminator_opt_state,
    )
    expected, expected_totals = step(state, rows, choices)
    for name in ("params", "discriminator_params", "opt_state", "step"):
        _assert_close(getattr(found, name), getattr(expected, name))
    own = found.discriminator_opt_state, expected.discriminator_opt_state
    _assert_close(*map(_trace, own))
    _assert_close(totals, expected_totals)


def test_momentum_carries_both(job, rows, first_state):
    choices = _choices(_settings(**KINDS["mixed"]))
    state = first_state(job.network)
    step = _program(job, state)
    one, _ = step(state, rows, choices)
    first = jax.tree.map(np.asarray, (one.params, one.discriminator_params))
    trace = jax.tree.map(
        np.asarray, (_trace(one.opt_state), _trace(one.discriminator_opt_state))
    )
    # No gradient in a batch of padding: the parameters go on by 0.9 of the trace.
    two, _ = step(one, np.full(8, -1, np.int32), choices)
    expected = jax.tree.map(lambda p, m: p - 0.05 * 0.9 * m, first, trace)
    _assert_close((two.params, two.discriminator_params), expected)


def test_totals_are_counted_by_hand(job, rows, dataset, first_state, by_hand):
    config = _settings(**KINDS["mixed"])
    choices = _choices(config)
    state = first_state(job.network)
    step = _program(job, state)
    others = np.full(8, -1, np.int32)
    others[:3] = dataset.rows("train")[15:18]
    _, totals = step(state, rows, choices)
    _, totals = step(first_state(job.network), others, choices, totals)
    state = first_state(job.network)
    expected = dict.fromkeys(("utterances", "loss", "emotion_loss"), 0.0)
    per_attribute = np.zeros((3, 4))  # labelled, loss, correct
    for batch_rows in (rows, others):
        batch = gather(job.store, jnp.asarray(batch_rows), FRAMES)
        params = (state.params, state.discriminator_params)
        gradients, (values, logits) = by_hand(*params, batch)
        count = int((batch_rows >= 0).sum())
        expected["utterances"] += count
        expected["emotion_loss"] += count * values[0]
        parts = (values, gradients)
        expected["loss"] += count * _expected(parts, config, EPOCH)[0]
        for index, name in enumerate(NAMES):
            at = 1 + index + 4 * (name == "corpus")  # corpus: its discriminator
            labels = np.asarray(batch.attributes[:, index])
            known = labels >= 0
            hits = np.asarray(logits[at]).argmax(1) == labels
            labelled = known.sum()
            per_attribute[:, index] += (
                labelled,
                labelled * values[at],
                hits[known].sum(),
            )
    for name, value in expected.items():
        np.testing.assert_allclose(getattr(totals, name), value, rtol=1e-5)
    assert totals.labelled.tolist() == per_attribute[0].tolist() == [10, 10, 8, 10]
    np.testing.assert_allclose(totals.attribute_loss, per_attribute[1], rtol=1e-5)
    assert totals.correct.tolist() == per_attribute[2].tolist()


@pytest.fixture(scope="module")
def after_twenty(make_job, first_state, dataset):
    """Encoder and emotion head after 20 steps, with masks and dropout."""

    def train(**settings):
        job = make_job(**settings)
        state = first_state(job.network)
        step = _program(job, state)
        choices = make_choices(job.config, job.network.methods, NAMES, 3)
        assert float(np.sum(choices.strengths)) == 0
        rng = np.random.default_rng(0)
        for _ in range(20):
            rows = rng.choice(dataset.rows("train"), 8, replace=False)
            state, _ = step(state, rows.astype(np.int32), choices)
        return state.params["encoder"], state.params["heads"]["emotion"]

    return train


@pytest.fixture(scope="module")
def baseline_after_twenty(after_twenty):
    """The same without any attribute."""
    return after_twenty()


@pytest.mark.parametrize("approach", ["multitask", "reversal"])
def test_at_alpha_zero_it_is_the_baseline_bit_for_bit(
    approach, after_twenty, baseline_after_twenty, make_job, first_state
):
    alpha = {f"alpha_{approach}": 0.0}
    actual = after_twenty(approach=approach, attributes=NAMES, **alpha)
    _assert_same_bits(actual, baseline_after_twenty)
    start = first_state(make_job().network).params["encoder"]["conv0"]["kernel"]
    assert np.abs(actual[0]["conv0"]["kernel"] - start).max() > 1e-3


def test_at_alpha_zero_adversarial_is_the_baseline_to_rounding(
    after_twenty, baseline_after_twenty
):
    actual = after_twenty(
        approach="adversarial", attributes=NAMES, alpha_adversarial=0.0
    )
    _assert_close(actual, baseline_after_twenty, rtol=1e-4, atol=1e-5)


def test_every_approach_starts_from_the_same_weights(make_job, first_state):
    plain = first_state(make_job().network)
    job = make_job(approach="adversarial", attributes=("gender",))
    adversarial = first_state(job.network)
    _assert_same_bits(adversarial.params, plain.params)
    assert plain.discriminator_params == {}
    assert set(adversarial.discriminator_params) == set(NAMES)


def test_dropout_and_masks_come_from_the_steps_number(make_job, first_state, rows):
    job = make_job()
    step = _program(job, first_state(job.network))

    def loss(number):
        state = first_state(job.network).replace(step=jnp.int32(number))
        return float(step(state, rows, _none(job.network))[1].emotion_loss)

    assert loss(0) == loss(0)
    assert len({loss(number) for number in range(5)}) == 5


def test_training_alone_draws_masks(make_job, first_state, rows, monkeypatch):
    calls = []

    def spied(key, features, lengths, **widths):
        calls.append(widths)
        return features

    monkeypatch.setattr(steps, "spec_augment", spied)
    job = make_job(time_mask_frames=7, frequency_mask_bins=2)
    state = first_state(make_job().network)
    train = functools.partial(steps.train_step, job.network, num_frames=FRAMES)
    none = _none(job.network)
    jax.eval_shape(train, state, init_totals(4), job.store, rows, none)
    assert calls == [{"time_mask_frames": 7, "frequency_mask_bins": 2}]
    predict = functools.partial(steps.predict_step, job.network, num_frames=FRAMES)
    jax.eval_shape(predict, state.params, job.store, rows)
    assert len(calls) == 1


def test_prediction_is_the_plain_forward_pass(
    make_job, job, rows, first_state, by_hand
):
    dropping = make_job().network
    state = first_state(job.network)
    program = predict_program(
        dropping, state.params, job.store, batch_size=8, num_frames=FRAMES
    )
    logits, embedding = program(state.params, job.store, rows)
    batch = gather(job.store, jnp.asarray(rows), FRAMES)
    _, (_, expected) = by_hand(state.params, state.discriminator_params, batch)
    np.testing.assert_allclose(logits, expected[0], rtol=1e-5, atol=1e-6)
    head = state.params["heads"]["emotion"]
    np.testing.assert_allclose(
        embedding @ head["kernel"] + head["bias"][None], logits, rtol=1e-5, atol=1e-6
    )
