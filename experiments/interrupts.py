"""Ctrl-C: a first one stops as soon as what is begun is saved, a second one at once.

Python runs a signal's handler when the interpreter has its turn, which is not before
XLA has compiled: minutes. What the system writes to a socket at a signal reaches a
thread meanwhile.
"""

import contextlib
import os
import signal
import socket
import sys
import threading
import time

from experiments.exits import leave, stopped

# A terminal's Ctrl-C may come twice: once more from a program that passes it on.
_SAME_S = 0.3


def stop_at_second_interrupt() -> None:
    """Let a Ctrl-C after a first stop signal end the process at once, with 130.

    It loses no more than SIGKILL would: what was written before stands.
    """
    read, write = socket.socketpair()
    write.setblocking(False)
    signal.set_wakeup_fd(write.fileno(), warn_on_full_buffer=False)
    # It keeps `write`, which would be closed otherwise.
    threading.Thread(target=_watch, args=(read, write), daemon=True).start()


def _watch(read: socket.socket, _: socket.socket) -> None:
    first_at = None
    while True:
        try:
            numbers = read.recv(16)
        except TimeoutError:  # after a first Ctrl-C, which has not ended it yet
            read.settimeout(None)
            with contextlib.suppress(OSError):  # the terminal may be gone
                print("Stopping; Ctrl-C again: at once.", file=sys.stderr)
            continue
        for number in numbers:
            if number not in (signal.SIGINT, signal.SIGTERM):
                continue
            now = time.monotonic()
            if first_at is None:
                first_at = now
                read.settimeout(_SAME_S if number == signal.SIGINT else None)
            elif number == signal.SIGINT and now - first_at > _SAME_S:
                os._exit(leave(stopped(number)))
