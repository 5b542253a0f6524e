"""How training can end before its time."""


class NonFiniteLoss(ValueError):
    """The loss became infinite or not a number; nothing was written of the epoch.

    Attributes:
      epoch: in which, counted from 0; None where that is unknown.
    """

    def __init__(self, message: str, epoch: int | None = None):
        super().__init__(message)
        self.epoch = epoch


class Stopped(Exception):
    """A stop signal came; the run can be resumed.

    Attributes:
      signal: the signal's number.
      epochs_run: whole epochs in the checkpoint.
    """

    def __init__(self, signal: int, epochs_run: int):
        super().__init__(f"Stopped by signal {signal} after {epochs_run} epochs.")
        self.signal = signal
        self.epochs_run = epochs_run
