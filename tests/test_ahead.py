import contextlib
import threading
import time

import pytest

from serjax.ahead import compute_ahead


def _threads():
    return [it for it in threading.enumerate() if it.name.startswith("ahead")]


@pytest.mark.parametrize("num_threads", [1, 4])
def test_results_come_in_order_however_long_each_takes(num_threads):
    def slow(number):
        time.sleep(0.002 * (number % 3))
        return -number

    results = compute_ahead(slow, range(20), num_threads=num_threads, num_ahead=5)
    assert list(results) == [-number for number in range(20)]
    assert _threads() == []
    assert list(compute_ahead(slow, [], num_threads=num_threads, num_ahead=5)) == []


def test_the_work_is_done_in_other_threads_and_not_before_it_is_asked_for():
    done = []
    results = compute_ahead(done.append, range(3), num_threads=1, num_ahead=2)
    assert (done, _threads()) == ([], [])
    next(results)
    assert len(_threads()) == 1
    results.close()


def test_no_more_than_so_many_results_wait():
    begun = []
    results = compute_ahead(begun.append, range(50), num_threads=2, num_ahead=3)
    for number, _ in enumerate(results):
        time.sleep(0.001)
        assert len(begun) <= number + 1 + 3
    assert len(begun) == 50


def test_an_exception_is_raised_where_its_result_would_have_been():
    def fail(number):
        if number == 3:
            raise OSError("the disk is gone")
        return number

    results = compute_ahead(fail, range(9), num_threads=2, num_ahead=8)
    seen = []
    with pytest.raises(OSError, match="the disk is gone"):
        for result in results:
            seen.append(result)
    assert seen == [0, 1, 2]
    assert _threads() == []


def test_closing_early_ends_the_threads_and_drops_what_was_not_begun():
    begun, going_on = [], threading.Event()

    def wait(number):
        begun.append(number)
        if number:
            going_on.wait(10)

    results = compute_ahead(wait, range(9), num_threads=1, num_ahead=6)
    with contextlib.closing(results):
        next(results)
        threading.Timer(0.05, going_on.set).start()
    assert _threads() == []
    assert begun == [0, 1]
