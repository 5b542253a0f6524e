"""Starting a script as a child process, and killing it in the middle of a phase."""

import dataclasses
import os
import resource
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from unittest import mock

from serjax.corpora.recipes import RECIPES
from serjax.corpora.synthetic import write_synthetic_corpora

PHASES = ("extraction", "training", "evaluation", "checkpoint", "results", "report")
"""Of which each is to be killed; `start` and `compilation` come on top."""

SMALL = (
    "--preset=demo",
    "--conv_features=4",
    "--lstm_features=4",
    "--discriminator_features=4",
    "--num_buckets=1",
    "--learning_rate=0.2",
    "--platform=cpu",
    "--checkpoint_every_s=0",
    "--cache_dir=cache",
)
STUDY = (*SMALL, "--epochs=4", "--attribute_sets=G", "--workdir=study", "--workers=1")

_ROOT = Path(__file__).parents[2]
_MARK = "SERJAX_SURVIVAL"


@dataclasses.dataclass(frozen=True)
class Kill:
    """When to send a signal, and to whom.

    Attributes:
      phase: in which.
      occurrence: of the phase's beginnings since the start, from 1.
      share: of the phase's usual duration that has gone by then.
      group: to the whole process group, else to the process alone.
      number: the signal's.
    """

    phase: str
    occurrence: int = 1
    share: float = 0.5
    group: bool = False
    number: int = signal.SIGKILL


@dataclasses.dataclass
class Start:
    """What became of one start.

    Attributes:
      returncode: negative if it died of a signal.
      stdout: all of it.
      stderr: all of it.
      phase: the innermost phase it was in at its end; '' for none.
      sent: the seconds from the phase's begin to the signal; None if none was sent.
      ended_cpu_s: processor time of the process from the last signal to its end.
      lingered_s: from that to the end of the last process that it had started.
      num_finished: runs whose result was written.
      durations: of the phases' functions that ended, by name.
    """

    returncode: int = 0
    stdout: str = ""
    stderr: str = ""
    phase: str = ""
    sent: float | None = None
    ended_cpu_s: float = 0.0
    lingered_s: float = 0.0
    num_finished: int = 0
    durations: dict[str, list[float]] = dataclasses.field(default_factory=dict)


def write_speech(folder: Path) -> Path:
    """Write one of the synthetic corpora, of ten speakers."""
    kept = {"emodb": RECIPES["emodb"]}
    with (
        mock.patch.dict(RECIPES, kept, clear=True),
        mock.patch("serjax.corpora.synthetic.add_traps"),
    ):
        return write_synthetic_corpora(folder)


def start(
    folder: Path,
    command: list[str],
    kill: Kill | None = None,
    usual: Mapping[str, float] | None = None,
    again_after_s: float | None = None,
    env: Mapping[str, str] | None = None,
) -> Start:
    """Run a script to its end, or to a signal that it is sent.

    Args:
      folder: where it runs; its paths are relative, so that all folders' are the same.
      command: the script's name and its arguments.
      kill: when to send which signal; None for never.
      usual: how long each function of a phase lasts as a rule.
      again_after_s: send SIGINT after so many seconds more, if it still runs.
      env: laid over the environment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mark = uuid.uuid4().hex
    read, write = os.pipe()
    with (
        (folder / "stdout.txt").open("w+") as stdout,
        (folder / "stderr.txt").open("w+") as stderr,
        os.fdopen(read) as lines,
    ):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.survival.child", str(write), *command],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(_ROOT), _MARK: mark, **(env or {})},
            pass_fds=[write],
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        os.close(write)
        done = Start()
        try:
            _follow(process, lines, done, kill, usual or {}, again_after_s)
        finally:
            process.kill()
            process.wait()
        done.lingered_s = _wait_for_others(mark)
        stdout.seek(0)
        stderr.seek(0)
        done.stdout, done.stderr = stdout.read(), stderr.read()
    return done


def _follow(process, lines, done, kill, usual, again_after_s) -> None:
    open_phases: list[tuple[str, str, float]] = []
    num_begun = 0
    used_before_s, used_at_signal_s = _processor_s(), 0.0
    for line in lines:
        what, phase, name = line.split()
        now = time.monotonic()
        if what == "end":
            began = open_phases.pop()[2]
            done.durations.setdefault(name, []).append(now - began)
            done.num_finished += (phase, name) == ("results", "write")
            continue
        open_phases.append((phase, name, now))
        if kill is None or done.sent is not None or phase != kill.phase:
            continue
        num_begun += 1
        if num_begun == kill.occurrence:
            time.sleep(kill.share * usual.get(name, 0.0))
            used_at_signal_s = _processor_s(process.pid)
            done.sent = time.monotonic() - now
            (os.killpg if kill.group else os.kill)(process.pid, kill.number)
            if again_after_s is not None:
                time.sleep(again_after_s)
                if process.poll() is None:
                    used_at_signal_s = _processor_s(process.pid)
                    os.killpg(process.pid, signal.SIGINT)
    done.returncode = process.wait(timeout=300)
    done.ended_cpu_s = _processor_s() - used_before_s - used_at_signal_s
    done.phase = open_phases[-1][0] if open_phases else ""


def _processor_s(pid: int | None = None) -> float:
    """Processor time of a process and of those that it waited for, until now.

    Without a number, of all that this process waited for.
    """
    if pid is None:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _wait_for_others(mark: str) -> float:
    """Wait until no process is left that inherited a start's mark; return seconds."""
    began = time.monotonic()
    while _processes(mark):
        if time.monotonic() - began > 20:
            return float("inf")
        time.sleep(0.02)
    return time.monotonic() - began


def _processes(mark: str) -> list[Path]:
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            content = path.read_bytes()
        except OSError:
            continue  # it ended, or is another user's
        if f"{_MARK}={mark}".encode() in content:
            found.append(path)
    return found
