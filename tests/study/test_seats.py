import types

import pytest

from serjax.config import make_config
from serjax.study import seats as room
from serjax.study.seats import make_seats, share_machine

CPU = types.SimpleNamespace(platform="cpu")


@pytest.fixture
def machine(monkeypatch):
    """Sets the processors and the memory, in GB, that there are."""

    def make(processors, memory_gb=1000.0):
        monkeypatch.setattr(room, "processors", lambda: [*range(processors)])
        monkeypatch.setattr(room, "host_memory_bytes", lambda: memory_gb * 1e9)

    return make


@pytest.fixture
def gpus(monkeypatch, machine):
    """Makes a machine of 8 processors with some GPUs, whose memory is left free."""

    def make(number, visible=None):
        machine(8)
        monkeypatch.setenv("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        if visible:
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        client = types.SimpleNamespace(device_count=lambda: number)
        return types.SimpleNamespace(platform="gpu", client=client)

    return make


def shares(seats):
    return [seat.processors for seat in seats]


def test_a_cpus_processors_are_shared_out(machine):
    machine(4)
    assert shares(make_seats(CPU)) == [(0,), (1,), (2,), (3,)]
    assert shares(make_seats(CPU, workers=2)) == [(0, 1), (2, 3)]
    assert shares(make_seats(CPU, threads=2)) == [(0, 1), (2, 3)]
    assert shares(make_seats(CPU, workers=3)) == [(0,), (1,), (2,)]
    # More than there are share them, each with as many as asked for.
    assert shares(make_seats(CPU, 3, 3)) == [(0, 1, 2), (3, 0, 1), (2, 3, 0)]
    machine(64, memory_gb=13)
    assert len(make_seats(CPU)) == 4 and len(make_seats(CPU)[0].processors) == 16


def test_one_process_is_enough_where_one_is_asked_for_or_has_room(machine):
    machine(8, memory_gb=4)
    assert make_seats(CPU) == ()
    assert make_seats(CPU, workers=1, threads=2) == ()
    assert shares(make_seats(CPU, threads=2)) == [(0, 1)]


def test_gpus_are_shared_out_with_their_memory(gpus):
    one, other = make_seats(gpus(2))
    assert one.processors == (0, 1, 2, 3) and other.processors == (4, 5, 6, 7)
    assert one.environment["CUDA_VISIBLE_DEVICES"] == "0"
    assert other.environment["XLA_PYTHON_CLIENT_MEM_FRACTION"] == "0.750"
    assert other.environment["XLA_PYTHON_CLIENT_PREALLOCATE"] == "true"
    several = make_seats(gpus(2, "3,5"), workers=3, runs_per_device=2)
    names = [it.environment["CUDA_VISIBLE_DEVICES"] for it in several]
    assert names == ["3", "5", "3"]
    fraction = several[0].environment["XLA_PYTHON_CLIENT_MEM_FRACTION"]
    assert fraction == "0.375"
    assert make_seats(gpus(1)) == ()
    assert len(make_seats(gpus(1), runs_per_device=3)) == 3


def test_more_than_there_is_is_refused(machine, gpus, monkeypatch):
    machine(2)
    with pytest.raises(ValueError, match="threads=3: this process may use 2"):
        make_seats(CPU, 2, 3)
    with pytest.raises(ValueError, match="the CPU is one device"):
        make_seats(CPU, runs_per_device=2)
    with pytest.raises(ValueError, match="there are 2 GPUs with 1 runs each; expected"):
        make_seats(gpus(2), workers=3)
    device = gpus(2)
    monkeypatch.delenv("XLA_PYTHON_CLIENT_PREALLOCATE")
    assert make_seats(device) == ()  # it holds all their memory itself
    with pytest.raises(ValueError, match="this process holds the gpu's memory"):
        make_seats(device, workers=2)


def test_code_of_this_script_alone_keeps_the_runs_here(machine, monkeypatch):
    machine(4)
    monkeypatch.setattr(room, "select_platform", lambda *_: CPU)
    said = []
    config, _, seats = share_machine(make_config(), 0, 1, lambda: None, said.append)
    assert seats == () and config.run.threads == 0
    assert "a worker cannot import the methods or the encoder" in said[0]
    config, _, seats = share_machine(make_config(), 2, 1, None, said.append)
    assert len(seats) == 2 and config.run.threads == 2 and len(said) == 1
