import os
import signal
import subprocess
import sys
import time

import pytest

from serjax.errors import NonFinite, ProcessKilled, Stopped
from serjax.study.pool import Seat, WorkerPool, can_send
from tests.study import workers_tasks as tasks


def make_pool(num_seats=1):
    (processor, *_) = sorted(os.sched_getaffinity(0))
    seats = [Seat((processor,), {"SEAT": str(n)}) for n in range(num_seats)]
    return WorkerPool(seats, (tasks.greet, ("hello",)))


def wait_for(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about within 30 s")


def test_workers_live_on_are_greeted_once_and_keep_to_their_seats():
    with make_pool(2) as pool:
        told = [pool.submit(tasks.tell) for _ in range(6)]
        told = [it.result(60) for it in told]
    processors = sorted(os.sched_getaffinity(0))[:1]
    assert all(it[1:3] == (["hello"], processors) for it in told)
    seats = {(pid, seat) for pid, *_, seat in told}
    assert len(seats) <= 2 and os.getpid() not in dict(seats)
    assert not any(os.path.exists(f"/proc/{pid}") for pid, _ in seats)


def test_errors_come_back_with_where_they_were_raised():
    with make_pool() as pool:
        for kind, error in (("NonFinite", NonFinite), ("Stopped", Stopped)):
            found = pool.submit(tasks.fail, kind).exception(60)
            assert type(found) is error
            assert "in fail" in found.__notes__[0]
            if isinstance(found, NonFinite):
                assert (found.epoch, found.quantities) == (3, ("loss",))
            if isinstance(found, Stopped):
                assert (found.epochs_run, found.run) == (3, "a-seed0")
        with pytest.raises(RuntimeError, match="Local: no pickle knows me"):
            pool.submit(tasks.fail, "other").result(60)


def test_a_worker_that_dies_is_named_and_another_takes_its_seat():
    with make_pool() as pool:
        first = pool.submit(tasks.tell).result(60)[0]
        with pytest.raises(ProcessKilled) as killed:
            pool.submit(tasks.die, signal.SIGKILL).result(60)
        message = f"worker 1 (process {first}) was killed by SIGKILL, perhaps for want"
        assert message in str(killed.value)
        second, greeted, *_ = pool.submit(tasks.tell).result(60)
        assert second != first and greeted == ["hello"]


def test_workers_that_are_stopped_save_whatever_signals_come(tmp_path):
    with make_pool(2) as pool:
        done = [pool.submit(tasks.work, str(tmp_path)) for _ in range(3)]
        wait_for(lambda: len([*tmp_path.glob("begun-*")]) == 2)
        pool.stop()
        errors = [it.exception(60) for it in done if not it.cancelled()]
    assert [type(it) for it in errors] == [Stopped, Stopped]
    assert len([*tmp_path.glob("saved-*")]) == 2


def test_workers_save_and_end_when_their_parent_is_killed(tmp_path):
    code = (
        "from tests.study.test_pool import make_pool, tasks; "
        f"make_pool(2).submit(tasks.work, {str(tmp_path)!r}).result()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=os.getcwd())
    wait_for(lambda: [*tmp_path.glob("begun-*")])
    parent.kill()
    parent.wait()
    wait_for(lambda: [*tmp_path.glob("saved-*")])
    (begun,) = tmp_path.glob("begun-*")
    pid = begun.name.removeprefix("begun-")
    wait_for(lambda: not os.path.exists(f"/proc/{pid}"))


def test_what_a_worker_cannot_import_is_known_before():
    assert can_send((tasks.tell, {"a": 1}))
    assert not can_send(lambda: None)
    main = sys.modules["__main__"]
    try:
        main.mine = type("mine", (), {"__module__": "__main__"})  # pyright: ignore
        assert not can_send(main.mine)  # pyright: ignore
    finally:
        del main.mine  # pyright: ignore
