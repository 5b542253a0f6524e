"""One run made again in other circumstances: what of it depends on them?

python -m tests.survival.determinism --data=DIR --epochs=2
  hands its flags to experiments.train; prints what differs from the first of the runs.

Another process and another number of workers must change no bit; another number of
threads may, for XLA then adds in another order: how far is printed.
"""

import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import jax
import numpy as np

from serjax.training.checkpoints import read_params
from tests.experiments.scripts import script
from tests.survival.outcome import differences, read_cache, read_outcome

_ROOT = Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True)
class Circumstances:
    """Where a run is made.

    Attributes:
      num_cpus: that it may use; XLA starts a thread for each.
      env: laid over the environment.
    """

    num_cpus: int = 2
    env: tuple[tuple[str, str], ...] = ()


FIRST = Circumstances()
OTHER_PROCESS = Circumstances(env=(("PYTHONHASHSEED", "7"),))
OTHER_WORKERS = Circumstances(env=(("LOKY_MAX_CPU_COUNT", "1"),))
OTHER_THREADS = Circumstances(num_cpus=1)


def make_run(folder: Path, flags: Sequence[str], where: Circumstances) -> None:
    """Train `folder/run`, with a cache of its own; its paths are the same in any."""
    command = script("train", *flags, "--workdir=run", "--cache_dir=cache")
    env = {**os.environ, "PYTHONPATH": str(_ROOT), **dict(where.env)}
    folder.mkdir()
    with _cpus(where.num_cpus):
        subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True)


def find_differences(folder: Path, first: Path) -> list[str]:
    """What differs between two runs and their features, apart from times."""
    one, other = (
        {**read_outcome(it / "run"), **read_cache(it / "cache" / "features")}
        for it in (folder, first)
    )
    return differences(one, other)


def distance(folder: Path, first: Path) -> tuple[float, float]:
    """The greatest differences of a last parameter, and of a UA in percent."""
    device = jax.devices("cpu")[0]
    one, other = (read_params(it / "run", "last", device) for it in (folder, first))
    apart = jax.tree.map(lambda a, b: float(np.abs(a - b).max()), one, other)
    results = (
        json.loads((it / "run/result.json").read_text()) for it in (folder, first)
    )
    ua, others = ({**it["ua"], **it["ua_last"]} for it in results)
    return max(jax.tree.leaves(apart)), max(abs(ua[p] - others[p]) for p in ua)


@contextlib.contextmanager
def _cpus(number: int) -> Iterator[None]:
    """Let what is started here use no more processors than so many."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:number])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def main(flags: Sequence[str]) -> int:
    """Make the runs and compare them; 1 if a bit differs that must not."""
    others = {
        "another process": OTHER_PROCESS,
        "one worker": OTHER_WORKERS,
        "one thread": OTHER_THREADS,
    }
    faulty = False
    with tempfile.TemporaryDirectory() as base:
        first = Path(base) / "first"
        make_run(first, flags, FIRST)
        for name, where in others.items():
            folder = Path(base) / name.replace(" ", "-")
            make_run(folder, flags, where)
            found = find_differences(folder, first)
            faulty |= bool(found) and where is not OTHER_THREADS
            params, ua = distance(folder, first)
            print(f"{name}: {', '.join(found) or 'the same to the bit'}")
            print(
                f"  parameters up to {params:.1e} apart, UA {ua:.2f} points", flush=True
            )
    return int(faulty)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
