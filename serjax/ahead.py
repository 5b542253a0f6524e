"""Work done ahead of its use, by threads or processes: in order, never far ahead."""

import collections
import contextlib
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import joblib

# Items that a process is given at a time.
_BATCH = 16

Item = TypeVar("Item")
Result = TypeVar("Result")


def compute_ahead(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    num_threads: int,
    num_ahead: int,
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
    waiting: collections.deque[Future[Result]] = collections.deque()
    with ThreadPoolExecutor(num_threads, "ahead") as threads:
        try:
            for item in items:
                waiting.append(threads.submit(function, item))
                if len(waiting) > num_ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def compute_in_processes(
    function: Callable[[Item], Result], items: Iterable[Item], num_workers: int
) -> Generator[Result, None, None]:
    """Give `function(item)` for each item in order, computed in processes.

    For work that holds the interpreter's lock too long for threads. joblib's processes
    do not import the caller's script again, and leave when they have been idle.

    Args:
      function: of a module, so that a process can import it.
      items: what to call it on; they and the results cross over by pickle.
      num_workers: how many processes.
    """
    # joblib's annotations are of its defaults alone.
    settings: dict[str, Any] = {
        "n_jobs": num_workers,
        "backend": "loky",
        "return_as": "generator",
        "batch_size": _BATCH,
        # So that no worker waits for its next batch.
        "pre_dispatch": 4 * _BATCH * num_workers,
        "inner_max_num_threads": 1,
        "idle_worker_timeout": 10,
    }
    calls = (joblib.delayed(function)(item) for item in items)
    results: Any = joblib.Parallel(**settings)(calls)
    with contextlib.closing(results):
        yield from results
