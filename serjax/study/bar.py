"""A progress bar over a whole grid, with the time left."""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from tqdm import tqdm

from serjax.study.plan import Plan, PlannedRun


class GridBar(contextlib.AbstractContextManager):
    """Counts epochs, of all runs together, and shows the run under way.

    The time left is by the rate of the epochs that were trained since the start: what
    was read from disk, or left out by early stopping, took none. It is what is left if
    no further run stops early. `bar` is tqdm's.
    """

    def __init__(self, plan: Plan, shown: bool | None, file: TextIO | None = None):
        """Start with the finished runs counted.

        Shown None is for where `file`, which is stderr if not given, is a terminal.
        """
        epochs = [run.config.training.epochs for run in plan.runs]
        left = sum(run.epochs_left for run in plan.runs)
        self.bar = tqdm(
            total=sum(epochs),
            initial=sum(epochs) - left,
            unit="epoch",
            disable=None if shown is None else not shown,
            file=file,
            leave=False,
            dynamic_ncols=True,
            smoothing=0,  # The rate of all epochs: runs differ in what one takes.
        )
        self._left = 0
        self._failed = 0

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def start(self, run: PlannedRun) -> None:
        """Show a run's name."""
        self._left = run.epochs_left
        self.bar.set_description(run.name)

    def count_epoch(self, line: Mapping[str, Any]) -> None:
        """Count an epoch that was trained, by its line of metrics.jsonl."""
        self._left -= 1
        self.bar.update(1)

    def end(self, failed: bool = False) -> None:
        """Count what is left of the run: it stopped early, or failed."""
        if failed:
            self._failed += 1
            self.bar.set_postfix_str(f"failed: {self._failed}")
        if not self.bar.disable:
            # tqdm's rate is of what came after the initial count.
            self.bar.initial += self._left
            self.bar.n += self._left
            self.bar.refresh()

    def write(self, report: Callable[[str], None], line: str) -> None:
        """Let a line be reported, above the bar."""
        self.bar.clear()
        report(line)
        self.bar.refresh()
