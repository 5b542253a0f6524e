"""What the pool's tests let workers do: functions that a worker can import."""

import os
import signal
import time
from pathlib import Path

from serjax.errors import NonFinite, Stopped
from serjax.training.signals import noting_stop_signals

GREETED: list[object] = []


def greet(name):
    """Remember what the pool gave first."""
    GREETED.append(name)


def tell():
    """The process, what it was greeted with, and what it may use."""
    return os.getpid(), GREETED, sorted(os.sched_getaffinity(0)), os.environ["SEAT"]


def fail(kind):
    """Raise one of several errors."""
    if kind == "NonFinite":
        raise NonFinite("It diverged.", 3, 0.5, ("loss",))
    if kind == "Stopped":
        raise Stopped(15, 3, "a-seed0")

    class Local(Exception):
        pass

    raise Local("no pickle knows me")


def die(number):
    """End as a worker does that the system kills."""
    os.kill(os.getpid(), number)
    time.sleep(30)


def work(folder):
    """Train, as far as signals go: at a first one save, which takes a moment."""
    (Path(folder) / f"begun-{os.getpid()}").touch()
    with noting_stop_signals() as stop_signal:
        while stop_signal() is None:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)  # and a second one, meanwhile
        time.sleep(0.3)
        (Path(folder) / f"saved-{os.getpid()}").touch()
        raise Stopped(stop_signal() or 0, 3)
