import contextlib
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from serjax.ahead import compute_ahead, compute_in_processes, processes


def _threads():
    return [it for it in threading.enumerate() if it.name.startswith("ahead")]


@pytest.mark.parametrize("num_threads", [1, 4])
def test_results_come_in_order_however_long_each_takes(num_threads):
    def slow(number):
        time.sleep(0.002 * (number % 3))
        return -number

    results = compute_ahead(slow, range(20), num_threads=num_threads, num_ahead=5)
    assert list(results) == [-number for number in range(20)]
    assert _threads() == []
    assert list(compute_ahead(slow, [], num_threads=num_threads, num_ahead=5)) == []


def test_the_work_is_done_in_other_threads_and_not_before_it_is_asked_for():
    done = []
    results = compute_ahead(done.append, range(3), num_threads=1, num_ahead=2)
    assert (done, _threads()) == ([], [])
    next(results)
    assert len(_threads()) == 1
    results.close()


def test_no_more_than_so_many_results_wait():
    begun = []
    results = compute_ahead(begun.append, range(50), num_threads=2, num_ahead=3)
    for number, _ in enumerate(results):
        time.sleep(0.001)
        assert len(begun) <= number + 1 + 3
    assert len(begun) == 50


def test_an_exception_is_raised_where_its_result_would_have_been():
    def fail(number):
        if number == 3:
            raise OSError("the disk is gone")
        return number

    results = compute_ahead(fail, range(9), num_threads=2, num_ahead=8)
    seen = []
    with pytest.raises(OSError, match="the disk is gone"):
        for result in results:
            seen.append(result)
    assert seen == [0, 1, 2]
    assert _threads() == []


def test_closing_early_ends_the_threads_and_drops_what_was_not_begun():
    begun, going_on = [], threading.Event()

    def wait(number):
        begun.append(number)
        if number:
            going_on.wait(10)

    results = compute_ahead(wait, range(9), num_threads=1, num_ahead=6)
    with contextlib.closing(results):
        next(results)
        while len(begun) < 2:
            time.sleep(0.001)
        threading.Timer(0.05, going_on.set).start()
    assert _threads() == []
    assert begun == [0, 1]


def test_processes_give_results_in_order():
    results = list(compute_in_processes(abs, range(-100, 100), 2))
    assert results == [abs(number) for number in range(-100, 100)]
    pids = set(compute_in_processes(_pid, range(200), 2))
    assert os.getpid() not in pids


def test_an_exception_in_a_process_is_raised_here():
    with pytest.raises(ZeroDivisionError):
        list(compute_in_processes(_reciprocal, [1, 0], 2))
    assert list(compute_in_processes(abs, [-1], 2)) == [1]


def test_a_killed_process_is_told():
    with pytest.raises(OSError, match="was killed, perhaps for want of memory"):
        list(compute_in_processes(_kill_at, [1, 2, 13], 2))
    assert list(compute_in_processes(abs, [-1], 2)) == [1]


SCRIPT = """
import os, time
from serjax.ahead import compute_in_processes

for pid in compute_in_processes(time.sleep, [0.0] * 16 + [0.05] * 4000, 2):
    print("begun", flush=True)
"""


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_processes_end_with_the_one_they_work_for(stop, interruptible):
    root = Path(__file__).parent.parent
    script = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=root,
        start_new_session=True,
    )
    assert script.stdout is not None
    script.stdout.readline()
    workers = _descendants(script.pid)
    assert len(workers) >= 2
    os.killpg(script.pid, stop) if stop == signal.SIGINT else script.kill()
    _, errors = script.communicate(timeout=60)
    if stop == signal.SIGINT:
        # One traceback, of the interrupt alone.
        assert errors.count("Traceback") == 1
        assert errors.rstrip().endswith("KeyboardInterrupt")
    deadline = time.monotonic() + 20
    while any(map(_is_alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(_is_alive, workers))


def _hold(megabytes):
    _held.append(b"1" * (megabytes * 1_000_000))
    time.sleep(1.1)
    return os.getpid()


_held = []


def test_a_process_that_grows_is_kept():
    pids = list(compute_in_processes(_hold, [1, 400, 1, 1], 1, batch_size=1))
    assert len(set(pids)) == 1


def test_processes_that_are_held_serve_every_call():
    with processes(2):
        first = set(compute_in_processes(_pid, range(200), 2))
        second = set(compute_in_processes(_pid, range(200), 2))
    assert len(first | second) <= 2
    assert not first & set(compute_in_processes(_pid, range(200), 2))


def _pid(_):
    return os.getpid()


def _reciprocal(number):
    return 1 / number


def _kill_at(number):
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def _descendants(pid):
    """Processes below one, by /proc; those of another system cannot be told."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        pytest.skip("/proc tells no children here")
    found = [int(child) for child in children.read_text().split()]
    return [*found, *itertools.chain.from_iterable(map(_descendants, found))]


def _is_alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
