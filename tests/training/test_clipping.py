import jax
import jax.numpy as jnp
import optax
import pytest

from serjax.training import loop
from tests.training.made import PLAIN

CLIP = 1e-3
RATE = 0.5
STEPS = 3


@pytest.fixture
def first_epoch(make_job, no_bar):
    """Runs one epoch; returns the state before it, the state after, and its metrics."""

    def run(**settings):
        job = make_job(
            approach="adversarial",
            attributes=("gender",),
            learning_rate=RATE,
            **{**PLAIN, **settings},
        )
        start = loop.start(job)
        before = jax.tree.map(jnp.copy, start.state)
        after, line = next(loop.epochs(job, start, lambda: None, no_bar))
        return before, after.state, line

    return run


def _moved(before, after):
    return float(optax.tree.norm(optax.tree.sub(after, before)))


def test_a_clipped_step_moves_as_far_as_its_bound(first_epoch):
    before, after, line = first_epoch(momentum=0.0, clip_norm=CLIP)
    for part in ("params", "discriminator_params"):
        distance = _moved(getattr(before, part), getattr(after, part))
        # Three steps of that length, in some directions.
        assert 0.9 * RATE * CLIP < distance < 1.001 * STEPS * RATE * CLIP
    # What is told is the gradient's own norm.
    assert line["encoder_grad_norm"] > 10 * CLIP
    assert line["gender_grad_norm"] > 10 * CLIP


def test_by_default_the_optimiser_is_sgd_alone(make_job):
    network = make_job().network
    assert network.clip_norm == 0
    state = network.optimiser().init({"w": jnp.zeros(2)})
    expected = optax.sgd(0.1, momentum=0.9).init({"w": jnp.zeros(2)})
    assert jax.tree.structure(state) == jax.tree.structure(expected)
