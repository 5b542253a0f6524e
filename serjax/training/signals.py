"""A stop signal is a wish to stop soon, noted here and obeyed between two steps."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator

_under_way: list[list[int]] = []


@contextlib.contextmanager
def noting_stop_signals() -> Iterator[Callable[[], int | None]]:
    """Note SIGTERM and SIGINT instead of dying of them.

    Gives a function that returns the signal's number once one came, else None. A second
    signal acts as it would have before. A signal that the process was started to ignore
    (`nohup`, a background job) stays ignored. Outside the main thread, where handlers
    cannot be set, signals stay as they are.
    """
    noted: list[int] = []
    _under_way.append(noted)
    before = {}

    def note(number, frame):
        del frame
        noted.append(number)
        signal.signal(number, before[number])

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            if signal.getsignal(number) != signal.SIG_IGN:
                before[number] = signal.signal(number, note)
    try:
        yield lambda: noted[0] if noted else None
    finally:
        _under_way.remove(noted)
        for number, handler in before.items():
            signal.signal(number, handler)


def is_stopping() -> bool:
    """Whether a signal was noted that is not obeyed yet."""
    return any(_under_way)
