"""Checkpoints harmed anywhere are found out; nothing in them is ever unpickled."""

import gc
import os
import shutil
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serjax.digests import SUMS, find_damage, seal
from serjax.training.checkpoints import Progress, read_checkpoint, write_checkpoint
from tests.training.made import PLAIN

unpickled = []
sys.addaudithook(
    lambda event, _: unpickled.append(event) if event == "pickle.find_class" else None
)


@pytest.fixture(scope="module")
def run(tmp_path_factory, make_job, first_state):
    """A run's folder with two checkpoints, and the state of the network."""
    folder = tmp_path_factory.mktemp("run")
    state = first_state(make_job(**PLAIN).network)
    for epochs in (1, 2):
        (folder / "config.json").write_text("{}")
        (folder / "metrics.jsonl").write_text("{}\n" * epochs)
        write_checkpoint(folder, Progress(epochs, state, 0, 50.0, state.params))
    return folder, state


def _files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


@given(data=st.data())
def test_a_flip_a_cut_a_loss_or_a_stranger_is_found_in_any_file(run, data):
    folder = run[0] / "checkpoints" / "epoch-2"
    path = data.draw(st.sampled_from(_files(folder)))
    before = path.read_bytes()
    way = data.draw(st.sampled_from(["flip", "cut", "loss", "longer", "stranger"]))
    stranger = path.with_name("stranger")
    if way == "flip" and before:
        at = data.draw(st.integers(0, len(before) - 1))
        flip = bytes([before[at] ^ (1 << data.draw(st.integers(0, 7)))])
        path.write_bytes(before[:at] + flip + before[at + 1 :])
    elif way == "cut" and before:
        path.write_bytes(before[: data.draw(st.integers(0, len(before) - 1))])
    elif way == "longer":
        path.write_bytes(before + b"x" * data.draw(st.integers(1, 99)))
    elif way == "loss":
        path.unlink()
    else:
        stranger.write_bytes(b"")
    # Its own list with a last line end more or less says the same of every file.
    same = path.name == SUMS and path.exists() and not stranger.exists()
    try:
        damage = find_damage(folder)
        if not (same and path.read_bytes().split() == before.split()):
            assert damage is not None and damage.isprintable()
    finally:
        stranger.unlink(missing_ok=True)
        path.write_bytes(before)
    assert find_damage(folder) is None


def test_the_one_before_a_damaged_one_is_used(run, tmp_path):
    unpickled.clear()
    shutil.copytree(run[0], tmp_path / "run")
    path = max(_files(tmp_path / "run/checkpoints/epoch-2/state"), key=_size)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.warns(UserWarning, match="is not as it was written.*set aside"):
        progress = read_checkpoint(tmp_path / "run", run[1])
    assert progress is not None
    assert progress.epochs_run == 1
    assert (tmp_path / "run/checkpoints/damaged-epoch-2").exists()
    assert unpickled == []


def test_links_and_pipes_in_a_checkpoint_are_damage(run, tmp_path):
    folder = tmp_path / "epoch-1"
    shutil.copytree(run[0] / "checkpoints/epoch-1", folder)
    shutil.move(folder / "state", tmp_path / "state")
    (folder / "state").symlink_to(tmp_path / "state")
    seal(folder)
    assert find_damage(folder) == "state is no plain file"
    (folder / "state").unlink()
    os.mkfifo(folder / "state")
    assert find_damage(folder) == "state is no plain file"


@pytest.mark.filterwarnings("ignore")  # asyncio tells of tasks that Orbax leaves
@settings(max_examples=10)
@given(data=st.data())
def test_what_is_sealed_anew_is_read_or_refused_and_never_unpickled(run, data):
    # By somebody who knows how: then Orbax has the last word.
    unpickled.clear()
    folder, state = run
    path = data.draw(st.sampled_from(_files(folder / "checkpoints/epoch-2/state")))
    before = path.read_bytes()
    if before:
        at = data.draw(st.integers(0, len(before) - 1))
        harmed = data.draw(
            st.sampled_from([before[:at], before[:at] + b"/../../" + before[at:]])
            | st.binary(max_size=9).map(lambda it: before[:at] + it + before[at + 9 :])
        )
        path.write_bytes(harmed)
    seal(path.parents[len(path.relative_to(folder / "checkpoints/epoch-2").parts) - 1])
    try:
        progress = read_checkpoint(folder, state)
        assert progress is not None and progress.epochs_run == 2
    except ValueError as error:
        assert "epoch-2 cannot be read" in str(error)
    finally:
        path.write_bytes(before)
        seal(folder / "checkpoints/epoch-2")
    gc.collect()  # here, and not in the midst of another test
    assert unpickled == []


def _size(path):
    return path.stat().st_size
