from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.models import Heads
from serjax.models.heads import count_read, what_is_read

BATCH, SIZE = 5, 64
ATTRIBUTES = (("corpus", 3), ("speaker", 3))


@pytest.fixture(scope="module")
def heads():
    """Heads with equal parameters, so that equal input means equal logits."""
    module = Heads(3, ATTRIBUTES)
    params = module.init(jax.random.key(0), jnp.zeros((1, SIZE)), train=False)["params"]
    same = params["emotion"]["kernel"]
    return module, {name: {"kernel": same, "bias": jnp.ones(3)} for name in params}


def _embedding():
    return jax.random.normal(jax.random.key(7), (BATCH, SIZE))


def _logits(heads, embedding, scales=None, train=True, key=1):
    module, params = heads
    rngs = {"dropout": jax.random.key(key)} if train else {}
    emotion, others = module.apply(
        {"params": params}, embedding, scales, train=train, rngs=rngs
    )
    return {"emotion": emotion, **others}


def _gradients(heads, scales):
    """By head, the gradient of its summed logits that the embedding gets."""

    def total(embedding, name):
        return jnp.sum(_logits(heads, embedding, scales)[name])

    names = ("emotion", "corpus", "speaker")
    return {n: np.asarray(jax.grad(total)(_embedding(), n)) for n in names}


def test_shapes_are_those_of_the_values():
    module = Heads(3, (("gender", 2), ("speaker", 61)))
    variables = jax.eval_shape(
        lambda: module.init(jax.random.key(0), jnp.zeros((4, 512)), train=False)
    )
    sizes = jax.tree.map(lambda leaf: leaf.shape, variables["params"])
    assert sizes == {
        "emotion": {"kernel": (512, 3), "bias": (3,)},
        "attribute_gender": {"kernel": (512, 2), "bias": (2,)},
        "attribute_speaker": {"kernel": (512, 61), "bias": (61,)},
    }
    emotion, others = jax.eval_shape(
        lambda v: module.apply(v, jnp.zeros((4, 512)), train=False), variables
    )
    assert emotion.shape == (4, 3)
    assert {name: out.shape for name, out in others.items()} == {
        "gender": (4, 2),
        "speaker": (4, 61),
    }


def test_a_head_may_have_hidden_layers():
    module = Heads(3, (("gender", 2),), features=(8, 4))
    variables = jax.eval_shape(
        lambda: module.init(jax.random.key(0), jnp.zeros((4, 512)), train=False)
    )
    sizes = jax.tree.map(lambda leaf: leaf.shape, variables["params"])
    assert sizes["emotion"] == {"kernel": (512, 3), "bias": (3,)}
    head = {name: layer["kernel"] for name, layer in sizes["attribute_gender"].items()}
    assert head == {"hidden0": (512, 8), "hidden1": (8, 4), "output": (4, 2)}


def _apply(module, params, x) -> Any:
    return module.apply({"params": params}, x, train=False)


def test_a_head_on_both_sees_their_outer_product_and_moves_no_emotion():
    module = Heads(3, (("gender", 2),), 0.0, further=("both",))
    x = _embedding()
    params: Any = module.init(jax.random.key(0), x, train=False)["params"]
    emotion, logits = _apply(module, params, x)
    probabilities = jax.nn.softmax(emotion)
    product = jnp.einsum("bi,bk->bik", x, probabilities).reshape(BATCH, -1)
    head = params["attribute_gender both"]
    expected = product @ head["kernel"] + head["bias"][None]
    np.testing.assert_allclose(logits["gender both"], expected, rtol=1e-5, atol=1e-5)

    def total(params):
        return jnp.sum(_apply(module, params, x)[1]["gender both"])

    gradient = jax.grad(total)(params)
    np.testing.assert_array_equal(gradient["emotion"]["kernel"], 0)
    assert np.abs(gradient["attribute_gender both"]["kernel"]).max() > 0


def test_with_a_constant_one_hot_a_head_on_both_is_the_head_on_the_embedding():
    module = Heads(3, (("gender", 2),), 0.0, further=("both",))
    x, scales = _embedding(), {"gender": 0.7}
    params: Any = module.init(jax.random.key(0), x, train=False)["params"]
    # The second emotion, whatever is heard.
    params["emotion"] = {
        "kernel": jnp.zeros((SIZE, 3)),
        "bias": jnp.array([0.0, 200.0, 0.0]),
    }
    plain = params["attribute_gender"]
    both = params["attribute_gender both"]["kernel"].at[1::3].set(plain["kernel"])
    params["attribute_gender both"] = {"kernel": both, "bias": plain["bias"]}

    def loss(params, x, key):
        heads: Any = {"params": params}
        outputs: Any = module.apply(heads, x, scales, train=False)
        logits = outputs[1][key]
        return -jnp.sum(jax.nn.log_softmax(logits)[:, 0])

    value = jax.jit(jax.value_and_grad(loss, (0, 1)), static_argnums=2)
    ganin, (to_heads, to_embedding) = value(params, x, "gender")
    found, (of_both, to_embedding_too) = value(params, x, "gender both")
    assert found == pytest.approx(float(ganin), rel=1e-6)
    np.testing.assert_allclose(to_embedding_too, to_embedding, rtol=1e-5, atol=1e-6)
    of_both = of_both["attribute_gender both"]["kernel"]
    expected = to_heads["attribute_gender"]["kernel"]
    np.testing.assert_allclose(of_both[1::3], expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(of_both[::3], 0)


def test_many_products_are_projected_by_fixed_signs():
    rng = np.random.default_rng(0)
    x = jnp.array(rng.standard_normal((2, 1200)), jnp.float32)
    g = jax.nn.softmax(jnp.array(rng.standard_normal((2, 4)), jnp.float32))
    assert count_read("both", 1024, 4) == 4096 and count_read("both", 1025, 4) == 1024
    read = jax.jit(lambda x, g: what_is_read("both", x, g))
    assert jax.eval_shape(read, x[:, :1024], g).shape == (2, 4096)
    found = np.asarray(read(x, g))
    assert found.shape == (2, 1024)
    # Inner products are those of the outer products, but for chance: of 1,024 products
    # of signs the share that is off is of the order of 1 / 32.
    norms = np.sum(x**2, 1) * np.sum(g**2, 1)
    np.testing.assert_allclose(np.sum(found**2, 1), norms, rtol=0.2)


def test_one_dropout_mask_serves_all_heads(heads):
    logits = _logits(heads, _embedding())
    np.testing.assert_array_equal(logits["corpus"], logits["emotion"])
    np.testing.assert_array_equal(logits["speaker"], logits["emotion"])
    assert (
        np.asarray(_logits(heads, _embedding(), key=2)["emotion"]) != logits["emotion"]
    ).any()


def test_the_mask_is_drawn_before_the_reversal(heads):
    scales = {"corpus": 0.5, "speaker": -1.0}
    gradients = _gradients(heads, scales)
    dropped = gradients["emotion"] == 0
    assert 0.35 < dropped.mean() < 0.65
    np.testing.assert_array_equal(gradients["corpus"], -0.5 * gradients["emotion"])
    np.testing.assert_array_equal(gradients["speaker"], gradients["emotion"])


def test_what_is_kept_is_scaled_up(heads):
    # The gradient of the summed logits is the kernel's row sum, doubled where kept.
    row_sums = np.asarray(heads[1]["emotion"]["kernel"].sum(1))
    gradient = _gradients(heads, {})["emotion"]
    expected = np.where(gradient != 0, 2 * row_sums[None, :], 0)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5)


def test_without_training_there_is_no_dropout(heads):
    kernel, bias = heads[1]["emotion"]["kernel"], heads[1]["emotion"]["bias"]
    expected = np.asarray(_embedding()) @ np.asarray(kernel) + np.asarray(bias)
    for logits in _logits(heads, _embedding(), train=False).values():
        np.testing.assert_allclose(logits, expected, rtol=1e-5, atol=1e-5)


def test_a_gradient_passes_unless_a_scale_is_given(heads):
    gradients = _gradients(heads, None)
    np.testing.assert_array_equal(gradients["corpus"], gradients["emotion"])


def test_the_reversal_never_reaches_a_heads_own_weights(heads):
    module, params = heads

    def total(params, scale):
        embedding = _embedding()
        return jnp.sum(
            module.apply({"params": params}, embedding, {"corpus": scale}, train=False)[
                1
            ]["corpus"]
        )

    reverse, passing = (jax.grad(total)(params, scale) for scale in (1.0, -1.0))
    for a, b in zip(jax.tree.leaves(reverse), jax.tree.leaves(passing), strict=True):
        np.testing.assert_array_equal(a, b)
