from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from serjax.training.class_weights import make_class_weights
from serjax.training.forward import judge
from serjax.training.objective import objective_of
from serjax.training.store import PaddedBatch
from tests.training.made import make_small_config

# Of corpus 0 four rows of class 0 and two of class 1; of corpus 1 one and three, and
# two of class 2. Then a validation row, of class 2.
CORPORA = np.array([0] * 6 + [1] * 6 + [0])
LABELS = np.array([0] * 4 + [1] * 2 + [0] + [1] * 3 + [2] * 2 + [2])
TRAIN = np.arange(12)


def weights_of(kind, **attributes):
    data = SimpleNamespace(
        rows={"train": TRAIN}.get,
        attributes=attributes,
        labels=LABELS,
        classes=("negative", "neutral", "positive"),
    )
    return make_class_weights(make_small_config(class_weights=kind), data)  # pyright: ignore


CORPUS = SimpleNamespace(labels=CORPORA)


def test_no_weights_are_no_operand():
    assert weights_of("none", corpus=CORPUS) is None


def test_balanced_weights_by_hand():
    # Twelve rows, of which five, five and two: 12 / (3 n_k).
    found = weights_of("balanced", corpus=CORPUS)
    assert found is not None
    np.testing.assert_allclose(found, [[0.8, 0.8, 2]], rtol=1e-6)
    np.testing.assert_array_equal(weights_of("corpus"), found)  # there is but one


def test_weights_by_corpus_leave_each_its_share():
    found = weights_of("corpus", corpus=CORPUS)
    assert found is not None
    # 6 / (2 n) of the two classes that corpus 0 has, 6 / (3 n) in corpus 1.
    expected = [[0.75, 1.5, 0], [2, 2 / 3, 1]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    of_rows = found[CORPORA, LABELS][TRAIN]
    assert of_rows[:6].mean() == pytest.approx(1) == of_rows[6:].mean()


@pytest.mark.parametrize("kind", ["balanced", "corpus"])
def test_the_weighted_loss_by_hand(kind):
    weights = weights_of(kind, corpus=CORPUS)
    assert weights is not None
    has_corpora = kind == "corpus"
    of_all = weights[CORPORA if has_corpora else 0, LABELS]
    assert of_all[TRAIN].mean() == pytest.approx(1)
    logits = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
    labels, corpora = np.array([0, 2, 1, -1]), np.array([0, 1, 1, -1])
    attributes = np.stack([[3, 1, 2, -1], corpora], 1)
    none = jnp.zeros((4, 1))
    batch = PaddedBatch(none, none, jnp.array(labels), jnp.array(attributes))
    network = SimpleNamespace(
        attributes=("speaker", "corpus"), discriminators=(), module_kinds=()
    )
    choices = SimpleNamespace(class_weights=weights)
    outputs = judge(network, none, jnp.array(logits), {}, {}, batch, choices)  # pyright: ignore
    loss = objective_of((), (), outputs, batch, choices, {}).classifier  # pyright: ignore
    nats = np.log(np.exp(logits).sum(1)) - logits[range(4), labels]
    of_rows = weights[corpora if has_corpora else 0, labels]
    expected = np.sum(of_rows[:3] * nats[:3]) / 3
    assert loss == pytest.approx(expected, rel=1e-5)
