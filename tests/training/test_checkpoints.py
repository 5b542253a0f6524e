import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.training.checkpoints import Progress, read_checkpoint, write_checkpoint
from serjax.training.state import init_state
from tests.training.made import PLAIN


@pytest.fixture(scope="module")
def network(make_job):
    """A network with both kinds of optimiser state."""
    job = make_job(approach="adversarial", attributes=("gender",), **PLAIN)
    return job.network


@pytest.fixture
def make_progress(network, first_state):
    """Makes the progress after some epochs; every array depends on their number."""

    def make(epochs_run, best_epoch):
        state = first_state(network)
        state = state.replace(
            step=state.step + epochs_run,
            params=jax.tree.map(lambda leaf: leaf + epochs_run / 3, state.params),
            opt_state=jax.tree.map(lambda leaf: leaf + 0.1, state.opt_state),
            key=jax.random.key(epochs_run),
        )
        best = jax.tree.map(lambda leaf: leaf - 1 / (best_epoch + 3), state.params)
        return Progress(epochs_run, state, best_epoch, 100 / (best_epoch + 3), best)

    return make


def _assert_same(actual, expected):
    assert jax.tree.structure(actual) == jax.tree.structure(expected)
    for a, e in zip(jax.tree.leaves(actual), jax.tree.leaves(expected), strict=True):
        assert a.dtype == e.dtype
        if jnp.issubdtype(a.dtype, jax.dtypes.prng_key):
            a, e = jax.random.key_data(a), jax.random.key_data(e)
        np.testing.assert_array_equal(a, e)


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_without_a_checkpoint_there_is_none(tmp_path, network, first_state):
    assert read_checkpoint(tmp_path, first_state(network)) is None
    assert read_checkpoint(tmp_path / "absent", first_state(network)) is None


def test_what_is_written_is_read_to_the_bit(tmp_path, network, make_progress):
    progress = make_progress(5, 2)
    write_checkpoint(tmp_path, progress)
    read = read_checkpoint(tmp_path, init_state(network, seed=9))
    assert read is not None
    assert (read.epochs_run, read.best_epoch, read.best_ua) == (5, 2, 20.0)
    _assert_same(read.state, progress.state)
    _assert_same(read.best_params, progress.best_params)


def test_best_and_last_alone_are_kept(tmp_path, network, make_progress, first_state):
    for epochs_run, best_epoch in ((1, 0), (4, 0), (6, 5), (7, 5)):
        write_checkpoint(tmp_path, make_progress(epochs_run, best_epoch))
        assert _names(tmp_path) == [f"best-{best_epoch + 1}", f"last-{epochs_run}"]
    read = read_checkpoint(tmp_path, first_state(network))
    assert read is not None
    assert (read.epochs_run, read.best_epoch) == (7, 5)


def test_a_kill_before_the_clearing_leaves_the_newest_to_resume(
    tmp_path, network, make_progress, first_state, monkeypatch
):
    write_checkpoint(tmp_path, make_progress(2, 0))
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", lambda path: None)
        write_checkpoint(tmp_path, make_progress(10, 9))
    (tmp_path / "last-11.orbax-checkpoint-tmp-3").mkdir()
    assert len(_names(tmp_path)) == 5
    read = read_checkpoint(tmp_path, first_state(network))
    assert read is not None
    assert (read.epochs_run, read.best_epoch) == (10, 9)


def test_a_damaged_checkpoint_is_an_error_with_advice(
    tmp_path, network, make_progress, first_state
):
    write_checkpoint(tmp_path, make_progress(3, 2))
    for path in (tmp_path / "last-3").rglob("*"):
        if path.is_file():
            path.write_bytes(b"")
    with pytest.raises(ValueError, match="last-3 cannot be read.*checkpoints folder"):
        read_checkpoint(tmp_path, first_state(network))
