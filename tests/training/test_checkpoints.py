import os
import shutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.digests import find_damage
from serjax.errors import StorageFailed
from serjax.training import checkpoints
from serjax.training.checkpoints import (
    Progress,
    count_epochs,
    read_checkpoint,
    read_params,
    remove_old,
    write_checkpoint,
)
from serjax.training.state import init_state
from tests.training.made import PLAIN


@pytest.fixture(scope="module")
def network(make_job):
    """A network with both kinds of optimiser state."""
    job = make_job(approach="adversarial", attributes=("gender",), **PLAIN)
    return job.network


@pytest.fixture
def folder(tmp_path):
    """A run's folder, with the files that a checkpoint takes a copy of."""
    return _begun(tmp_path)


def _begun(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text('{"settings": {}}')
    (folder / "metrics.jsonl").write_text('{"epoch": 0}\n')
    return folder


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
    return sorted(path.name for path in (folder / "checkpoints").iterdir())


def test_without_a_checkpoint_there_is_none(folder, network, first_state):
    assert read_checkpoint(folder, first_state(network)) is None
    # Nor are there epochs: what a kill left of the first ones is replayed.
    assert (folder / "metrics.jsonl").read_bytes() == b""
    assert count_epochs(folder) == 0


def test_what_is_written_is_read_to_the_bit(folder, network, make_progress):
    progress = make_progress(5, 2)
    write_checkpoint(folder, progress)
    read = read_checkpoint(folder, init_state(network, seed=9))
    assert read is not None
    assert (read.epochs_run, read.best_epoch, read.best_ua) == (5, 2, 20.0)
    _assert_same(read.state, progress.state)
    _assert_same(read.best_params, progress.best_params)


def test_the_models_parameters_are_read_alone(folder, make_progress):
    progress = make_progress(5, 2)
    write_checkpoint(folder, progress)
    (device,) = jax.devices()
    _assert_same(read_params(folder, "best", device), progress.best_params)
    _assert_same(read_params(folder, "last", device), progress.state.params)


def test_two_are_kept_and_one_when_the_run_is_done(
    folder, network, make_progress, first_state
):
    for epochs_run, best_epoch in ((1, 0), (4, 0), (6, 5), (10, 5)):
        write_checkpoint(folder, make_progress(epochs_run, best_epoch))
    assert _names(folder) == ["epoch-10", "epoch-6"]
    remove_old(folder, num_kept=1)
    assert _names(folder) == ["epoch-10"]
    read = read_checkpoint(folder, first_state(network))
    assert read is not None
    assert (read.epochs_run, read.best_epoch) == (10, 5)


def test_metrics_are_the_checkpoints_whatever_was_written_since(
    folder, network, make_progress, first_state
):
    metrics = folder / "metrics.jsonl"
    write_checkpoint(folder, make_progress(1, 0))
    before = metrics.read_bytes()
    with metrics.open("a") as file:
        file.write('{"epoch": 1}\n{"epoch": 2, "al')
    read_checkpoint(folder, first_state(network))
    assert metrics.read_bytes() == before


def test_what_a_kill_left_beside_is_never_read_and_goes_with_the_next(
    folder, network, make_progress, first_state
):
    write_checkpoint(folder, make_progress(2, 0))
    whole = folder / "checkpoints" / "epoch-2"
    shutil.copytree(whole, whole.with_name(".epoch-3-1f"))
    read = read_checkpoint(folder, first_state(network))
    assert read is not None
    assert read.epochs_run == 2
    write_checkpoint(folder, make_progress(4, 0))
    assert _names(folder) == ["epoch-2", "epoch-4"]


def _files(path):
    return sorted(it for it in path.rglob("*") if it.is_file() and it.stat().st_size)


def _flip(path, place):
    data = bytearray(path.read_bytes())
    data[int(place * (len(data) - 1))] ^= 1 << int(place * 7)
    path.write_bytes(data)


HARMS = {
    "flipped": lambda path: _flip(path, 0.5),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "emptied": lambda path: path.write_bytes(b""),
    "removed": lambda path: path.unlink(),
}


@pytest.mark.parametrize("harm", HARMS)
def test_damage_to_any_file_is_found_and_named(harm, folder, make_progress):
    write_checkpoint(folder, make_progress(3, 2))
    whole = folder / "checkpoints" / "epoch-3"
    assert find_damage(whole) is None
    files = _files(whole)
    assert len(files) > 5
    for path in files:
        data = path.read_bytes()
        HARMS[harm](path)
        name = path.relative_to(whole).as_posix()
        assert find_damage(whole), name
        if harm != "emptied" and name != "SHA256SUMS":
            assert name in str(find_damage(whole))
        path.write_bytes(data)
    assert find_damage(whole) is None


def test_a_damaged_checkpoint_is_named_and_the_one_before_it_used(
    folder, network, make_progress, first_state
):
    for epochs_run in (3, 4, 5):
        write_checkpoint(folder, make_progress(epochs_run, 2))
    _flip(_files(folder / "checkpoints" / "epoch-5" / "state")[-1], 0.3)
    message = "epoch-5 is damaged: state/.* is not as it was written.*damaged-epoch-5"
    with pytest.warns(UserWarning, match=message):
        read = read_checkpoint(folder, first_state(network))
    assert read is not None
    _assert_same(read.state, make_progress(4, 2).state)
    assert _names(folder) == ["damaged-epoch-5", "epoch-4"]


def test_where_all_are_damaged_training_starts_anew(
    folder, network, make_progress, first_state
):
    for epochs_run in (3, 4):
        write_checkpoint(folder, make_progress(epochs_run, 2))
        (folder / "checkpoints" / f"epoch-{epochs_run}" / "SHA256SUMS").unlink()
    with pytest.warns(UserWarning, match="it has no SHA256SUMS") as told:
        assert read_checkpoint(folder, first_state(network)) is None
    assert len(told) == 2
    assert _names(folder) == ["damaged-epoch-3", "damaged-epoch-4"]


def test_a_damaged_checkpoint_is_not_used_to_embed(folder, make_progress):
    write_checkpoint(folder, make_progress(3, 2))
    (folder / "checkpoints" / "epoch-3" / "metrics.jsonl").write_text("other")
    with pytest.raises(ValueError, match="epoch-3 is damaged: metrics.jsonl is not"):
        read_params(folder, "best", jax.devices()[0])


def test_a_checkpoint_of_another_run_is_refused_and_stays(
    folder, network, make_progress, first_state
):
    write_checkpoint(folder, make_progress(3, 2))

    def refuse(path):
        raise ValueError(f"{path.name} is of a run with other settings: seed=0 there")

    with pytest.raises(ValueError, match="epoch-3 is of a run with other settings"):
        read_checkpoint(folder, first_state(network), refuse)
    assert _names(folder) == ["epoch-3"]
    assert find_damage(folder / "checkpoints" / "epoch-3") is None


def test_one_that_cannot_be_written_leaves_the_one_before(
    folder, network, make_progress, first_state, monkeypatch
):
    write_checkpoint(folder, make_progress(3, 2))

    def fail(path, record):
        raise RuntimeError("RESOURCE_EXHAUSTED: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("serjax.training.checkpoints.ocp.save", fail)
        with pytest.raises(StorageFailed, match="No space.*epoch-4"):
            write_checkpoint(folder, make_progress(4, 2))
    assert _names(folder) == ["epoch-3"]
    read = read_checkpoint(folder, first_state(network))
    assert read is not None
    assert read.epochs_run == 3


NAMES = (
    *("[v2]", "a[1", "]", "back\\slash", "*", "?", "{a,b}", "%2F", "a#b", "C:", "'"),
    *('"', " ", "end ", "line\nbreak", "~", "$HOME", "übung", "\u202e", "-", "--a=b"),
    os.fsdecode(b"d\xe4ta"),
)


def test_a_folder_of_any_name_holds_a_checkpoint(folder, network, make_progress):
    _write_and_read(_begun(folder.joinpath(*NAMES)), network, make_progress)


def test_a_link_to_such_a_folder_and_a_way_up_hold_one(
    folder, network, make_progress, tmp_path_factory
):
    link = tmp_path_factory.mktemp("links") / "plain"
    link.symlink_to(_begun(folder / "[v2]"))
    _write_and_read(link / ".." / "[v2]", network, make_progress)


def test_without_folders_by_number_a_link_reaches_it(
    folder, network, make_progress, monkeypatch, tmp_path_factory
):
    monkeypatch.setattr(checkpoints, "_HANDLES", folder / "none")
    place = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr("tempfile.tempdir", str(place))
    _write_and_read(_begun(folder / "[v2]"), network, make_progress)
    assert not [*place.iterdir()]


def _write_and_read(workdir, network, make_progress):
    progress = make_progress(5, 2)
    write_checkpoint(workdir, progress)
    read = read_checkpoint(workdir, init_state(network, seed=9))
    assert read is not None
    _assert_same(read.state, progress.state)
    (device,) = jax.devices()
    _assert_same(read_params(workdir, "best", device), progress.best_params)
