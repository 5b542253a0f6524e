import os

import pytest

from experiments.benchmarks.worker import Worker, WorkerError


class Counter:
    """Served in another process; counts what it is asked."""

    def __init__(self, first):
        self.number = int(first)

    def add(self, *numbers):
        self.number += sum(numbers)
        return self.number, os.getpid()

    def fail(self):
        raise KeyError("lost")

    def vanish(self):
        os._exit(3)


HERE = "tests.experiments.benchmarks.test_worker"


def test_an_object_lives_in_one_other_process():
    with Worker(HERE, "Counter", 5) as counter:
        assert counter.call("add", 1, 2)[0] == 8
        number, pid = counter.call("add")
        assert number == 8
        assert pid == counter.call("add")[1] != os.getpid()


def test_an_error_comes_back_with_its_text_and_the_worker_goes_on():
    with Worker(HERE, "Counter", 5) as counter:
        with pytest.raises(WorkerError, match=r"(?s)in fail\n.*KeyError: 'lost'"):
            counter.call("fail")
        assert counter.call("add", 1)[0] == 6


def test_an_object_that_cannot_be_made_is_told():
    with pytest.raises(WorkerError, match=r"(?s)ValueError: .*'many'"):
        Worker(HERE, "Counter", "many")


def test_a_process_that_is_gone_is_told():
    with Worker(HERE, "Counter", 5) as counter:
        for method in ("vanish", "add"):
            with pytest.raises(WorkerError, match="ended with exit code 3"):
                counter.call(method)
