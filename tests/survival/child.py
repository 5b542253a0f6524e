"""A script of serjax that says when each phase begins and ends.

python -m tests.survival.child FD study --data=DIR ...
  `python -m experiments.study --data=DIR ...`, with a line per begin and end of a
  phase written to the file descriptor FD: `begin training epochs`.
"""

import contextlib
import functools
import os
import runpy
import signal
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from serjax.huge_pages import use_huge_pages


def main() -> None:
    """Patch the phases, and run the script."""
    # A background job's children ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    use_huge_pages()  # starts this process again, so before what takes time
    fd, script, *arguments = sys.argv[1:]

    @contextlib.contextmanager
    def telling(phase: str, name: str) -> Iterator[None]:
        os.write(int(fd), f"begin {phase} {name}\n".encode())
        yield
        os.write(int(fd), f"end {phase} {name}\n".encode())

    _patch(telling)
    sys.argv = [script, *arguments]
    runpy.run_module(f"experiments.{script}", run_name="__main__")


def _patch(telling: Callable[[str, str], Any]) -> None:
    import serjax.reporting.report as report
    import serjax.study.loop as study
    from serjax.data import extraction, usable
    from serjax.records.result import Result
    from serjax.records.study_record import StudyRecord
    from serjax.training import loop, run

    # Processes extract, after so few files that they are killed as well.
    extraction.MANY_FILES, extraction._RECENT = 1, 8
    extraction.num_workers = lambda: 2
    phases: dict[str, list[tuple[ModuleType | type, str]]] = {
        "extraction": [(usable, "store_features")],
        "start": [
            (StudyRecord, "write"),
            (run, "open_run"),
            (run, "write_splits"),
        ],
        "compilation": [(loop, "train_programs")],
        "evaluation": [(run, "evaluate")],
        "checkpoint": [(run.checkpoints, "write_checkpoint")],
        "results": [
            (run, "write_rows"),
            (run, "write_embeddings"),
            (Result, "write"),
            (study, "write_text"),
        ],
        "report": [
            (report, "report"),
            (report, "write_tables"),
            (report, "write_text"),
        ],
    }
    for phase, functions in phases.items():
        for module, name in functions:
            told = _told(getattr(module, name), telling, phase, name)
            setattr(module, name, told)
    epochs = loop.epochs

    def told_epochs(*arguments: Any) -> Iterator[Any]:
        each = epochs(*arguments)
        while True:
            with telling("training", "epochs"):
                it = next(each, None)
            if it is None:
                return
            yield it

    loop.epochs = told_epochs


def _told(
    function: Callable[..., Any], telling: Callable[[str, str], Any], *names: str
) -> Callable[..., Any]:
    @functools.wraps(function)
    def told(*arguments: Any, **named: Any) -> Any:
        with telling(*names):
            return function(*arguments, **named)

    return told


if __name__ == "__main__":
    main()
