"""A study in workers: the same bits as in one process, whatever is killed."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.experiments.scripts import script
from tests.survival.driving import SMALL
from tests.survival.machine import ROOT
from tests.survival.outcome import differences, read_finished

pytestmark = pytest.mark.slow

GRID = ("--approaches=baseline,reversal", "--attribute_sets=S,G", "--seeds=0,1")
STUDY = (*SMALL, *GRID, "--epochs=6", "--threads=1", "--workdir=study")


@pytest.fixture(scope="module")
def start(survival_speech, tmp_path_factory):
    """Starts a study in a folder; its process."""

    def run(folder: Path, *arguments: str) -> subprocess.Popen[str]:
        command = script("study", *STUDY, f"--data={survival_speech}", *arguments)
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        folder.mkdir(exist_ok=True)
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, cwd=folder, env=environment, **pipes)

    return run


@pytest.fixture(scope="module")
def alone(start, tmp_path_factory):
    """What the study comes to in one process."""
    folder = tmp_path_factory.mktemp("alone")
    process = start(folder, "--workers=1")
    process.communicate(timeout=400)
    assert process.returncode == 0
    return read_finished(folder / "study")


def workers_of(process):
    """The process numbers of its workers, and how far their runs are."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes().split(b"\0")
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == process.pid and b"serjax.study.worker" in words:
            found.append(int(path.name))
    return found


def wait_for_epochs(folder, number=1, num_runs=1):
    """Wait until so many epochs are trained, and in so many runs."""
    for _ in range(4000):
        lines = [it.read_text() for it in folder.glob("study/runs/*/metrics.jsonl")]
        counts = [len(text.splitlines()) for text in lines if text]
        if sum(counts) >= number and len(counts) >= num_runs:
            return
        time.sleep(0.05)
    raise AssertionError("no epoch was trained")


def test_workers_change_no_bit_whatever_is_killed(start, alone, tmp_path):
    process = start(tmp_path, "--workers=2")
    wait_for_epochs(tmp_path)
    workers = workers_of(process)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert workers
    for pid in workers:
        for _ in range(600):
            if not os.path.exists(f"/proc/{pid}"):
                break
            time.sleep(0.05)
        else:
            raise AssertionError("a worker outlived its parent")
    process = start(tmp_path, "--workers=2")
    wait_for_epochs(tmp_path, 8)
    (first, *_) = workers_of(process)
    os.kill(first, signal.SIGKILL)
    out, err = process.communicate(timeout=400)
    assert process.returncode == 0, err
    assert f"(process {first}) was killed by SIGKILL" in out
    assert "It is tried once more." in out
    assert "[6/6] " in out
    assert differences(read_finished(tmp_path / "study"), alone) == []


def test_a_signal_saves_all_runs_which_go_on_with_their_own_threads(start, tmp_path):
    process = start(tmp_path, "--workers=2", "--epochs=5000")
    wait_for_epochs(tmp_path, 4, num_runs=2)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 143, err
    assert "done and saved. The same command goes on." in err
    assert [*tmp_path.glob("study/runs/*/checkpoints/epoch-*/SHA256SUMS")]
    if len(os.sched_getaffinity(0)) < 2:
        return  # one processor has no other number of threads
    process = start(tmp_path, "--workers=1", "--threads=2", "--epochs=5000")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "was begun with 1 threads, and 2 are given" in err
    assert "Give --threads=1, or choose another --workdir" in err
