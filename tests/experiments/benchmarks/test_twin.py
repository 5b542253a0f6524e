import dataclasses
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.training.choices import make_choices
from serjax.training.objective import objective_of
from serjax.training.state import init_state
from serjax.training.steps import forward
from serjax.training.store import gather, put_on_device
from tests.training.made import PLAIN, make_dataset, make_small_config, network_of

torch = pytest.importorskip("torch")
twin = pytest.importorskip("experiments.benchmarks.twin")
trainer = pytest.importorskip("experiments.benchmarks.trainer")

SIZES = {"conv_features": (6, 5, 7), "lstm_features": 4}


@pytest.fixture(scope="module")
def dataset():
    return make_dataset(shortest=9, longest=40)


def make_pair(dataset, **settings):
    """A twin with some parameters, serjax's network, settings and the parameters."""
    attributes = {"approach": "multitask", "attributes": tuple(dataset.attributes)}
    config = make_small_config(**{**SIZES, **attributes, **settings})
    network = network_of(config, dataset)
    rng = np.random.default_rng(0)
    params = jax.tree.map(
        lambda x: 0.3 * rng.standard_normal(x.shape, np.float32),
        init_state(network, 0).params,
    )
    made = trainer.Trainer(config, dataset)
    torch.set_num_threads(1)  # threads wait more than they help with so little work
    made.model.load_state_dict(state_of(params))
    return made, network, config, params


def state_of(params):
    """serjax's parameters, or a gradient by them, in the twin's form."""
    encoder, lstm, state = params["encoder"], params["encoder"]["lstm"], {}
    for layer in range(len(encoder) - 1):
        kernel = encoder[f"conv{layer}"]["kernel"].transpose(2, 1, 0)
        state[f"convolutions.{layer}.weight"] = kernel[:, :, None]
        state[f"convolutions.{layer}.bias"] = encoder[f"conv{layer}"]["bias"]
    for direction, suffix in enumerate(("", "_reverse")):
        state[f"lstm.weight_ih_l0{suffix}"] = lstm["kernel"][:, direction].T
        state[f"lstm.weight_hh_l0{suffix}"] = lstm["recurrent"][direction].T
        state[f"lstm.bias_ih_l0{suffix}"] = lstm["bias"][direction]
        state[f"lstm.bias_hh_l0{suffix}"] = np.zeros_like(lstm["bias"][direction])
    for name, head in params["heads"].items():
        own = name.replace("attribute_", "attributes.", 1)
        state |= {f"{own}.weight": head["kernel"].T, f"{own}.bias": head["bias"]}
    return {name: torch.from_numpy(np.array(it)) for name, it in state.items()}


def gradients_of(model):
    return {n: p.grad for n, p in model.named_parameters() if p.requires_grad}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"conv_features": (6, 5), "conv_width": 3, "pool_width": 2},
    ],
)
def test_embeddings_loss_and_gradients_are_serjaxs(dataset, settings):
    made, network, config, params = make_pair(dataset, **settings, **PLAIN)
    rows = np.array([3, 17, 0, 8, 30])
    features, lengths, labels = batch = made.batch(rows)
    assert len(set(lengths.tolist())) > 3
    padded = gather(put_on_device(dataset), jnp.array(rows), features.shape[1])
    np.testing.assert_array_equal(features, padded.features)
    np.testing.assert_array_equal(labels[1:].T, padded.attributes)
    assert (labels[1:] == -1).any()

    @jax.jit
    def expect(params):
        choices = make_choices(config, network.methods, network.attributes, 0)

        def objective(params):
            outputs = forward(network, params, {}, padded, choices, jax.random.key(0))
            sizes = network.heads.attributes
            found = objective_of(network.methods, sizes, outputs, padded, choices, {})
            return found.classifier

        embedding = network.embed(params, padded.features, padded.lengths)
        return embedding, *jax.value_and_grad(objective)(params)

    embedding, expected_loss, gradient = jax.device_get(expect(params))
    expected = state_of(gradient)
    for made.model.recurrence in twin.RECURRENCES:
        made.model.zero_grad()
        found = made.model.embed(features, lengths).detach()
        np.testing.assert_allclose(found, embedding, atol=1e-5)
        loss = made.loss(batch)
        loss.backward()
        assert loss.item() == pytest.approx(expected_loss, abs=1e-5)
        for name, found in gradients_of(made.model).items():
            np.testing.assert_allclose(found, expected[name], atol=1e-5, err_msg=name)


def test_a_step_is_sgd_with_momentum_on_one_bias_per_gate(dataset):
    made, _, config, params = make_pair(dataset, **PLAIN)
    model, training = made.model, config.training
    batch = made.batch(np.arange(5))
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert count == sum(x.size for x in jax.tree.leaves(params))
    velocity = dict.fromkeys(before, 0)
    for _ in range(2):
        made.step(batch)
        for name, gradient in gradients_of(model).items():
            velocity[name] = training.momentum * velocity[name] + gradient
            before[name] = before[name] - training.learning_rate * velocity[name]
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter, before[name], atol=1e-6, rtol=0)


def test_a_step_masks_and_drops_at_random_and_evaluation_does_not(dataset):
    made, _, _, _ = make_pair(dataset, learning_rate=1e-9)
    batch = made.batch(np.arange(5))
    assert len({float(made.step(batch)) for _ in range(4)}) == 4
    rows, made._batch_size = np.array([5, 30, 0, 9, 33]), 2
    probabilities, embeddings = made.predict(rows)
    again, _ = made.predict(rows[::-1])
    np.testing.assert_allclose(probabilities, again[::-1], atol=1e-6)
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-6)
    assert embeddings.shape == (5, 8)


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
    assert in_time[1::2].any(0).nonzero().flatten().tolist() == [*range(7)]
    assert (in_time[:, 1:] != in_time[:, :-1]).sum(1).max() == 2


def test_an_epoch_trains_on_each_row_once_and_on_like_lengths_together(dataset):
    made, _, _, _ = make_pair(dataset)
    rows, lengths = dataset.rows("train"), dataset.store.lengths
    made._batch_size, trained, make_batch = 4, [], made.batch
    made.batch = lambda rows: trained.append(rows) or make_batch(rows)
    made.train(rows, dataset.rows("valid"))
    training = trained[: -(-len(rows) // 4)]  # validation comes after
    np.testing.assert_array_equal(np.sort(np.concatenate(training)), rows)
    spans = sorted((lengths[it].min(), lengths[it].max()) for it in training)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))


def test_the_fastest_way_is_taken(dataset, monkeypatch):
    made, _, _, _ = make_pair(dataset)
    seconds = {("packed", 8): 3.0, ("packed", 4): 2.0, ("reversed", 8): 1.0}

    def time_it(method, rows):
        return [seconds.get((made.model.recurrence, made._batch_size), 4.0)]

    monkeypatch.setattr(made, "time", time_it)
    told = made.choose((4, 8), "time", "predict", np.arange(4))
    assert told == {str(way): s for way, s in (seconds | {("reversed", 4): 4}).items()}
    assert (made.model.recurrence, made._batch_size) == ("reversed", 8)


@pytest.mark.parametrize("setting", [{"pool_width": 4}, {"summary": "last"}])
def test_what_the_twin_lacks_is_refused(setting):
    model = dataclasses.replace(make_small_config().model, **setting)
    (name,) = setting
    with pytest.raises(ValueError, match=f"{name}=.*--notwin"):
        twin.Twin(model, 6, 3, {})
