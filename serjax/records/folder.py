"""A run and a study as their files tell them: planned, under way, done, failed.

Everything here is read again whenever it is asked for, so that a study can be looked at
while it is trained. A run whose files cannot be read is `broken`, with the reason, and
the others stand: what is `finished` can be read to its last file.
"""

import contextlib
import dataclasses
import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from serjax.config import (
    ATTRIBUTES,
    Config,
    Role,
    attribute_set_name,
    parse_attribute,
    read_role_set_name,
    role_set_name,
    sort_attributes,
)
from serjax.methods import APPROACHES, METHODS, MIXED, Method
from serjax.records.failure import Failure
from serjax.records.metrics import read_metrics
from serjax.records.predictions import Embeddings, Rows, read_embeddings, read_rows
from serjax.records.result import Result
from serjax.records.run_config import RunConfig
from serjax.records.study_record import GridRun, StudyRecord
from serjax.records.svm import Tried, read_tried

UPPER_BOUND = "upper_bound"
"""In a study's folder one for each unseen corpus, with runs that trained on it alone:
`upper_bound/tess` is as a study's own, of other data."""

Status = Literal["finished", "failed", "broken", "unfinished", "planned"]


@dataclasses.dataclass(frozen=True, eq=False)
class Run:
    """One run of a study.

    Attributes:
      approach: baseline, svm, a method's name, or `mixed` with a role for each.
      attributes: full names, in the paper's order.
      status: finished, failed, broken (a file of it cannot be read), unfinished (begun)
        or planned (not begun).
      roles: of each attribute, in their order; empty of a run that is not begun.
      error: why it failed, or what is broken.
      held_out: the corpus that is unseen in this run in turn; '' by a given split.
    """

    folder: Path
    approach: str
    attributes: tuple[str, ...]
    seed: int
    status: Status
    roles: Mapping[str, Role] = dataclasses.field(default_factory=dict)
    error: str = ""
    held_out: str = ""

    @property
    def name(self) -> str:
        """Its folder's name, `reversal-C+S-seed0`; `tess/reversal-C+S-seed0`."""
        return "/".join(filter(None, (self.held_out, self.folder.name)))

    @property
    def trial(self) -> tuple[str, int]:
        """What it shares with the baseline that it is compared with."""
        return self.held_out, self.seed

    @property
    def set_name(self) -> str:
        """Its attributes as the paper writes them: `C+S`; `-` for none.

        With their roles if it has several: `C:reversal+S:multitask`.
        """
        if self.approach != MIXED:
            return attribute_set_name(self.attributes)
        # Until there is a config.json, the folder's name tells.
        return role_set_name(self.roles.values()) or read_role_set_name(self.name)

    @functools.cached_property
    def methods(self) -> dict[str, Method]:
        """Methods by name: serjax's, and the user's own of this run, as described."""
        own = map(Method.described, self.config.methods if self.roles else ())
        return {**METHODS, **{method.name: method for method in own}}

    @functools.cached_property
    def config(self) -> RunConfig:
        """Its settings, data and device. Not of a run that is planned or broken."""
        return RunConfig.read(self.folder)

    @functools.cached_property
    def result(self) -> Result:
        """Its result. Only of a finished run."""
        return Result.read(self.folder)

    @functools.cached_property
    def metrics(self) -> list[dict[str, Any]]:
        """The lines of metrics.jsonl that are whole, one per epoch."""
        return read_metrics(self.folder)

    @functools.cached_property
    def tried(self) -> list[Tried]:
        """The fits of an svm, whose file is there once it is fitted; else none."""
        return read_tried(self.folder)

    @functools.cached_property
    def rows(self) -> Rows:
        """Its predictions, at the best epoch. Only of a finished run."""
        return read_rows(self.folder)

    @functools.cached_property
    def embeddings(self) -> Embeddings:
        """Its embeddings. Only of a finished run."""
        return read_embeddings(self.folder, len(self.rows.parts))


@dataclasses.dataclass(frozen=True, eq=False)
class StudyFiles:
    """A study's folder.

    Attributes:
      about: study.json: the grid that was asked for, and the data; None where the runs
        were trained one by one.
      runs: in the order of approaches, attribute sets and seeds.
    """

    folder: Path
    about: StudyRecord | None
    runs: tuple[Run, ...]

    def with_status(self, *statuses: str) -> tuple[Run, ...]:
        """The runs that are finished, failed, broken, unfinished or planned."""
        return tuple(run for run in self.runs if run.status in statuses)

    @property
    def is_run(self) -> bool:
        """Whether the folder is a run's own, and not a study's."""
        return any(run.folder == self.folder for run in self.runs)

    @property
    def finished(self) -> tuple[Run, ...]:
        """The runs with a result."""
        return self.with_status("finished")

    @property
    def begun(self) -> tuple[Run, ...]:
        """The runs with a config; a finished one, which tells most, is the first."""
        return (*self.finished, *self.with_status("failed", "unfinished"))

    @property
    def of_grid(self) -> "StudyFiles":
        """The same with the runs of the grid that was asked for last alone."""
        names = {it.name for it in self.about.runs} if self.about else set()
        kept = tuple(run for run in self.runs if run.name in names or not self.about)
        return dataclasses.replace(self, runs=kept)

    def upper_bound(self, corpus: str) -> "StudyFiles":
        """Read the runs, of the last grid's seeds, that trained on a corpus alone."""
        folder = self.folder / UPPER_BOUND / corpus
        found = self.about.upper_bound.get(corpus) if self.about else None
        runs = {it.name: _planned(folder, it) for it in (found.runs if found else ())}
        runs |= {
            name: _read_or_broken(run.folder)
            for name, run in runs.items()
            if (run.folder / RunConfig.FILE).exists()
        }
        return StudyFiles(folder, None, tuple(runs.values()))

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts to report on: test, then every unseen corpus; never valid.

        Where corpora are held out in turn, these alone.
        """
        found = dict.fromkeys(part for run in self.finished for part in run.result.ua)
        unseen = [part for part in found if part not in ("valid", "test")]
        if found and self.held_out:
            return self.held_out  # test has other speakers in each of their runs
        return ("test", *unseen) if found else ()

    @property
    def held_out(self) -> tuple[str, ...]:
        """The corpora that are unseen in turn; none by a given split."""
        return tuple(sorted({run.held_out for run in self.runs} - {""}))

    @property
    def classes(self) -> tuple[str, ...]:
        """The emotion classes."""
        records = [*(run.config for run in self.begun), self.about]
        return next((tuple(it.classes) for it in records if it), ())


def run_status(folder: Path) -> Status:
    """How far a run is, by the files that are there: `broken` is not told here."""
    if (folder / Result.FILE).exists():
        return "finished"
    if (folder / Failure.FILE).exists():
        return "failed"
    return "unfinished" if (folder / RunConfig.FILE).exists() else "planned"


def read_study(folder: Path) -> StudyFiles:
    """Read what a study has left so far; a run's own folder is a study of that run.

    Raises:
      ValueError: there is neither, or study.json, or the run's config.json, cannot be
        read.
    """
    has_record = (folder / StudyRecord.FILE).exists()
    if not (folder / "runs").is_dir() and not has_record:
        if (folder / RunConfig.FILE).exists():
            RunConfig.read(folder)  # or it is no run's
            return StudyFiles(folder, None, (_read_or_broken(folder),))
        raise ValueError(
            f"{folder} holds no study: it has neither runs/ nor study.json, nor is it "
            "a run's own folder. Give the folder that `python -m experiments.study` "
            "named at its end."
        )
    about = StudyRecord.read(folder) if has_record else None
    folders = [path for way in ("*", "*/*") for path in (folder / "runs").glob(way)]
    found = [
        _read_or_broken(path)
        for path in sorted(folders)
        if (path / RunConfig.FILE).exists()
    ]
    runs = {run.name: run for run in found}
    for it in about.runs if about else ():
        runs.setdefault(it.name, _planned(folder, it))
    return StudyFiles(folder, about, tuple(sorted(runs.values(), key=_order)))


def read_run(folder: Path) -> Run:
    """Read what a run has left so far.

    Raises:
      ValueError: there is no run, or a file of it cannot be read.
    """
    if not (folder / RunConfig.FILE).exists():
        raise ValueError(
            f"{folder} holds no run: it has no config.json. Give a run's own folder, "
            "as STUDY/runs/baseline-seed0."
        )
    status, error = run_status(folder), ""
    settings = RunConfig.read(folder).settings
    # Only these: an older run may have other settings of today's names.
    names = ("approach", "attributes", "roles")
    choice = {name: settings[name] for name in names if name in settings}
    if status == "failed":
        with contextlib.suppress(FileNotFoundError):  # the run was started again
            error = Failure.read(folder).error
    run = Run(
        folder,
        approach=settings["approach"],
        attributes=sort_attributes(settings["attributes"]),
        seed=settings["seed"],
        status=status,
        roles=Config.from_flat(choice).training.roles_by_attribute,
        error=error,
        held_out=next(iter(settings.get("held_out", ())), ""),
    )
    _ = run.config, run.metrics, run.tried, status == "finished" and run.result
    return run


def _planned(study: Path, it: GridRun) -> Run:
    path, attributes = study / "runs" / it.name, tuple(it.attributes)
    run = Run(path, it.approach, attributes, it.seed, "planned")
    return dataclasses.replace(run, held_out=it.held_out)


def _read_or_broken(folder: Path) -> Run:
    """Read all of a run, or say why it cannot be read, with what its name tells."""
    match = re.fullmatch(r"(\w+?)(?:-(.+))?-seed(\d+)", folder.name)
    approach, letters, seed = match.groups() if match else ("unknown", None, "0")
    if approach == MIXED:
        letters = re.sub(r":[^+]+", "", read_role_set_name(folder.name))
    names = {parse_attribute(it) for it in letters.split("+")} if letters else ()
    out = "" if folder.parent.name == "runs" else folder.parent.name
    run = Run(
        folder,
        approach,
        sort_attributes(names),
        int(seed),
        status="broken",
        held_out=out if folder.parent.parent.name == "runs" else "",
    )
    try:
        run = read_run(folder)
        if run.status == "finished":
            # Not kept: only whether they are whole.
            read_embeddings(folder, len(run.rows.parts))
    except (OSError, ValueError) as error:
        reason = str(error).replace(f"{folder}/", "")
        return dataclasses.replace(run, status="broken", error=reason)
    return run


def _order(run: Run) -> tuple:
    order, letters = [*APPROACHES, run.approach], list(ATTRIBUTES.values())
    places = [letters.index(n) if n in letters else 9 for n in run.attributes]
    place = run.approach == MIXED, order.index(run.approach), run.approach
    return run.held_out, *place, len(places), places, run.set_name, run.seed
