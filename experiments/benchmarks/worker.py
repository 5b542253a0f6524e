"""A process of its own that does one thing at a time, when it is asked.

Two libraries with a thread pool each must not share a process: one would measure the
other's threads. Between two requests a worker sleeps.
"""

import contextlib
import importlib
import multiprocessing
import signal
import traceback
from multiprocessing.connection import Connection
from typing import Any


class WorkerError(RuntimeError):
    """What went wrong in a worker, with the traceback there as its text."""


class Worker:
    """An object in a spawned process, and calls of its methods from here.

    Example:
      >>> with Worker("collections", "Counter", "abca") as counter:
      ...     counter.call("most_common", 1)
      [('a', 2)]
    """

    def __init__(self, module: str, name: str, *arguments: Any) -> None:
        """Start a process, and make the object there.

        Args:
          module: what to import there; nothing of it is imported here.
          name: a class or function in it, called with `arguments`.

        Raises:
          WorkerError: it could not be made.
        """
        self._name = f"{module}.{name}"
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, module, name, arguments), daemon=True
        )
        self._process.start()
        theirs.close()
        try:
            self._receive()
        except BaseException:
            self.close()
            raise

    def call(self, method: str, *arguments: Any) -> Any:
        """Call a method of the object, and wait for its answer.

        Raises:
          WorkerError: the method raised, or the process is gone.
        """
        try:
            self._pipe.send((method, arguments))
        except OSError as error:
            raise self._gone() from error
        return self._receive()

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _receive(self) -> Any:
        try:
            succeeded, content = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise self._gone() from error
        if not succeeded:
            raise WorkerError(f"{self._name} failed in its process:\n{content}")
        return content

    def _gone(self) -> WorkerError:
        self._process.join(5)
        code = self._process.exitcode
        return WorkerError(f"{self._name}: its process ended with exit code {code}.")


def _serve(pipe: Connection, module: str, name: str, arguments: tuple) -> None:
    # Ctrl-C reaches both processes; the other one decides what becomes of this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        served = getattr(importlib.import_module(module), name)(*arguments)
    except Exception:
        pipe.send((False, traceback.format_exc()))
        return
    pipe.send((True, None))
    with contextlib.suppress(EOFError):  # the other end was closed: done
        while True:
            method, arguments = pipe.recv()
            try:
                answer = (True, getattr(served, method)(*arguments))
            except Exception:
                answer = (False, traceback.format_exc())
            pipe.send(answer)
