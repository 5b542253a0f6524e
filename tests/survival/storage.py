"""Harm the storage and the memory of scripts, at many moments; nothing may be lost.

  python -m tests.survival.storage
  python -m tests.survival.storage --times=10 --harms=full,vanished

Prints for each harm how often it was done, how often the script met it and ended as it
should, how often it came through unharmed, and how often something was lost: a file of
a finished run beside, a torn file, or a bit of what the same command made afterwards.
"""

import argparse
import resource
import shutil
import subprocess
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.experiments.scripts import script, write_speech
from tests.study_files import write_study
from tests.survival.machine import (
    TRAIN,
    Disk,
    bits,
    check_whole,
    contents,
    failure,
    limited,
    run,
)


class Bench:
    """Speech, a run that nothing happened to, and a fresh disk for each harm."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.speech = folder / "speech"
        write_speech(self.speech)
        self.undisturbed = folder / "undisturbed"
        self.command = [*TRAIN, f"--data={self.speech}"]
        done = run("train", *self.command, f"--workdir={self.undisturbed}")
        assert done.returncode == 0, done.stderr
        self.number = 0

    def disk(self) -> Disk:
        """A disk with a finished run on it."""
        self.number += 1
        disk = Disk(self.folder / str(self.number))
        shutil.copytree(self.undisturbed, disk.seen / "beside")
        return disk

    def check(self, disk: Disk) -> None:
        """The run beside is as it was, and nothing is torn."""
        assert contents(disk.seen / "beside") == contents(self.undisturbed)
        if (disk.seen / "run").exists():
            check_whole(disk.seen / "run")

    def finish(self, disk: Disk, *flags: str) -> None:
        """The same command, unharmed, ends with the bits of the undisturbed run."""
        command = [*self.command, f"--workdir={disk.path / 'run'}", *flags]
        done = run("train", *command, disk=disk)
        assert done.returncode == 0, done.stderr
        assert bits(disk.seen / "run") == bits(self.undisturbed)
        self.check(disk)


def full(bench: Bench, moment: float) -> bool:
    """The run's disk has room for a part of what the run writes."""
    with bench.disk() as disk:
        disk.resize(f"{round(180 + 190 * moment)}k")
        command = [*bench.command, f"--workdir={disk.path / 'run'}"]
        done = run("train", *command, disk=disk)
        met = _met(done, "No space left on device")
        bench.check(disk)
        disk.resize("32m")
        bench.finish(disk)
    return met


def full_cache(bench: Bench, moment: float) -> bool:
    """The disk of features, and of compiled programs, fills."""
    with bench.disk() as disk:
        disk.resize(f"{round(170 + 600 * moment)}k")
        cache = f"--cache_dir={disk.path / 'cache'}"
        workdir = bench.folder / f"{bench.number}" / "run"
        done = run("train", *bench.command, f"--workdir={workdir}", cache, disk=disk)
        met = _met(done, "No space left on device")
        disk.resize("32m")
        bench.finish(disk, cache)
    return met


def full_report(bench: Bench, moment: float) -> bool:
    """The disk fills while a report is written, over one of before."""
    with bench.disk() as disk:
        study = disk.seen / "study"
        write_study(study, seeds=[0], attribute_sets=[["corpus"]])
        command = f"--workdir={disk.path / 'study'}"
        done = run("report", command, disk=disk)
        assert done.returncode == 0, done.stderr
        before = contents(study)
        used = sum(path.stat().st_blocks for path in disk.seen.rglob("*")) // 2
        disk.resize(f"{used + round(900 * moment**2)}k")
        met = _met(run("report", command, disk=disk), "No space left on device")
        bench.check(disk)
        assert contents(study) == before  # the same report, or the same files of it
    return met


def file_size(bench: Bench, moment: float) -> bool:
    """No file may grow past a limit (ulimit -f)."""
    limit = round(10 ** (1 + 3.5 * moment))
    return _limited(bench, resource.RLIMIT_FSIZE, limit, "File too large")


def handles(bench: Bench, moment: float) -> bool:
    """There are few file handles (ulimit -n)."""
    limit = round(5 + 40 * moment)
    return _limited(bench, resource.RLIMIT_NOFILE, limit, "Too many open files")


def memory(bench: Bench, moment: float) -> bool:
    """There is little memory (ulimit -v)."""
    limit = round(300 + 800 * moment) << 20
    return _limited(bench, resource.RLIMIT_AS, limit, "out of memory")


def _limited(bench: Bench, what: int, limit: int, told: str) -> bool:
    with bench.disk() as disk:
        command = [*bench.command, f"--workdir={disk.path / 'run'}"]
        done = run("train", *command, disk=disk, harm=limited(what, limit))
        met = _met(done, told)
        bench.check(disk)
        bench.finish(disk)
    return met


def vanished(bench: Bench, moment: float) -> bool:
    """The run's disk goes while it trains, and comes back."""
    with bench.disk() as disk:
        command = [*bench.command, f"--workdir={disk.path / 'run'}"]
        process = subprocess.Popen(
            disk.command(*script("train", *command)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        while not (disk.seen / "run").exists() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(5 * moment)
        disk.vanish()
        _, stderr = process.communicate(timeout=300)
        done = subprocess.CompletedProcess([], process.returncode, "", stderr)
        met = _met(done, "is not the folder any more", "No such file or directory")
        assert not list(disk.path.rglob("*")), list(disk.path.rglob("*"))
        bench.check(disk)
        disk.come_back()
        bench.finish(disk)
    return met


def _met(done: subprocess.CompletedProcess[str], *told: str) -> bool:
    """Whether the script met the harm, as it should; False if it came through."""
    if done.returncode == 0:
        return False
    if done.returncode == -6 or "std::bad_alloc" in done.stderr:
        assert "Fatal Python error: Aborted" in done.stderr, done.stderr
        return True
    is_memory = told == ("out of memory",)
    message = failure(done, *((4, "memory") if is_memory else (3, "storage")))
    assert any(words in message for words in told), message
    return True


HARMS: dict[str, Callable[[Bench, float], bool]] = {
    "full": full,
    "full_cache": full_cache,
    "full_report": full_report,
    "file_size": file_size,
    "handles": handles,
    "memory": memory,
    "vanished": vanished,
}


def main() -> None:
    """Do the harms that the command line asks for; exit 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--harms", default=",".join(HARMS))
    flags = parser.parse_args()
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        print(f"{'harm':12} times   met  unharmed  lost", flush=True)
        for name in flags.harms.split(","):
            met = unharmed = lost = 0
            for moment in np.linspace(0, 1, flags.times):
                try:
                    if HARMS[name](bench, float(moment)):
                        met += 1
                    else:
                        unharmed += 1
                except Exception:
                    print(f"{name} at {moment:.3f}:")
                    traceback.print_exc()
                    lost += 1
            total += lost
            row = f"{flags.times:5} {met:5} {unharmed:9} {lost:5}"
            print(f"{name:12} {row}", flush=True)
    raise SystemExit(bool(total))


if __name__ == "__main__":
    main()
