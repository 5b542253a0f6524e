"""A campaign of kills: studies killed in every phase, and compared with one that ran.

python -m tests.survival.kills --kills=50 --seed=0
  chains of kills until 50 were struck, at least 5 in each of six phases.

Ends with 1 unless every one was survived to the bit and no result was lost.
"""

import argparse
import collections
import dataclasses
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.survival.driving import PHASES, STUDY, Kill, Start, start, write_speech
from tests.survival.outcome import (
    differences,
    read_cache,
    read_finished,
    read_outcome,
)

_AT_LEAST = 5


@dataclasses.dataclass(frozen=True)
class Reference:
    """A study that nothing disturbed.

    Attributes:
      command: that made it.
      outcome: its files.
      features: of its cache.
      usual: seconds that each function of a phase took.
    """

    command: list[str]
    outcome: Mapping[str, str]
    features: Mapping[str, str]
    usual: Mapping[str, float]


@dataclasses.dataclass
class Chain:
    """What kills did to one study.

    Attributes:
      phases: in which it was struck, one per kill; '' is between two phases.
      lingered_s: after each, until the last process that it had started was gone.
      faults: what was lost, or is not as in the reference.
    """

    phases: list[str] = dataclasses.field(default_factory=list)
    lingered_s: list[float] = dataclasses.field(default_factory=list)
    faults: list[str] = dataclasses.field(default_factory=list)


def make_reference(
    folder: Path, speech: Path, approaches: Sequence[str], num_warm: int = 1
) -> Reference:
    """Run a study undisturbed; again, with all compiled, to see what is usual.

    Args:
      folder: for what it leaves.
      speech: the corpora.
      approaches: of its runs.
      num_warm: further studies, which must be equal to the first.
    """
    command = ["study", *STUDY, f"--data={speech.resolve()}"]
    command += [f"--approaches={','.join(approaches)}"]
    done = [start(folder / str(i), command) for i in range(1 + num_warm)]
    for each in done:
        assert each.returncode == 0, each.stderr
    outcome = read_outcome(folder / "0" / "study")
    for i in range(num_warm):
        other = read_outcome(folder / str(1 + i) / "study")
        assert not (found := differences(other, outcome)), found
    durations = done[-1].durations
    usual = {name: sum(each) / len(each) for name, each in durations.items()}
    features = read_cache(folder / "0" / "cache" / "features")
    return Reference(command, outcome, features, usual)


def run_chain(
    folder: Path,
    reference: Reference,
    kills: Sequence[Kill],
    say: Callable[[str], None] = print,
    env: Mapping[str, str] | None = None,
    num_tries: int = 1,
) -> Chain:
    """Strike a study with kills, starting it again after each, until it is finished.

    Args:
      folder: for what it leaves.
      reference: what it is to become.
      kills: one per start, in this order.
      say: told of each.
      env: laid over the environment.
      num_tries: how often a kill is repeated that came too late for its phase.
    """
    chain, num_finished = Chain(), 0
    waiting = collections.deque(kills)
    misses = 0
    while True:
        kill = waiting[0] if waiting else None
        done = start(folder, reference.command, kill, reference.usual, env=env)
        num_finished += done.num_finished
        faults = _find_faults(folder / "study", reference, kill, done, num_finished)
        chain.faults += faults
        if kill is None or faults:
            break
        if done.returncode:  # else the signal came too late
            chain.phases.append(done.phase)
            chain.lingered_s.append(done.lingered_s)
            say(_describe(kill, done))
        misses = 0 if done.phase == kill.phase else misses + 1
        if misses in (0, num_tries):
            waiting.popleft()
            misses = 0
    faults = differences(read_outcome(folder / "study"), dict(reference.outcome))
    features = read_cache(folder / "cache" / "features")
    faults += differences(features, dict(reference.features))
    if left := sorted(map(str, folder.glob("cache/compiled/**/.*"))):
        faults.append(f"left in the cache: {left}")
    say(f"  finished: {faults or 'equal to the undisturbed study'}")
    chain.faults += faults
    return chain


def _find_faults(
    study: Path,
    reference: Reference,
    kill: Kill | None,
    done: Start,
    num_finished: int,
) -> list[str]:
    """What is wrong after a start: a result lost or changed, another end."""
    finished = read_finished(study)
    faults = differences(
        finished,
        {name: it for name, it in reference.outcome.items() if name in finished},
    )
    there = sum(name.endswith("/result.json") for name in finished)
    if there < num_finished:
        faults.append(f"{num_finished - there} finished results are lost")
    if done.lingered_s > 10:
        faults.append("a process outlived the kill")
    ends = {0: ""}
    if kill and kill.number == signal.SIGKILL:
        ends[-signal.SIGKILL] = ""
    elif kill:
        name = signal.Signals(kill.number).name
        code = 128 + kill.number
        ends[code] = f"\nserjax: exit {code} (stopped by {name})\n"
    if not done.stderr.endswith(ends.get(done.returncode, "\0")):
        faults.append(f"ended with {done.returncode}: {done.stderr[-2000:]}")
    return faults


def _describe(kill: Kill, done: Start) -> str:
    name = signal.Signals(kill.number).name
    whom = "group" if kill.group else "alone"
    return (
        f"  {done.phase or 'between':11}  {name}, {whom}, "
        f"{1000 * (done.sent or 0):.1f} ms after {kill.phase} began; "
        f"the last process gone after {done.lingered_s:.2f} s"
    )


def draw_kills(rng: random.Random) -> Iterator[Kill]:
    """Draw a chain of kills: in all phases, some of them twice."""

    def kill(phase: str, most: int = 1) -> Kill:
        return Kill(phase, rng.randint(1, most), rng.random(), rng.random() < 0.5)

    yield kill("extraction")
    yield kill("extraction")
    middle = [kill("start", 4), kill("compilation", 5)]
    middle += [kill("training", 5), kill("training", 3), kill("checkpoint", 4)]
    middle += [kill("checkpoint", 3), kill("evaluation"), kill("evaluation")]
    middle += [kill("results", 4), kill("results", 2)]
    rng.shuffle(middle)
    yield from middle[: rng.randint(7, 10)]
    yield kill("report")
    yield kill("report", 10)


def main() -> int:
    """Run the campaign; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    flags = parser.parse_args()
    rng = random.Random(flags.seed)
    base = Path(tempfile.mkdtemp(prefix="serjax-kills-"))
    # Set for the reference alone, and for two chains of three: the third one compiles.
    warm = {
        "JAX_COMPILATION_CACHE_DIR": str(base / "compiled"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    speech = write_speech(base / "speech")
    os.environ.update(warm)
    approaches = ("baseline", "reversal", "adversarial")
    reference = make_reference(base / "reference", speech, approaches)
    for name in warm:
        del os.environ[name]
    chains: list[Chain] = []
    counts: collections.Counter[str] = collections.Counter()
    while counts.total() < flags.kills or _too_few(counts):
        print(f"chain {len(chains) + 1}", flush=True)
        left, few = flags.kills - counts.total(), _too_few(counts)
        kills = list(draw_kills(rng))
        if left <= len(kills):  # the last of them, or the phases that want more
            kills = [kill for kill in kills if not few or kill.phase in few]
            kills = kills[: max(left, 1)]
        env = {} if len(chains) % 3 == 2 else warm
        chain = run_chain(
            base / f"chain{len(chains)}",
            reference,
            kills,
            lambda line: print(line, flush=True),
            env,
        )
        chains.append(chain)
        counts.update(phase or "between" for phase in chain.phases)
        if not chain.faults:
            shutil.rmtree(base / f"chain{len(chains) - 1}")
    return _conclude(chains, counts, base)


def _too_few(counts: Mapping[str, int]) -> list[str]:
    return [phase for phase in PHASES if counts.get(phase, 0) < _AT_LEAST]


def _conclude(chains: Sequence[Chain], counts: Mapping[str, int], base: Path) -> int:
    faulty = [chain for chain in chains if chain.faults]
    total = sum(counts.values())
    survived = total - sum(len(chain.phases) for chain in faulty)
    lost = sum("lost" in fault for chain in chains for fault in chain.faults)
    for phase, count in sorted(counts.items()):
        print(f"{phase:11} {count}")
    lingered = max(max(chain.lingered_s, default=0) for chain in chains)
    print(f"No process outlived a kill by more than {lingered:.2f} s.")
    for fault in (fault for chain in faulty for fault in chain.faults):
        print(f"FAULT {fault}")
    print(f"{total} kills, {survived} survived, {lost} results lost")
    if faulty:
        print(f"The studies are in {base}.")
    else:
        shutil.rmtree(base)
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())
