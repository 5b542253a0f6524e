from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.config import ENCODERS, PRESETS, ModelSettings
from serjax.models import Encoder, Heads, make_encoder

MELS = 40
PAPER_B = PRESETS["paper-b"]
LAYOUTS = {
    "like A": ModelSettings(conv_features=(12, 12), lstm_features=8),
    "like B": ModelSettings(
        **{**PAPER_B, "conv_features": (12, 12), "lstm_features": 16}
    ),
    "cnn": ModelSettings(encoder="cnn", conv_features=(12, 12)),
    "lstm": ModelSettings(encoder="lstm", lstm_features=8),
    "mean-mlp": ModelSettings(encoder="mean-mlp", mlp_features=(16, 12)),
}


def _num_parameters(tree):
    return sum(leaf.size for leaf in jax.tree.leaves(tree))


def _draw_parameter(leaf):
    """Random values of about the size that inits give; quicker than an init."""
    values = np.random.default_rng(leaf.size).standard_normal(leaf.shape)
    return jnp.float32(values / np.sqrt(leaf.size / leaf.shape[-1]))


def _init_shapes(settings):
    encoder = Encoder(settings)
    features, lengths = jnp.zeros((4, 50, MELS)), jnp.full(4, 50)
    variables = jax.eval_shape(encoder.init, jax.random.key(0), features, lengths)
    embedding = jax.eval_shape(encoder.apply, variables, features, lengths)
    return variables, embedding


@pytest.mark.parametrize(
    ("settings", "expected"),
    [(ModelSettings(), 1_757_952), (ModelSettings(**PAPER_B), 1_802_752)],
)
def test_the_encoder_has_the_size_of_the_papers(settings, expected):
    variables, embedding = _init_shapes(settings)
    assert _num_parameters(variables) == expected
    assert embedding.shape == (4, 512)
    assert embedding.dtype == jnp.float32


def test_sizes_are_settings():
    settings = ModelSettings(conv_features=(3,), lstm_features=5)
    variables, embedding = _init_shapes(settings)
    # A convolution of 5 * 40 * 3 + 3; per direction (3 + 5 + 1) * 20.
    assert _num_parameters(variables) == 603 + 2 * 180
    assert embedding.shape == (4, 10)


def test_every_named_encoder_is_tested_here():
    assert {settings.encoder for settings in LAYOUTS.values()} == {*ENCODERS}
    assert type(make_encoder(ModelSettings())) is Encoder


def test_the_mean_of_a_single_frame_is_the_frame():
    settings = LAYOUTS["mean-mlp"]
    features = jnp.arange(2.0 * MELS).reshape(2, 1, MELS)
    encoder, lengths = make_encoder(settings), jnp.ones(2, jnp.int32)
    params: Any = encoder.init(jax.random.key(0), features, lengths)
    kernel = params["params"]["hidden0"]["kernel"]
    _, state = encoder.apply(
        params, features, lengths, capture_intermediates=True, mutable="intermediates"
    )
    seen = jnp.concatenate([features[:, 0], jnp.full((2, MELS), 1e-5**0.5)], axis=1)
    hidden: Any = state["intermediates"]["hidden0"]["__call__"][0]
    np.testing.assert_allclose(hidden, seen @ kernel, rtol=1e-5)


@pytest.fixture(scope="module", params=LAYOUTS)
def model(request):
    """Encoder and heads: logits of a batch, and the gradient of their weighted sum."""
    settings = LAYOUTS[request.param]
    encoder, heads = make_encoder(settings), Heads(3, (("corpus", 4),))
    features, lengths = jnp.zeros((1, 8, MELS)), jnp.full(1, 8)
    key = jax.random.key(0)
    embedding, variables = jax.eval_shape(
        encoder.init_with_output, key, features, lengths
    )
    embedding = jnp.zeros(embedding.shape)
    shapes = {
        "encoder": variables["params"],
        "heads": jax.eval_shape(lambda: heads.init(key, embedding, train=False))[
            "params"
        ],
    }
    params = jax.tree.map(_draw_parameter, shapes)

    def logits(params, features, lengths):
        embedding = encoder.apply({"params": params["encoder"]}, features, lengths)
        emotion, others = heads.apply(
            {"params": params["heads"]}, embedding, train=False
        )
        return jnp.concatenate([emotion, others["corpus"]], -1)  # pyright: ignore

    def loss(params, features, lengths, weights):
        out = logits(params, features, lengths)
        return jnp.sum(out * weights), out

    gradient = jax.jit(jax.grad(loss, has_aux=True))
    return lambda *batch: gradient(params, *batch)


def _assert_close(actual, expected):
    for a, e in zip(jax.tree.leaves(actual), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, e, rtol=1e-5, atol=1e-6)


def _batch():
    rng = np.random.default_rng(0)
    features = rng.standard_normal((3, 21, MELS)).astype(np.float32)
    weights = rng.standard_normal((3, 7)).astype(np.float32) / 30
    return features, np.array([21, 14, 5]), weights


def test_being_alone_and_padded_to_twice_the_length_changes_nothing(model):
    features, lengths, weights = _batch()
    gradient, logits = model(features, lengths, weights)
    alone = []
    for row, length in enumerate(lengths):
        longer = np.full((1, 42, MELS), np.nan, np.float32)
        longer[0, :length] = features[row, :length]
        longer[0, length:30] = 1e6 * (-1) ** row
        alone.append(model(longer, lengths[row, None], weights[row, None]))
    _assert_close(logits, np.concatenate([out for _, out in alone]))
    _assert_close(gradient, jax.tree.map(lambda *g: sum(g), *[g for g, _ in alone]))


def test_frames_that_are_real_do_change_the_logits(model):
    features, lengths, weights = _batch()
    changed = features.copy()  # jax may still be reading the first
    changed[[0, 1, 2], lengths - 1] += 1
    _, before = model(features, lengths, weights)
    _, after = model(changed, lengths, weights)
    assert (np.abs(after - before).max(1) > 1e-3).all()


def test_one_frame_is_enough(model):
    features, _, weights = _batch()
    features[:, 1:] = np.nan
    gradient, logits = model(features, np.array([1, 1, 1]), weights)
    assert np.isfinite(logits).all()
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))
    largest = [np.abs(leaf).max() for leaf in jax.tree.leaves(gradient["encoder"])]
    assert max(largest) > 0


@pytest.mark.parametrize("model", [*sorted({*LAYOUTS} - {"mean-mlp"})], indirect=True)
def test_a_row_without_frames_embeds_to_zero_and_has_no_gradient(model):
    features, _, weights = _batch()
    features[:] = np.nan
    gradient, logits = model(features, np.array([0, 0, 0]), weights)
    # The embedding is 0, so that logits are the heads' biases and kernels get nothing.
    np.testing.assert_array_equal(logits, np.broadcast_to(logits[0], logits.shape))
    for head in gradient["heads"].values():
        np.testing.assert_array_equal(head["kernel"], 0)
        assert np.isfinite(head["bias"]).all()
    for leaf in jax.tree.leaves(gradient["encoder"]):
        np.testing.assert_array_equal(leaf, 0)
