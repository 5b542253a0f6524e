"""A progress bar over a whole grid, with the time left."""

import contextlib
from collections.abc import Callable
from typing import TextIO

from tqdm import tqdm

from serjax.study.plan import Plan, PlannedRun


class GridBar(contextlib.AbstractContextManager):
    """Counts epochs, of all runs together, and shows the runs under way.

    The time left is by the rate of the epochs that were trained since the start: what
    was read from disk, or left out by early stopping, took none. It is what is left if
    no further run stops early. `bar` is tqdm's.
    """

    def __init__(self, plan: Plan, shown: bool | None, file: TextIO | None = None):
        """Start with the finished runs counted.

        Shown None is for where `file`, which is stderr if not given, is a terminal.
        """
        epochs = [run.epochs for run in plan.all_runs]
        left = sum(run.epochs_left for run in plan.all_runs)
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
        self._left: dict[str, int] = {}
        self._failed = 0

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def show(self, run: PlannedRun, epochs_left: int | None = None) -> None:
        """Show that a run is under way, and count what it trained since the last time.

        Without `epochs_left` none is counted.
        """
        if run.name not in self._left:
            self._left[run.name] = run.epochs_left
            self._describe()
        if epochs_left is not None and epochs_left < self._left[run.name]:
            self.bar.update(self._left[run.name] - epochs_left)
            self._left[run.name] = epochs_left

    def end(self, run: PlannedRun, failed: bool = False) -> None:
        """Count what is left of a run: it stopped early, or failed."""
        left = self._left.pop(run.name, run.epochs_left)
        self._describe()
        if failed:
            self._failed += 1
            self.bar.set_postfix_str(f"failed: {self._failed}")
        if not self.bar.disable:
            # tqdm's rate is of what came after the initial count.
            self.bar.initial += left
            self.bar.n += left
            self.bar.refresh()

    def _describe(self) -> None:
        first, *others = self._left or [""]
        self.bar.set_description(first + f" and {len(others)} more" * bool(others))

    def write(self, report: Callable[[str], None], line: str) -> None:
        """Let a line be reported, above the bar."""
        self.bar.clear()
        report(line)
        self.bar.refresh()
