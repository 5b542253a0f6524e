import errno
import os
import signal
import subprocess
import sys

import jax
import jax.numpy as jnp
import pytest

from experiments.exits import end_with
from serjax.ahead import compute_in_processes
from serjax.errors import InUse, NonFinite, ProcessKilled, Stopped, StorageFailed
from tests.experiments.scripts import call_script, refusal, run_script


def _os_error(number):
    return OSError(number, os.strerror(number), "runs/a")


@pytest.mark.parametrize(
    ("error", "code", "kind", "told"),
    [
        (NonFinite("train_loss not finite"), 1, "failed run", "train_loss not"),
        (ValueError("epochs=0"), 2, "bad input", "error: epochs=0"),
        (_os_error(errno.ENOSPC), 3, "storage", "'runs/a'. The disk is full"),
        (_os_error(errno.EDQUOT), 3, "storage", "quota"),
        (_os_error(errno.EFBIG), 3, "storage", "ulimit -f"),
        (_os_error(errno.EROFS), 3, "storage", "choose another --workdir"),
        (_os_error(errno.EACCES), 3, "storage", "ask for the right"),
        (_os_error(errno.EMFILE), 3, "storage", "ulimit -n"),
        (_os_error(errno.ENOENT), 3, "storage", "not any more"),
        (_os_error(errno.ESTALE), 3, "storage", "bring it back"),
        (_os_error(errno.EIO), 3, "storage", "The disk fails"),
        (StorageFailed("it went."), 3, "storage", "it went. What was written before"),
        (ImportError("a.so: Too many open files"), 3, "storage", "ulimit -n"),
        (_os_error(errno.ENOMEM), 4, "memory", "Lower --batch_size"),
        (MemoryError(), 4, "memory", "out of memory: MemoryError. Lower"),
        (RuntimeError("can't start new thread"), 4, "memory", "larger machine"),
        (ImportError("a.so: failed to map segment"), 4, "memory", "out of memory"),
        (ProcessKilled("a process was killed"), 4, "memory", "was killed"),
        (InUse("in use by process 7"), 5, "in use", "by process 7"),
        (KeyError("gender"), 70, "internal error", "defect of serjax"),
        (KeyboardInterrupt(), 130, "stopped by SIGINT", "same command goes on"),
        (BrokenPipeError(), 141, "stopped by SIGPIPE", ""),
        (Stopped(15, 3, "a-seed0"), 143, "stopped by SIGTERM", "3 epochs of a-seed0"),
    ],
)
def test_every_failure_has_its_code_its_message_and_its_last_line(
    error, code, kind, told, capsys
):
    assert end_with(error) == code
    *lines, last = capsys.readouterr().err.splitlines()
    assert last == f"serjax: exit {code} ({kind})"
    assert told in "\n".join(lines)
    assert ("Traceback" in lines or "KeyError: 'gender'" in lines) == (code == 70)


def test_a_device_without_memory_is_told(capsys):
    with pytest.raises(jax.errors.JaxRuntimeError) as caught:
        jnp.zeros((1 << 50,)).block_until_ready()
    assert end_with(caught.value) == 4
    assert "Lower --batch_size" in capsys.readouterr().err


def test_a_killed_process_is_told_as_want_of_memory(capsys):
    with pytest.raises(ProcessKilled) as caught:
        list(compute_in_processes(_kill, [1], 2))
    assert end_with(caught.value) == 4
    assert "the same command goes on" in capsys.readouterr().err


def _kill(_):
    os.kill(os.getpid(), signal.SIGKILL)


SCRIPT = """
import atexit, os, signal, sys, threading, time, warnings
from experiments.flags import define_settings_flags
from experiments.script import run_script

define_settings_flags()

def main(config):
    {}
    return 0

run_script(main, "A script.")
"""


# Signals that these tests may have been started to ignore (nohup, a background job).
ANSWERING = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"


def ended(body, *flags, **how):
    """How a script with this `main` ends: its code, stderr, all lines of it."""
    return subprocess.run(
        [sys.executable, "-c", ANSWERING + SCRIPT.format(body), *flags],
        **{"stdout": subprocess.DEVNULL, **how},
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("body", "code", "kind"),
    [
        ("os.kill(os.getpid(), signal.SIGTERM)", 143, "stopped by SIGTERM"),
        ("os.kill(os.getpid(), signal.SIGHUP)", 129, "stopped by SIGHUP"),
        ("signal.raise_signal(signal.SIGINT)", 130, "stopped by SIGINT"),
        # Within a finaliser, where Python ignores what is raised.
        (
            "type('A', (), {'__del__': lambda _: signal.raise_signal(15)})()\n"
            "    time.sleep(30)",
            143,
            "stopped by SIGTERM",
        ),
        (
            "atexit.register(print, 'more', file=sys.stderr); 1 / 0",
            70,
            "internal error",
        ),
    ],
)
def test_nothing_follows_the_last_line(body, code, kind, interruptible):
    done = ended(body)
    assert done.returncode == code
    assert done.stderr.splitlines()[-1] == f"serjax: exit {code} ({kind})"
    assert ("Traceback" in done.stderr) == (code == 70)


def test_a_warning_of_a_script_that_ends_well_is_no_last_line():
    done = ended("warnings.warn('slow')")
    assert (done.returncode, done.stderr) == (0, "warning: slow\n")


def test_an_abort_leaves_a_trace():
    done = ended("os.abort()")
    assert done.returncode == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in done.stderr


@pytest.mark.parametrize("body", ["pass", "print('a line')"])
def test_a_pipe_that_nobody_reads_ends_quietly(body):
    reading, writing = os.pipe()
    os.close(reading)
    flags = ["--help"] if body == "pass" else []
    done = ended(body, *flags, stdout=writing)
    os.close(writing)
    assert done.stderr == "serjax: exit 141 (stopped by SIGPIPE)\n"
    assert done.returncode == 141


def test_output_that_a_full_disk_does_not_take_is_a_failure():
    with open("/dev/full", "w") as full:
        done = ended("print('a line')", stdout=full)
    assert done.returncode == 3
    assert "The disk is full" in done.stderr
    assert done.stderr.splitlines()[-1] == "serjax: exit 3 (storage)"


def test_flags_that_are_wrong_have_a_last_line_and_help_has_none():
    done = run_script("train", "--colour=red")
    assert "Unknown command line flag 'colour'" in refusal(done)
    assert done.stderr.splitlines()[-1] == "serjax: exit 2 (bad input)"
    done = call_script("train", "--flagfile=absent")
    assert "absent" in refusal(done)
    done = call_script("train", "--help")
    assert (done.returncode, done.stderr) == (0, "")
