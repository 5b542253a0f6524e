"""A worker process of `pool.WorkerPool`: calls what its pipe says, again and again.

`python -m serjax.study.worker HANDLE PROCESSOR...`, of an open pipe and of what it may
use, is started by the pool alone. No jax until a call needs it.
"""

import contextlib
import os
import pickle
import queue
import signal
import sys
import threading
import traceback
import warnings
from multiprocessing.connection import Connection
from typing import Any

from serjax.training.signals import is_stopping


def main(handle: int, processors: list[int]) -> None:
    """Work until the pipe closes."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, processors)
    signal.signal(signal.SIGTERM, _stop)
    warnings.showwarning = _show_warning
    pipe = Connection(handle)
    calls: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, calls), daemon=True).start()
    with contextlib.suppress(ConnectionError):  # nobody is there to be told
        while True:
            pipe.send_bytes(_answer(calls.get()))


def _listen(pipe: Connection, calls: queue.SimpleQueue[bytes]) -> None:
    """Take calls; once the pipe is closed, save what is under way and end."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            calls.put(pipe.recv_bytes())
    os.kill(os.getpid(), signal.SIGTERM)


def _answer(call: bytes) -> bytes:
    """What a call returned and what it raised, one of them None, as a pickle."""
    try:
        function, arguments = pickle.loads(call)
        return pickle.dumps((function(*arguments), None))
    except Exception as error:
        text = "".join(traceback.format_exception(error))
        return pickle.dumps((None, _sendable(error, text)))


def _sendable(error: Exception, text: str) -> Exception:
    """An error that comes out of a pickle as it went in, with its traceback."""
    try:
        sent: Any = pickle.loads(pickle.dumps(error))
    except Exception:
        sent = RuntimeError(f"{type(error).__name__}: {error}")
    sent.add_note(f"In a worker process:\n{text}")
    return sent


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    # In one line, as the scripts do: no line of Python's between those of the study.
    print(f"warning: {message}", file=sys.stderr, flush=True)


def _stop(number: int, _: object) -> None:
    # A scheduler may send a signal to all processes, and the pool does once more.
    if not is_stopping():
        raise SystemExit(128 + number)


if __name__ == "__main__":
    main(int(sys.argv[1]), [*map(int, sys.argv[2:])])
