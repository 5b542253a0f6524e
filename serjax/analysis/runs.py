"""A study as its files tell it: the runs that are planned, under way, done, failed.

Everything here is read again whenever it is asked for, so that a study can be looked at
while it is trained. A run whose files cannot be read is `broken`, with the reason, and
the others stand: what is `finished` can be read to its last file. No jax.
"""

import dataclasses
import functools
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serjax.analysis.rows import (
    Embeddings,
    Rows,
    check_embeddings,
    read_embeddings,
    read_rows,
)
from serjax.analysis.shapes import (
    CONFIG,
    EPOCH,
    FAILURE,
    RESULT,
    STUDY,
    Shape,
    check_shape,
)
from serjax.config import (
    ATTRIBUTES,
    Config,
    Role,
    attribute_set_name,
    parse_attribute,
    role_set_name,
    sort_attributes,
)
from serjax.methods import APPROACHES, METHODS, MIXED, Method

_CHOICE = ("approach", "attributes", "roles")
_STATUSES = ("finished", "failed", "broken", "unfinished", "planned")
# NotImplementedError: of zipfile, at a method of packing that it does not know.
_UNREADABLE = (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile)
_UNREADABLE += (NotImplementedError, zlib.error, SyntaxError)


@dataclasses.dataclass(frozen=True, eq=False)
class Run:
    """One run of a study.

    Attributes:
      folder: where its files are.
      approach: baseline, a method's name, or `mixed` with a role for each attribute.
      attributes: full names, in the paper's order.
      seed: its seed.
      status: finished, failed, broken (a file of it cannot be read), unfinished (begun)
        or planned (not begun).
      result: result.json of a finished run, else empty.
      config: config.json: settings, versions, device, data; empty if not begun.
      error: why it failed, or what is broken.
    """

    folder: Path
    approach: str
    attributes: tuple[str, ...]
    seed: int
    status: str
    result: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    config: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    error: str = ""

    @property
    def name(self) -> str:
        """Its folder's name, `reversal-C+S-seed0`."""
        return self.folder.name

    @property
    def set_name(self) -> str:
        """Its attributes as the paper writes them: `C+S`; `-` for none.

        With their roles if it has several: `C.reversal+S.multitask`.
        """
        if roles := self.config.get("settings", {}).get("roles"):
            return role_set_name(map(Role.parse, roles))
        return attribute_set_name(self.attributes)

    @functools.cached_property
    def roles(self) -> dict[str, Role]:
        """The role of each chosen attribute, in their order."""
        # Only these: an older run may have other settings of today's names.
        kept = {k: v for k, v in self.config["settings"].items() if k in _CHOICE}
        return Config.from_flat(kept).training.roles_by_attribute

    @functools.cached_property
    def methods(self) -> dict[str, Method]:
        """Methods by name: serjax's, and the user's own of this run, as described."""
        own = map(Method.described, self.config.get("methods", ()))
        return {**METHODS, **{method.name: method for method in own}}

    @functools.cached_property
    def metrics(self) -> list[dict[str, Any]]:
        """The lines of metrics.jsonl that are whole, one per epoch."""
        return _read_lines(self.folder / "metrics.jsonl")

    @functools.cached_property
    def rows(self) -> Rows:
        """Its predictions, at the best epoch. Only of a finished run."""
        return read_rows(self.folder / "predictions.csv")

    @functools.cached_property
    def embeddings(self) -> Embeddings:
        """Its embeddings. Only of a finished run."""
        return read_embeddings(self.folder / "embeddings.npz")


@dataclasses.dataclass(frozen=True, eq=False)
class StudyFiles:
    """A study's folder.

    Attributes:
      folder: the study's.
      about: study.json: the grid that was asked for, and the data; empty where the runs
        were trained one by one.
      runs: in the order of approaches, attribute sets and seeds.
    """

    folder: Path
    about: Mapping[str, Any]
    runs: tuple[Run, ...]

    def with_status(self, status: str) -> tuple[Run, ...]:
        """The runs that are finished, failed, broken, unfinished or planned."""
        if status not in _STATUSES:
            raise ValueError(f"status={status!r}: expected {', '.join(_STATUSES)}.")
        return tuple(run for run in self.runs if run.status == status)

    @property
    def finished(self) -> tuple[Run, ...]:
        """The runs with a result."""
        return self.with_status("finished")

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts to report on: test, then every unseen corpus; never valid."""
        found = dict.fromkeys(
            part for run in self.finished for part in run.result["ua"]
        )
        unseen = [part for part in found if part not in ("valid", "test")]
        return ("test", *unseen) if found else ()

    @property
    def classes(self) -> tuple[str, ...]:
        """The emotion classes."""
        for run in self.runs:
            if "classes" in run.config:
                return tuple(run.config["classes"])
        return tuple(self.about.get("classes", ()))


def read_study(folder: Path) -> StudyFiles:
    """Read what a study has left so far.

    Args:
      folder: a study's folder, with `runs/` in it.

    Raises:
      ValueError: there is no study there, or its study.json cannot be read.
    """
    if not (folder / "runs").is_dir() and not (folder / "study.json").exists():
        raise ValueError(
            f"{folder} holds no study: it has neither runs/ nor study.json. Give the "
            "folder that `python -m experiments.study` named at its end."
        )
    about = _read_json(folder / "study.json", STUDY)
    runs = {
        path.name: _read_run(path)
        for path in sorted((folder / "runs").glob("*"))
        if (path / "config.json").exists()
    }
    for plan in about.get("runs", ()):
        if plan["name"] not in runs:
            runs[plan["name"]] = Run(
                folder / "runs" / plan["name"],
                plan["approach"],
                tuple(plan["attributes"]),
                plan["seed"],
                status="planned",
            )
    return StudyFiles(folder, about, tuple(sorted(runs.values(), key=_order)))


def read_run(folder: Path) -> Run:
    """Read what a run has left so far.

    Raises:
      ValueError: there is no run, or a file of it cannot be read.
    """
    config = _read_json(folder / "config.json", CONFIG)
    if "settings" not in config:
        raise ValueError(
            f"{folder} holds no run: it has no config.json with settings. Give a run's "
            "own folder, as STUDY/runs/baseline-seed0."
        )
    result = _read_json(folder / "result.json", RESULT)
    failure = _read_json(folder / "failure.json", FAILURE)
    settings = config["settings"]
    _ = [Role.parse(text) for text in settings.get("roles", ())]
    status = "finished" if result else "failed" if failure else "unfinished"
    return Run(
        folder,
        approach=settings["approach"],
        attributes=sort_attributes(settings["attributes"]),
        seed=settings["seed"],
        status=status,
        result=result,
        config=config,
        error="" if result else failure.get("error", ""),
    )


def _read_run(folder: Path) -> Run:
    """Read a run, or say why it cannot be read."""
    run = _named(folder)
    try:
        run = read_run(folder)
        _ = run.metrics
        if run.status == "finished":
            _ = run.rows, run.result["ua"]
            check_embeddings(folder / "embeddings.npz", len(run.rows.parts))
    except _UNREADABLE as error:
        reason = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        reason = reason.replace(f"{folder}/", "") or type(error).__name__
        return dataclasses.replace(run, status="broken", result={}, error=reason)
    return run


def _named(folder: Path) -> Run:
    """What the name of a run's folder tells of it."""
    match = re.fullmatch(r"(\w+?)(?:-(.+))?-seed(\d+)", folder.name)
    approach, letters, seed = match.groups() if match else ("unknown", None, "0")
    names = map(parse_attribute, letters.split("+") if letters else ())
    return Run(folder, approach, sort_attributes(names), int(seed), status="broken")


def _order(run: Run) -> tuple:
    order, letters = [*APPROACHES, run.approach], list(ATTRIBUTES.values())
    places = [letters.index(n) if n in letters else 9 for n in run.attributes]
    is_last = run.approach == MIXED
    place = is_last, order.index(run.approach), run.approach, len(places), places
    return *place, run.set_name, run.seed


def _read_json(path: Path, shape: Shape) -> dict[str, Any]:
    """Return what a JSON file holds; nothing if it is not there."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no JSON: {error}.") from error
    check_shape(record, shape, str(path), partial=shape is not STUDY)
    return record


def _read_lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
        # The last one may be half written.
        records = [json.loads(line) for line in lines[:-1]]
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} has a line that is no JSON: {error}.") from error
    for number, record in enumerate(records, 1):
        check_shape(record, EPOCH, f"{path} line {number}", partial=True)
    return records
