"""The page's section on what made it: versions, devices, commands."""

import shlex

from serjax.records.folder import StudyFiles
from serjax.reporting import elements
from serjax.reporting.elements import Block, Cell, Text, Warning
from serjax.reporting.formatting import count_values, describe_counts
from serjax.reporting.run_drawers import shown_path
from serjax.versions import library_versions

_OWN = ("jinja2", "matplotlib", "numpy", "scikit-learn", "scipy")


def environment_section(study: StudyFiles) -> elements.Section:
    """Name versions and devices, and give the commands that make all this again."""
    versions = count_values(run.config.versions for run in study.begun)
    devices = dict.fromkeys(run.config.device for run in study.begun)
    blocks: list[Block] = [
        Warning(f"The runs were made with several {name}: {describe_counts(counts)}.")
        for name, counts in versions.items()
        if len(counts) > 1
    ]
    if len(devices) > 1:
        text = (
            f"The runs were made on several devices: {', '.join(devices)}. The "
            "same seed gives the same bits on one kind of device only."
        )
        blocks.append(Warning(text))
    elif devices:
        blocks.append(Text(f"Device: {next(iter(devices))}."))
    if about := study.about:
        facts = "; ".join(f"{name} {value}" for name, value in about.platform.items())
        blocks.append(Text(f"Platform: {facts}."))
    own = library_versions(_OWN)
    rows = [
        [Cell(name), Cell(", ".join(versions.get(name, "-"))), Cell(own.get(name, "-"))]
        for name in dict.fromkeys([*versions, *own])
    ]
    caption = "Versions of Python and of the libraries: of the runs, and of this page."
    heads = ["library", "runs", "page"]
    blocks.append(elements.Table("versions", caption, heads, rows))
    folder = shlex.quote(shown_path(study.folder))
    commands = [f"python -m experiments.report --workdir={folder}"]
    if about:
        commands.insert(0, shlex.join(about.command))
        planned = {run.name for run in about.runs}
        if others := [run.name for run in study.runs if run.name not in planned]:
            text = (
                "The command below is the study's latest, of another grid than "
                f"these {len(others)} runs, which were begun before: "
                f"{', '.join(others)}. The command of each is above."
            )
            blocks.append(Warning(text))
    else:
        text = "The runs were trained one by one; the command of each is above."
        blocks.append(Text(text))
    text = (
        "The same command again goes on with what is missing, and the report is made "
        "from what is there:"
    )
    blocks += [Text(text), elements.Listing(commands, code=True)]
    return elements.Section("environment", "The environment", blocks)
