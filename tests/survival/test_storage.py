import resource
import subprocess
import sys
import time

import pytest

from serjax.config import make_config
from serjax.corpora import read_corpora
from serjax.data.extraction import Task, get_rows
from serjax.data.front_end import make_front_end
from tests.experiments.scripts import script, write_speech
from tests.study_files import write_study
from tests.survival import machine
from tests.survival.machine import (
    ROOT,
    WITHOUT_RIGHTS,
    Disk,
    bits,
    can_mount,
    check_whole,
    contents,
    failure,
    limited,
    run,
)

TRAIN = (*machine.TRAIN, "--epochs=16")


@pytest.fixture(scope="module")
def undisturbed(speech_folder, tmp_path_factory):
    """A run that nothing happened to."""
    folder = tmp_path_factory.mktemp("undisturbed")
    done = run("train", *TRAIN, f"--data={speech_folder}", f"--workdir={folder}")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def disk(tmp_path):
    if not can_mount():
        pytest.skip("this process may mount no disk (unshare --mount)")
    with Disk(tmp_path) as disk:
        yield disk


def test_a_disk_that_fills_in_a_checkpoint_keeps_the_one_before(
    speech_folder, undisturbed, disk
):
    disk.resize("240k")
    command = [*TRAIN, f"--data={speech_folder}", f"--workdir={disk.path / 'run'}"]
    message = failure(run("train", *command, disk=disk))
    assert "No space left on device" in message
    assert str(disk.path / "run") in message
    assert "free some space" in message
    workdir = disk.seen / "run"
    check_whole(workdir)
    assert list(workdir.glob("checkpoints/epoch-*"))
    assert not (workdir / "result.json").exists()

    disk.resize("16m")
    done = run("train", *command, disk=disk)
    assert done.returncode == 0, done.stderr
    assert "Resuming after epoch" in done.stdout
    assert bits(workdir) == bits(undisturbed)


def test_a_disk_that_fills_while_extracting_makes_no_skips(speech_folder, disk):
    disk.resize("100k")
    command = [f"--data={speech_folder}", f"--cache_dir={disk.path}"]
    command += [f"--workdir={disk.path.parent / 'prepared'}"]
    message = failure(run("prepare", *command, disk=disk))
    assert "No space left on device" in message
    assert str(disk.path) in message
    kept = contents(disk.seen)
    assert kept
    assert not any("/." in f"/{name}" for name in kept)

    disk.resize("16m")
    done = run("prepare", *command, disk=disk)
    assert done.returncode == 0, done.stderr
    skipped = disk.path.parent / "prepared" / "skipped.csv"
    assert len(skipped.read_text().splitlines()) == 1
    assert contents(disk.seen).items() > kept.items()


def test_a_disk_that_vanishes_gets_no_stand_in_and_is_gone_on_with(
    speech_folder, undisturbed, disk
):
    command = [*TRAIN, f"--data={speech_folder}", f"--workdir={disk.path / 'run'}"]
    process = subprocess.Popen(
        disk.command(*script("train", *command)), stderr=subprocess.PIPE, text=True
    )
    workdir = disk.seen / "run"
    deadline = time.monotonic() + 120
    try:
        while not list(workdir.glob("checkpoints/epoch-*")):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.01)
        disk.vanish()
        _, stderr = process.communicate(timeout=120)
    finally:
        process.kill()
        process.communicate()
    message = failure(subprocess.CompletedProcess([], process.returncode, "", stderr))
    # Between two files or within one.
    assert "is not the folder any more" in message or "not any more" in message
    assert not list(disk.path.iterdir())
    check_whole(workdir)

    disk.come_back()
    done = run("train", *command, disk=disk)
    assert done.returncode == 0, done.stderr
    assert "Resuming after epoch" in done.stdout
    assert bits(workdir) == bits(undisturbed)


def test_a_study_on_a_read_only_disk_can_be_read_but_not_reported_on(disk):
    write_study(disk.seen, seeds=[0], attribute_sets=[["corpus"]])
    before = contents(disk.seen)
    disk.become_read_only()
    message = failure(run("report", f"--workdir={disk.path}", disk=disk))
    assert f"{disk.path} cannot be written to" in message
    assert "Copy the study" in message
    run_folder = next((disk.path.parent / "store").glob("runs/*"), disk.path / "runs")
    done = run(
        "embed",
        f"--run={run_folder / 'baseline-seed0'}",
        f"--workdir={disk.path.parent / 'drawn'}",
        disk=disk,
    )
    assert done.returncode == 0, done.stderr
    assert (disk.path.parent / "drawn" / "tsne.svg").exists()
    assert contents(disk.seen) == before


def test_a_data_folder_that_vanishes_is_no_reason_to_skip_its_files(tmp_path):
    write_speech(tmp_path / "speech")
    config = make_config(data=str(tmp_path / "speech"))
    corpora = read_corpora(config.data)
    front_end = make_front_end(config.features, config.data)
    tasks = [
        Task(str(path), [row], front_end, "", config.data, tmp_path / "cache")
        for row in corpora.utterances
        for path in [corpora.paths[row.file]]
    ]
    rows = get_rows(tasks)
    next(rows)
    (tmp_path / "speech").rename(tmp_path / "elsewhere")
    with pytest.raises(FileNotFoundError, match="speech"):
        list(rows)


def test_folders_and_files_without_permission_are_named(speech_folder, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    command = [f"--data={speech_folder}", f"--cache_dir={tmp_path / 'cache'}"]
    own = f"--workdir={tmp_path / 'own'}"
    for harmed in (
        [*command, f"--workdir={closed / 'run'}"],
        [command[0], f"--cache_dir={closed / 'cache'}", own],
    ):
        message = failure(run("prepare", *harmed, harm=WITHOUT_RIGHTS))
        assert "Permission denied" in message
        assert f"'{closed}" in message
        assert "choose another --workdir or --cache_dir" in message
    assert not list(closed.iterdir())

    write_speech(tmp_path / "speech")
    first = tmp_path / "speech" / "emodb" / "wav" / "03a01Fa.wav"
    first.chmod(0)
    command[0] = f"--data={tmp_path / 'speech'}"
    done = run("prepare", *command, own, harm=WITHOUT_RIGHTS)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "own" / "skipped.csv").read_text().splitlines()
    assert len(lines) == 2
    assert "cannot be read: Permission denied" in lines[1]


def test_missing_file_handles_make_no_skips(speech_folder, tmp_path):
    command = [f"--data={speech_folder}", f"--cache_dir={tmp_path / 'cache'}"]
    command += [f"--workdir={tmp_path / 'prepared'}"]
    harm = limited(resource.RLIMIT_NOFILE, 5)
    message = failure(run("prepare", *command, harm=harm))
    assert "Too many open files" in message
    assert not (tmp_path / "prepared" / "skipped.csv").exists()


# All is loaded and JAX has its threads; a library that meets the limit while it is
# loaded may print anything, or end the process itself.
SHORT_OF_MEMORY = """
import re, resource, runpy
from pathlib import Path
import jax
import serjax.data, serjax.training.run
jax.numpy.zeros(3) + 1
used = re.search(r"VmSize:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
limit = (int(used[1]) << 10) + (24 << 20)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
runpy.run_module("experiments.train", run_name="__main__")
"""


def test_too_little_memory_is_told(speech_folder, tmp_path, monkeypatch):
    # The script is not to start itself again.
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.arena_max=1")
    command = [*TRAIN, f"--data={speech_folder}", f"--workdir={tmp_path / 'run'}"]
    done = subprocess.run(
        [sys.executable, "-c", SHORT_OF_MEMORY, *command],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    message = failure(done, 4, "memory")
    assert "out of memory" in message
    assert "take a larger machine" in message
