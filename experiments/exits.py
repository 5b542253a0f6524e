"""How a script ends: an exit code, and a last line to search a scheduler's log by.

The last line on stderr is `serjax: exit CODE (KIND)`; above it stands what happened.
docs/stopping.md has the table.
"""

import errno
import os
import shlex
import signal
import sys
import traceback
from typing import NamedTuple

from serjax.errors import InUse, NonFinite, ProcessKilled, Stopped


class Terminated(BaseException):
    """A signal asks the script to end; no `except Exception` is to hold it up."""

    def __init__(self, signal: int):
        super().__init__(signal)
        self.signal = signal


class Exit(NamedTuple):
    """A code, and its word in the last line."""

    code: int
    kind: str


FAILED_RUN = Exit(1, "failed run")
BAD_INPUT = Exit(2, "bad input")
STORAGE = Exit(3, "storage")
MEMORY = Exit(4, "memory")
IN_USE = Exit(5, "in use")
INTERNAL = Exit(70, "internal error")

_KEPT = "What was written before stands, and the same command goes on."
_ADVICE = {
    errno.ENOSPC: "The disk is full; free some space.",
    errno.EDQUOT: "Your quota of the disk is used up; free some space.",
    errno.EFBIG: "A file may not grow so large here; raise the limit (ulimit -f).",
    errno.EROFS: "It can only be read; choose another --workdir or --cache_dir.",
    errno.EACCES: "You may not do that there; ask for the right, or choose another "
    "--workdir or --cache_dir.",
    errno.EPERM: "You may not do that there; choose another --workdir or --cache_dir.",
    errno.EMFILE: "No file handles are left; raise the limit (ulimit -n).",
    errno.ENFILE: "The machine has no file handles left.",
    errno.ENOENT: "It is not there, or not any more.",
    errno.EIO: "The disk fails.",
    errno.ESTALE: "Its disk went; bring it back.",
    errno.ENOTCONN: "Its disk went; bring it back.",
}
_OUT_OF_MEMORY = (
    "RESOURCE_EXHAUSTED",
    "Out of memory",
    os.strerror(errno.ENOMEM),
    "failed to map segment",
    "can't start new thread",
)


def end_with(error: BaseException, show_traceback: bool = False) -> int:
    """Say on stderr what went wrong and how this ends; return the exit code.

    Args:
      error: what was raised.
      show_traceback: also where; an error that is a defect of serjax always has it.
    """
    how, message = _judge(error)
    if show_traceback or how == INTERNAL:
        _say("".join(traceback.format_exception(error)).rstrip())
    if message:
        _say(message)
    return leave(how)


def stopped(number: int) -> Exit:
    """How a script ends at a signal."""
    return Exit(128 + number, f"stopped by {signal.Signals(number).name}")


def leave(how: Exit) -> int:
    """Print the last line; return the exit code."""
    _say(f"serjax: exit {how.code} ({how.kind})")
    return how.code


def _judge(error: BaseException) -> tuple[Exit, str]:
    match error:
        case Stopped():
            message = f"Stopped with {error.epochs_run} epochs of {error.run} done"
            return stopped(error.signal), f"{message} and saved. {_go_on()}"
        case KeyboardInterrupt():
            return stopped(signal.SIGINT), f"Stopped. {_go_on()}"
        case Terminated():
            return stopped(error.signal), f"Stopped. {_go_on()}"
        case BrokenPipeError():
            return stopped(signal.SIGPIPE), ""
        case NonFinite():
            return FAILED_RUN, f"error: {error}"
        case InUse():
            return IN_USE, f"error: {error}"
        case ProcessKilled():
            return MEMORY, f"error: {error}"
        case MemoryError():
            return MEMORY, _out_of_memory(error)
        case OSError(errno=errno.ENOMEM):
            return MEMORY, _out_of_memory(error)
        case OSError():
            advice = _ADVICE.get(error.errno or 0, "")
            what = f"error: {str(error).removesuffix('.')}."
            return STORAGE, " ".join(filter(None, (what, advice, _KEPT)))
        case ValueError():
            return BAD_INPUT, f"error: {error}"
    # By their words: jax's own error may not be loaded, and Python's are of any kind.
    if any(words in str(error) for words in _OUT_OF_MEMORY):
        return MEMORY, _out_of_memory(error)
    if os.strerror(errno.EMFILE) in str(error):  # of a library that is loaded
        return _judge(OSError(errno.EMFILE, str(error)))
    return INTERNAL, (
        "error: this is a defect of serjax; please report it with the lines above. "
        f"{_KEPT}"
    )


def _go_on() -> str:
    return f"The same command goes on.\n  {shlex.join(sys.orig_argv)}"


def _out_of_memory(error: BaseException) -> str:
    first = str(error).strip().partition("\n")[0]
    return (
        f"error: out of memory: {first or type(error).__name__}. Lower --batch_size or "
        f"--memory_budget_gb, or take a larger machine. {_KEPT}"
    )


def _say(text: str) -> None:
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        # Where the log goes nothing can be written; the code still tells.
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
