"""How work can end before its time, beside bad input, which is a ValueError.

A script gives each of them an exit code: `experiments/exits.py`, docs/stopping.md.
"""

import contextlib
from collections.abc import Iterator

_MOST = 2000
"""Characters of a message: a cell that it quotes may hold a hundred thousand."""


class NonFinite(ValueError):
    """A loss, a gradient or a parameter became infinite or not a number.

    Nothing of the epoch was kept; the checkpoint of the epoch before stands.

    Attributes:
      epoch: in which, counted from 0; None where that is unknown.
      alpha: the approach's, in that epoch.
      quantities: names of what was not finite: `speaker_loss`, `encoder_grad_norm`.
    """

    def __init__(
        self,
        message: str,
        epoch: int | None = None,
        alpha: float | None = None,
        quantities: tuple[str, ...] = (),
    ):
        super().__init__(message)
        self.epoch = epoch
        self.alpha = alpha
        self.quantities = quantities


class Stopped(Exception):
    """A stop signal came; the run can be resumed.

    Attributes:
      signal: the signal's number.
      epochs_run: whole epochs in the checkpoint.
      run: the run's name.
    """

    def __init__(self, signal: int, epochs_run: int, run: str = "the run"):
        super().__init__(signal, epochs_run, run)  # as a pickle makes it again
        self.signal = signal
        self.epochs_run = epochs_run
        self.run = run

    def __str__(self) -> str:
        return f"Stopped by signal {self.signal} after {self.epochs_run} epochs."


class InUse(RuntimeError):
    """Another process works in the directory."""


class StorageFailed(OSError):
    """What was being written could not be; what was written before stands."""


class ProcessKilled(OSError):
    """A process that worked for this one was killed, as a rule for want of memory."""


@contextlib.contextmanager
def readable_errors() -> Iterator[None]:
    """Keep ValueErrors that quote a file to one paragraph of signs that can be seen.

    What a file holds may be long, of several lines, or a command to the terminal.
    """
    try:
        yield
    except ValueError as error:
        text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(error))
        if len(text) > _MOST:
            text = f"{text[: _MOST // 2]} ... {text[-_MOST // 2 :]}"
        error.args = (text, *error.args[1:])
        raise
