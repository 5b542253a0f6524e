import dataclasses
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments.benchmarks.jobs import multitask
from experiments.benchmarks.speech import speech_of
from serjax.methods import METHODS
from serjax.training.choices import make_choices
from serjax.training.objective import objective_of
from serjax.training.state import init_state
from serjax.training.steps import forward
from serjax.training.store import gather, put_on_device
from tests.training.made import PLAIN, make_dataset, make_small_config, network_of

torch = pytest.importorskip("torch")
twin = pytest.importorskip("experiments.benchmarks.twin")

SIZES = {"conv_features": (6, 5, 7), "lstm_features": 4}
EXACT = ("packed", "reversed")
LAYOUTS = ("channels last", "channels first")


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Threads wait for each other more than they help with so little work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def dataset():
    return make_dataset(shortest=9, longest=40)


def make_pair(dataset, **settings):
    """A twin with some parameters, serjax's network, and the parameters in its form."""
    config = multitask(make_small_config(**{**SIZES, **settings}), dataset)
    network = network_of(config, dataset)
    rng = np.random.default_rng(0)
    params = jax.tree.map(
        lambda x: 0.3 * rng.standard_normal(x.shape, np.float32),
        jax.eval_shape(lambda: init_state(network, 0)).params,
    )
    trainer = twin.Trainer(config, speech_of(dataset))
    twin.load_params(trainer.model, params)
    return trainer, network, params


def gradients_of(model):
    return {n: p.grad for n, p in model.named_parameters() if p.requires_grad}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"conv_features": (6, 5), "conv_width": 3, "pool_width": 2, "summary": "last"},
        {"lstm_bidirectional": False, "summary": "last"},
    ],
)
def test_logits_and_gradients_are_serjaxs(dataset, settings):
    trainer, network, params = make_pair(dataset, **settings, **PLAIN)
    config = trainer.config
    rows = np.array([3, 17, 0, 8, 30])
    batch = trainer.batch(rows)
    assert len(set(batch.lengths.tolist())) > 3
    padded = gather(put_on_device(dataset), jnp.array(rows), batch.features.shape[1])
    np.testing.assert_array_equal(batch.features, padded.features)
    np.testing.assert_array_equal(batch.attributes, padded.attributes)
    assert (batch.attributes == -1).any()

    @jax.jit
    def expect(params):
        choices = make_choices(config, network.methods, network.attributes, 0)

        def objective(params):
            outputs = forward(network, params, {}, padded, choices, jax.random.key(0))
            sizes = network.heads.attributes
            found = objective_of(network.methods, sizes, outputs, padded, choices, {})
            return found.classifier

        embedding = network.embed(params, padded.features, padded.lengths)
        heads = {"params": params["heads"]}
        logits = network.heads.apply(heads, embedding, train=False)
        return logits, *jax.value_and_grad(objective)(params)

    logits, expected_loss, gradient = jax.device_get(expect(params))
    # The gradient in the twin's own layout: as if it were parameters.
    sizes = (trainer.model.num_classes, trainer.model.sizes)
    laid_out = twin.Twin(trainer.config.model, network.dims, *sizes)
    twin.load_params(laid_out, gradient)
    expected_gradients = dict(laid_out.named_parameters())
    for way in itertools.product(EXACT, LAYOUTS):
        trainer.use(*way)
        trainer.model.zero_grad()
        emotion, heads = trainer.model(batch.features, batch.lengths)
        alpha = config.methods.of(METHODS["multitask"])
        loss = twin.loss_of(emotion, heads, batch, alpha)
        loss.backward()
        np.testing.assert_allclose(emotion.detach(), logits[0], atol=1e-5)
        assert sorted(heads) == sorted(logits[1])
        for name, found in heads.items():
            np.testing.assert_allclose(found.detach(), logits[1][name], atol=1e-5)
        assert loss.item() == pytest.approx(expected_loss, abs=1e-5)
        for name, found in gradients_of(trainer.model).items():
            expected = expected_gradients[name].detach()
            np.testing.assert_allclose(found, expected, atol=1e-5, err_msg=name)


def test_padded_recurrence_is_right_where_all_lengths_are_equal():
    dataset = make_dataset(shortest=16, longest=16)
    trainer, _, _ = make_pair(dataset, **PLAIN)
    batch = trainer.batch(np.arange(5))
    embeddings = {}
    for way in twin.WAYS:
        trainer.use(*way)
        embeddings[way] = trainer.model.embed(batch.features, batch.lengths)
    padded = embeddings["padded", "channels last"]
    assert len(embeddings) == 6
    for exact in embeddings.values():
        torch.testing.assert_close(padded, exact, atol=1e-6, rtol=0)


def test_a_step_is_sgd_with_momentum_on_one_bias_per_gate(dataset):
    trainer, _, params = make_pair(dataset, **PLAIN)
    model, training = trainer.model, trainer.config.training
    batch = trainer.batch(np.arange(5))
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert count == sum(x.size for x in jax.tree.leaves(params))
    velocity = dict.fromkeys(before, 0)
    for _ in range(2):
        trainer.step(batch)
        for name, gradient in gradients_of(model).items():
            velocity[name] = training.momentum * velocity[name] + gradient
            before[name] = before[name] - training.learning_rate * velocity[name]
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter, before[name], atol=1e-6, rtol=0)


def test_a_step_masks_and_drops_at_random_and_evaluation_does_not(dataset):
    trainer, _, _ = make_pair(dataset, learning_rate=1e-9)
    batch = trainer.batch(np.arange(5))
    assert len({float(trainer.step(batch)) for _ in range(4)}) == 4
    batches = [np.array([4, 1]), np.array([3])]
    probabilities, embeddings = trainer.predict(batches)
    again, _ = trainer.predict(batches)
    np.testing.assert_array_equal(probabilities, again)
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-6)
    assert embeddings.shape == (3, 8)


def test_spec_augment_has_serjaxs_law():
    torch.manual_seed(0)
    lengths = torch.tensor([40, 7] * 2000)
    features = torch.ones(len(lengths), 40, 9)
    masked = twin.spec_augment(features, lengths, 5, 3) == 0
    in_time = masked.all(2)
    in_frequency = masked[1::2, -1]  # past every time mask
    # Widths are uniform: up to 5 frames, up to 3 of 7, up to 3 bins.
    for widths, widest in (
        (in_time[::2].sum(1), 5),
        (in_time[1::2].sum(1), 3),
        (in_frequency.sum(1), 3),
    ):
        shares = torch.bincount(widths) / len(widths)
        assert len(shares) == widest + 1
        np.testing.assert_allclose(shares, 1 / (widest + 1), atol=0.04)
    # Within the real frames, anywhere in them, and in one stretch.
    assert not in_time[1::2, 7:].any()
    assert in_time[1::2, :7].any(0).all()
    assert in_time[::2].any(0).all()
    turns = (in_time[:, 1:] != in_time[:, :-1]).sum(1)
    assert turns.max() == 2


def test_a_pool_that_the_twin_lacks_is_refused(dataset):
    config = dataclasses.replace(make_small_config().model, pool_width=4)
    with pytest.raises(ValueError, match="pool_width=4"):
        twin.Twin(config, 6, 3, ())
