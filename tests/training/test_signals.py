import os
import signal
import threading

import pytest

from serjax.training.signals import noting_stop_signals


@pytest.fixture(autouse=True)
def _python_handlers():
    """Start from Python's own handlers: a background job has SIGINT ignored."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_is_noted_and_not_obeyed(number):
    before = signal.getsignal(number)
    with noting_stop_signals() as stop_signal:
        assert stop_signal() is None
        os.kill(os.getpid(), number)
        assert stop_signal() == number
    assert signal.getsignal(number) == before


def test_a_second_signal_acts_as_before():
    with noting_stop_signals() as stop_signal:
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        assert stop_signal() == signal.SIGINT


def test_an_ignored_signal_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with noting_stop_signals() as stop_signal:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop_signal() is None
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN


def test_outside_the_main_thread_signals_stay_as_they_are():
    before, seen = signal.getsignal(signal.SIGTERM), []

    def run():
        with noting_stop_signals() as stop_signal:
            seen.append((stop_signal(), signal.getsignal(signal.SIGTERM)))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [(None, before)]
