"""The page's section on what made it: versions, devices, commands."""

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping

from serjax.records.folder import StudyFiles
from serjax.reporting.elements import (
    Block,
    Cell,
    Listing,
    Section,
    Table,
    Text,
    Warning,
)
from serjax.reporting.formatting import counted
from serjax.reporting.run_drawers import shown_path
from serjax.versions import library_versions

_OWN = ("jinja2", "matplotlib", "numpy", "scikit-learn", "scipy")


def environment_section(study: StudyFiles) -> Section:
    """Name versions and devices, and give the commands that make all this again."""
    runs = _values([run.config.versions for run in study.begun])
    devices = dict.fromkeys(run.config.device for run in study.begun)
    blocks: list[Block] = []
    for name, found in runs.items():
        if len(found) > 1:
            counts = ", ".join(f"{it} ({counted(n, 'run')})" for it, n in found.items())
            blocks.append(Warning(f"The runs were made with several {name}: {counts}."))
    if len(devices) > 1:
        blocks.append(
            Warning(
                f"The runs were made on several devices: {', '.join(devices)}. The "
                "same seed gives the same bits on one kind of device only."
            )
        )
    elif devices:
        blocks.append(Text(f"Device: {next(iter(devices))}."))
    if about := study.about:
        facts = "; ".join(f"{name} {value}" for name, value in about.platform.items())
        blocks.append(Text(f"Platform: {facts}."))
    blocks.append(_versions_table(runs))
    folder = shlex.quote(shown_path(study.folder))
    commands = [f"python -m experiments.report --workdir={folder}"]
    if about:
        commands.insert(0, shlex.join(about.command))
        planned = {run.name for run in about.runs}
        if others := [run.name for run in study.runs if run.name not in planned]:
            blocks.append(
                Warning(
                    "The command below is the study's latest, of another grid than "
                    f"these {len(others)} runs, which were begun before: "
                    f"{', '.join(others)}. The command of each is above."
                )
            )
    else:
        blocks.append(
            Text("The runs were trained one by one; the command of each is above.")
        )
    blocks += [
        Text(
            "The same command again goes on with what is missing, and the report is "
            "made from what is there:"
        ),
        Listing(commands, code=True),
    ]
    return Section("environment", "The environment", blocks)


def _values(versions: Iterable[Mapping[str, str]]) -> dict[str, Counter[str]]:
    """Library -> version -> number of runs."""
    values: dict[str, Counter[str]] = {}
    for found in versions:
        for name, version in found.items():
            values.setdefault(name, Counter())[version] += 1
    return values


def _versions_table(runs: Mapping[str, Mapping[str, int]]) -> Table:
    own = library_versions(_OWN)
    return Table(
        "versions",
        "Versions of Python and of the libraries: of the runs, and of this page.",
        ["library", "runs", "page"],
        [
            [Cell(name), Cell(", ".join(runs.get(name, "-"))), Cell(own.get(name, "-"))]
            for name in dict.fromkeys([*runs, *own])
        ],
    )
