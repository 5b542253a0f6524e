"""A machine that fails: disks that fill or go, limits, rights that are taken away."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from serjax.digests import find_damage
from tests.experiments.scripts import TINY, script
from tests.survival.outcome import read_outcome

ROOT = Path(__file__).resolve().parents[2]
EPOCHS = 40
"""Of a run that is harmed: time enough to be met in the midst of it."""

TRAIN = (*TINY, f"--epochs={EPOCHS}", "--patience=0", "--checkpoint_every_s=0")


class Disk:
    """A disk of its own, in memory, that only the processes of `command` see.

    It is mounted at `store`, and its folder again at `path`, which is what can vanish
    and come back; other processes see an empty folder there. Ends with its `with`.
    """

    def __init__(self, folder: Path, size: str = "32m"):
        self.path = folder / "disk"
        self._store = folder / "store"
        self.path.mkdir(parents=True)
        self._store.mkdir()
        # Ends at the end of its input: no mount outlives its test.
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", "echo here && exec cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._holder.stdout and self._holder.stdout.readline() == b"here\n"
        self.sh(f"mount -t tmpfs -o size={size} none {self._store}")
        self.come_back()

    def __enter__(self) -> "Disk":
        return self

    def __exit__(self, *_: object) -> None:
        self._holder.communicate()

    @property
    def seen(self) -> Path:
        """What is on the disk, for a process that does not see the disk itself."""
        return Path(f"/proc/{self._holder.pid}/root{self._store}")

    def command(self, *command: str) -> list[str]:
        """A command that sees the disk, run at the root of the repository."""
        enter = ["nsenter", f"--target={self._holder.pid}", "--mount", f"--wd={ROOT}"]
        return [*enter, *command]

    def sh(self, command: str) -> None:
        """Run a command of the shell where the disk is seen."""
        subprocess.run(self.command("sh", "-c", command), check=True)

    def resize(self, size: str) -> None:
        """Make it larger or smaller."""
        self.sh(f"mount -o remount,size={size} {self._store}")

    def become_read_only(self) -> None:
        """Let nothing more be written below `path`."""
        self.sh(f"mount -o remount,bind,ro {self.path}")

    def vanish(self) -> None:
        """Go, as a network's disk does: who has files open keeps them."""
        self.sh(f"umount -l {self.path}")

    def come_back(self) -> None:
        """Be there, or there again."""
        self.sh(f"mount --bind {self._store} {self.path}")


def can_mount() -> bool:
    """Whether this process may have mounts of its own."""
    if not (shutil.which("unshare") and shutil.which("nsenter")):
        return False
    mount = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(mount, capture_output=True).returncode == 0


def limited(what: int, value: int) -> str:
    """A harm: a limit of `resource`."""
    return f"import resource; resource.setrlimit({what}, ({value}, {value}))"


# PR_CAPBSET_DROP of CAP_DAC_OVERRIDE and of CAP_DAC_READ_SEARCH.
WITHOUT_RIGHTS = """
import ctypes
for capability in (1, 2):
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
"""
"""A harm: a file's permissions bind even root."""

# Not by `preexec_fn`, for which this process would have to be forked as it is.
_THEN = "import os, sys; os.execvp(sys.argv[1], sys.argv[1:])"


def harmed(harm: str, command: list[str]) -> list[str]:
    """A command that starts with a harm, which is Python, and goes on under it."""
    return [sys.executable, "-c", f"{harm}\n{_THEN}", *command]


def run(
    module: str,
    *arguments: object,
    disk: Disk | None = None,
    harm: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run a script to its end, where it sees the disk and under the harm."""
    command = script(module, *arguments)
    if disk:
        command = disk.command(*command)
    if harm:
        command = harmed(harm, command)
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, cwd=ROOT
    )


def failure(
    done: subprocess.CompletedProcess[str], code: int = 3, kind: str = "storage"
) -> str:
    """The message of a script that ended with this code and last line.

    Above it may stand what tensorstore's threads say of a disk that fails.
    """
    lines = done.stderr.splitlines()
    assert done.returncode == code, done.stderr
    assert lines[-1] == f"serjax: exit {code} ({kind})", done.stderr
    assert lines[-2].startswith("error: "), done.stderr
    return lines[-2]


def bits(workdir: Path) -> dict[str, str]:
    """All of a finished run that is the same wherever it lies and whenever it was."""
    found = read_outcome(workdir)
    return {name: it for name, it in found.items() if not name.endswith("config.json")}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but the lock's."""
    files = (path for path in folder.rglob("*") if path.is_file())
    names = {path: path.relative_to(folder).as_posix() for path in files}
    return {
        name: path.read_bytes()
        for path, name in names.items()
        if not path.name.startswith(".lock")
    }


def check_whole(workdir: Path) -> None:
    """Nothing of a run that stands under its final name is torn."""
    for path in workdir.glob("*.json"):
        json.loads(path.read_text())
    for path in workdir.glob("checkpoints/epoch-*"):
        assert find_damage(path) is None
    for path in workdir.glob("*.npz"):
        with np.load(path) as arrays:
            assert all(arrays[name].size for name in arrays.files)
    if (workdir / "result.json").exists():
        assert (workdir / "predictions.csv").stat().st_size
