import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from serjax.errors import InUse, StorageFailed
from serjax.lock import holding
from tests.survival.machine import Disk, can_mount

ROOT = Path(__file__).parent.parent

# Takes the lock, says so, and holds it until its input ends.
HOLDER = """
import sys, pathlib
from serjax.errors import InUse
from serjax.lock import holding

folder, wait, started = pathlib.Path(sys.argv[1]), sys.argv[2] == "wait", sys.argv[3:]
if started:  # all at one instant
    print("ready", flush=True)
    sys.stdin.readline()
try:
    with holding(folder, wait, lambda line: print(line, flush=True)):
        print("held", flush=True)
        sys.stdin.read()
except InUse as error:
    print(error, flush=True)
    sys.exit(5)
"""


def start(folder, wait="no", *started):
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), wait, *started],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def told(process):
    assert process.stdout
    return process.stdout.readline().rstrip()


def end(process):
    process.communicate(timeout=60)
    return process.returncode


@pytest.fixture
def holder(tmp_path):
    process = start(tmp_path / "run")
    assert told(process) == "held"
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_is_refused_with_the_firsts_host_and_number(holder, tmp_path):
    with pytest.raises(InUse) as caught, holding(tmp_path / "run"):
        pass
    message = str(caught.value)
    first = f"process {holder.pid} on {socket.gethostname()}, since 20"
    assert message.startswith(f"{tmp_path / 'run'} is in use by {first}")
    assert "--wait" in message
    assert "--workdir" in message
    with holding(tmp_path / "another run"):
        pass


def test_one_that_waits_says_for_whom_and_goes_on_after(holder, tmp_path):
    second = start(tmp_path / "run", "wait")
    line = told(second)
    assert line.startswith(f"Waiting for process {holder.pid} on ")
    assert second.poll() is None
    assert end(holder) == 0
    assert told(second) == "held"
    record = json.loads((tmp_path / "run" / ".lock.json").read_text())
    assert record["pid"] == second.pid
    assert end(second) == 0
    assert not (tmp_path / "run" / ".lock.json").exists()


def test_a_killed_processs_lock_is_taken_over_at_once(holder, tmp_path):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert (tmp_path / "run" / ".lock.json").exists()
    began = time.monotonic()
    with holding(tmp_path / "run"):
        record = json.loads((tmp_path / "run" / ".lock.json").read_text())
        assert record["pid"] == os.getpid()
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("record", [None, "", "{", "[1]", '{"pid": 3}', "\udcff"])
def test_without_a_whole_record_the_holder_is_another_process(tmp_path, record):
    with holding(tmp_path):
        path = tmp_path / ".lock.json"
        if record is None:
            path.unlink()
        else:
            path.write_text(record, errors="surrogateescape")
        with (
            pytest.raises(InUse, match="in use by another process"),
            holding(tmp_path),
        ):
            pass


def test_of_starts_at_one_instant_one_goes_on(tmp_path):
    processes = [start(tmp_path, "no", "together") for _ in range(3)]
    assert [told(process) for process in processes] == ["ready"] * 3
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    lines = [told(process) for process in processes]
    assert sorted(line == "held" for line in lines) == [False, False, True]
    assert sorted(map(end, processes)) == [0, 5, 5]


def test_of_many_threads_one_at_a_time_goes_on(tmp_path):
    inside, most, refused = [], [], []

    def work():
        try:
            with holding(tmp_path):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.002)
                inside.pop()
        except InUse:
            refused.append(1)

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1}
    assert len(most) + len(refused) == 20


def test_a_folder_that_is_another_since_is_noticed_and_left_alone(tmp_path):
    folder = tmp_path / "run"
    with holding(folder) as check_place:
        check_place()
        folder.rename(tmp_path / "moved")
        with pytest.raises(StorageFailed, match="moved"):
            check_place()
        folder.mkdir()
        with pytest.raises(StorageFailed, match="same command goes on"):
            check_place()
        (folder / ".lock.json").write_text("another's")
    assert [path.name for path in folder.iterdir()] == [".lock.json"]
    with holding(tmp_path / "moved"):
        pass


def test_a_lock_on_a_disk_that_can_only_be_read_is_an_error_that_names_it(tmp_path):
    if not can_mount():
        pytest.skip("this process may mount no disk (unshare --mount)")
    with Disk(tmp_path) as disk:
        disk.become_read_only()
        command = [sys.executable, "-c", HOLDER, str(disk.path), "no"]
        done = subprocess.run(
            disk.command(*command), capture_output=True, text=True, input=""
        )
    assert re.search(rf"OSError.*Read-only.*'{disk.path}/\.lock'", done.stderr)
