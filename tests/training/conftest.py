"""A tiny data set and network, compiled once for all tests of training."""

import jax
import jax.numpy as jnp
import pytest
from tqdm import tqdm

from serjax.training import compilation, loop, programs, run
from serjax.training.state import init_state
from serjax.training.store import put_on_device
from tests.training.made import make_dataset, make_small_config, network_of


@pytest.fixture(scope="session")
def dataset():
    """36 rows of one padded length: 18 to train, 6 to validate, 6 to test, 6 unseen."""
    return make_dataset()


@pytest.fixture(scope="session")
def store(dataset):
    """The data set on the device."""
    return put_on_device(dataset)


@pytest.fixture(scope="session")
def first_state():
    """Makes the state before the first step, drawn once for each network."""
    drawn = {}

    def make(network):
        if network not in drawn:
            drawn[network] = init_state(network, 0)
        return jax.tree.map(jnp.copy, drawn[network])  # a program takes it over

    return make


@pytest.fixture(scope="session")
def make_job(dataset, store):
    """Makes what the loop needs, with some settings changed."""

    def make(**settings):
        config = make_small_config(**settings)
        return loop.Job(
            config=config,
            batch_size=config.training.batch_size,
            network=network_of(config, dataset),
            dataset=dataset,
            store=store,
            buckets=loop.choose_buckets(dataset, 4, config.training.batch_size),
        )

    return make


@pytest.fixture(scope="session")
def train_in(dataset):
    """Trains a small model in a folder, and says nothing."""

    def train(folder, report=None, dataset=dataset, **settings):
        config = make_small_config(workdir=str(folder), **settings)
        return run.train(config, dataset, report)

    return train


@pytest.fixture
def no_bar():
    """A progress bar that shows nothing."""
    return tqdm(disable=True)


@pytest.fixture
def traced(monkeypatch):
    """Counts the programs traced since, by (name, batch size, frames).

    As in the first process of all: no traced program is kept from before, in memory or
    on disk. Machine code may be.
    """
    monkeypatch.setattr(programs, "_COMPILED", {})
    monkeypatch.setattr(compilation, "_path", lambda description: None)
    before = programs.TRACES.copy()
    return lambda: programs.TRACES - before
