"""Worker processes on this machine, as an executor of `concurrent.futures`.

A worker lives as long as its pool, and works task by task, so that what it imported,
compiled and was given stays. It ends when its pipe closes, however that comes about.
"""

import dataclasses
import os
import pickle
import queue
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from multiprocessing import Pipe
from typing import Any

from serjax.errors import ProcessKilled
from serjax.huge_pages import huge_pages_environment

Call = tuple[Callable[..., Any], Sequence[Any]]
"""A function of a module, which a worker imports, and its arguments."""


@dataclasses.dataclass(frozen=True)
class Seat:
    """A worker's share of the machine: processors' numbers, and variables."""

    processors: tuple[int, ...]
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)


class WorkerPool(Executor):
    """Processes that work at once, one at each seat; a task goes to the first free.

    Tasks and what they return cross over by pickle. If a worker dies its task raises
    `serjax.errors.ProcessKilled`, and the next task of its seat starts another.

    Args:
      seats: one per worker.
      greeting: the call that each worker makes before its first task.
    """

    def __init__(self, seats: Iterable[Seat], greeting: Call):
        self._workers = [_Worker(*it) for it in enumerate(seats, 1)]
        self._greeting = greeting
        self._free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        for worker in self._workers:
            self._free.put(worker)
        self._threads = ThreadPoolExecutor(len(self._workers), "worker")

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future:  # pyright: ignore
        """Let a worker call `fn`, a function of a module."""
        return self._threads.submit(self._call, (fn, args))

    def stop(self) -> None:
        """Let no task begin, and send SIGTERM to each worker: it saves and stops."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.terminate()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers once their tasks are done."""
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        for worker in self._workers:
            worker.close()

    def _call(self, task: Call) -> Any:
        worker = self._free.get()
        try:
            if worker.start():
                worker.call(self._greeting)
            return worker.call(task)
        finally:
            self._free.put(worker)


class _Worker:
    """A process at a seat; there is none until it is started."""

    def __init__(self, number: int, seat: Seat):
        self._number, self._seat = number, seat
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Any = None

    def start(self) -> bool:
        """Start a process if there is none; return whether it is new."""
        if self._pipe:
            return False
        self._pipe, theirs = Pipe()
        handle = theirs.fileno()
        command = [sys.executable, "-m", "serjax.study.worker", str(handle)]
        command += map(str, self._seat.processors)
        environment = {**os.environ, **huge_pages_environment(), "PYTHONPATH": _path()}
        with theirs:
            self._process = subprocess.Popen(
                command,
                env={**environment, **self._seat.environment},
                pass_fds=[handle],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # a terminal's Ctrl-C is the caller's
            )
        return True

    def call(self, call: Call) -> Any:
        assert self._pipe
        try:
            self._pipe.send(call)
            value, error = pickle.loads(self._pipe.recv_bytes())
        except (EOFError, ConnectionError) as reason:
            raise ProcessKilled(self._say_end()) from reason
        if error:
            raise error
        return value

    def terminate(self) -> None:
        if self._process:
            self._process.terminate()

    def close(self) -> None:
        if self._pipe:
            self._pipe.close()
        if self._process:
            self._process.wait()

    def _say_end(self) -> str:
        assert self._process and self._pipe
        self._pipe.close()
        self._pipe, code = None, self._process.wait()
        how = f"ended with code {code}"
        if code < 0:
            how = f"was killed by {signal.Signals(-code).name}"
        want = ", perhaps for want of memory" * (code == -signal.SIGKILL)
        return f"worker {self._number} (process {self._process.pid}) {how}{want}"


def _path() -> str:
    """Where this process imports from, for a worker to import the same."""
    return os.pathsep.join(it or os.getcwd() for it in sys.path)


def can_send(value: Any) -> bool:
    """Whether a worker can import what a value is made of."""
    try:
        return b"__main__" not in pickle.dumps(value)
    except Exception:  # of any kind: it may pickle itself
        return False
