"""Work done ahead of its use, by threads or processes, in order."""

import collections
import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

import loky

from serjax.errors import ProcessKilled

# loky takes the libraries that a first item imports for a leak, warns and starts anew.
_PROCESS_ENV = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "LOKY_MAX_MEMORY_LEAK_SIZE": "1e15",
}

Item = TypeVar("Item")
Result = TypeVar("Result")


def compute_ahead(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    num_threads: int,
    num_ahead: int = 64,
) -> Generator[Result, None, None]:
    """Give `function(item)` for each item in order, while threads work on the next.

    Nothing happens before the first result is asked for. An exception of `function` is
    raised where its result would have been. A loop that may be left early closes the
    generator (`contextlib.closing`), which ends the threads.

    Args:
      function: called in several threads at once if `num_threads` is not 1.
      items: what to call it on.
      num_threads: how many work.
      num_ahead: results that may wait, or be in work, beside the one in use: what
        bounds the memory.
    """
    threads = ThreadPoolExecutor(num_threads, "ahead")
    waiting: collections.deque[Future[Result]] = collections.deque()
    try:
        for item in items:
            waiting.append(threads.submit(function, item))
            if len(waiting) > num_ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        threads.shutdown(cancel_futures=True)


def compute_in_processes(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    num_workers: int,
    batch_size: int = 16,
) -> Generator[Result, None, None]:
    """Give `function(item)` for each item in order, computed in processes.

    For work that holds the interpreter's lock too long for threads. The processes do
    not import the caller's script again. They are those of an enclosing `processes`;
    without one they are started, and end after the last item.

    Args:
      function: of a module, so that a process can import it.
      items: what to call it on; they and the results cross over by pickle.
      num_workers: how many processes, if they are started.
      batch_size: items that a process is given at a time; fewer where each is long.

    Raises:
      serjax.errors.ProcessKilled: a process was killed.
    """
    try:
        with processes(num_workers) as executor:
            yield from executor.map(function, items, chunksize=batch_size)
    except BrokenProcessPool as error:
        raise ProcessKilled(
            "a process was killed, perhaps for want of memory; what is done is kept, "
            "and the same command goes on"
        ) from error


@contextlib.contextmanager
def processes(num_workers: int) -> Iterator[Executor]:
    """Hold processes for all of a block's `compute_in_processes`; then end them.

    It takes them a second to start and to import what they need. Where an enclosing
    block holds some, those are given. They end with the process that they work for.
    """
    if _held:
        yield _held[-1]
        return
    executor = loky.ProcessPoolExecutor(
        num_workers, initializer=_follow, initargs=(os.getpid(),), env=_PROCESS_ENV
    )
    with executor:
        # A terminal's Ctrl-C is the caller's: what is ignored, which the main thread
        # alone may say, stays so in a process that is started meanwhile.
        is_main = threading.current_thread() is threading.main_thread()
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN) if is_main else None
        try:
            executor.submit(os.getpid)  # starts them
        finally:
            if is_main:
                signal.signal(signal.SIGINT, handler)
        _held.append(executor)
        try:
            yield executor
        finally:
            _held.clear()


_held: list[Executor] = []


def _follow(parent: int) -> None:
    """End with the parent, however that ends."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
