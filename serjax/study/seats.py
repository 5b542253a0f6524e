"""How a study's runs share a machine: how many at once, and what each may use."""

import os
from collections.abc import Callable
from typing import Any

from serjax.config import Config
from serjax.memory import host_memory_bytes
from serjax.study.pool import Seat, can_send
from serjax.training.devices import Device, select_platform
from serjax.training.threads import processors

# What a run of the paper's model takes, with room for the features.
_RUN_BYTES = 3e9
_PREALLOCATE = "XLA_PYTHON_CLIENT_PREALLOCATE"


def leave_memory() -> None:
    """Let this process take no more of a GPU than it needs; before JAX starts.

    JAX takes three quarters of each when it starts, and workers would find nothing.
    """
    os.environ.setdefault(_PREALLOCATE, "false")


def share_machine(
    config: Config,
    workers: int,
    runs_per_device: int,
    own: Any,
    say: Callable[[str], None],
) -> tuple[Config, Device, tuple[Seat, ...]]:
    """Settle who trains a study's runs: the settings with threads, device and seats.

    There are no seats where this process does, and not where a worker could not import
    the user's `own` code, which it will `say`.
    """
    if workers != 1 and not can_send(own):
        say(
            "The runs are trained in this process, one by one: a worker cannot import "
            "the methods or the encoder of your own. Put them in a module."
        )
        workers = runs_per_device = 1
    threads = config.run.threads
    # Workers share what this process has.
    is_here = workers == runs_per_device == 1
    device = select_platform(config.run.platform, threads if is_here else 0)
    seats = make_seats(device, workers, threads, runs_per_device)
    if seats and device.platform == "cpu":
        config = config.replace(threads=len(seats[0].processors))
    return config, device, seats


def make_seats(
    device: Device, workers: int = 0, threads: int = 0, runs_per_device: int = 1
) -> tuple[Seat, ...]:
    """Share the machine out; none where this process is to train the runs.

    Args:
      device: one of the platform to be used.
      workers: how many; 0 for the best: of a CPU one per processor, as far as memory
        goes, with a thread each; of GPUs `runs_per_device` for each of them.
      threads: of each run on a CPU; 0 for its share of the processors.
      runs_per_device: runs on one accelerator at a time, with as much memory each.

    Raises:
      ValueError: there are not so many devices or processors.
    """
    own = processors()
    if workers == runs_per_device == 1:
        return ()
    if device.platform == "cpu":
        if runs_per_device != 1:
            raise ValueError(
                f"runs_per_device={runs_per_device}: the CPU is one device, which "
                "--workers and --threads share out. Expected 1."
            )
        room = min(len(own), int(host_memory_bytes() / _RUN_BYTES))
        number = workers or max(1, room // (threads or 1))
        environments = [{} for _ in range(number)]
    else:
        environments = _share_devices(device, workers, runs_per_device)
    if not (threads or workers) and len(environments) == 1:
        return ()
    each = threads or max(1, len(own) // len(environments))
    if each > len(own):
        raise ValueError(
            f"threads={threads}: this process may use {len(own)} processors; expected "
            "that many or fewer."
        )
    circle = own * (len(environments) * each // len(own) + 1)
    return tuple(
        Seat(tuple(circle[number * each : (number + 1) * each]), environment)
        for number, environment in enumerate(environments)
    )


def _share_devices(
    device: Device, workers: int, runs_per_device: int
) -> list[dict[str, str]]:
    """Variables of each worker: its GPU, and its part of the memory."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    count = device.client.device_count()
    slots = named.split(",") if named else [*map(str, range(count))]
    slots *= runs_per_device
    is_shared = device.platform == "gpu" and os.environ.get(_PREALLOCATE) == "false"
    if not is_shared:
        if workers > 1 or runs_per_device > 1:
            raise ValueError(
                f"workers={workers}, runs_per_device={runs_per_device}: this process "
                f"holds the {device.platform}'s memory, and workers find none. Give 1, "
                f"and shards to several machines; or, of GPUs, {_PREALLOCATE}=false "
                "before JAX starts, as experiments.study does."
            )
        return [{}]
    if workers > len(slots):
        raise ValueError(
            f"workers={workers}: there are {len(slots) // runs_per_device} GPUs with "
            f"{runs_per_device} runs each; expected {len(slots)} or fewer. Give "
            "--runs_per_device for more."
        )
    fraction = 0.75 / runs_per_device  # JAX's own part, shared
    return [
        {
            "CUDA_VISIBLE_DEVICES": name,
            _PREALLOCATE: "true",
            "XLA_PYTHON_CLIENT_MEM_FRACTION": f"{fraction:.3f}",
        }
        for name in slots[: workers or len(slots)]
    ]
