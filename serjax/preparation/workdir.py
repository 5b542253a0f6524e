"""The folder that `prepare` writes to: what it may overwrite, and the settings."""

from pathlib import Path

from serjax.config import Config
from serjax.files import write_json
from serjax.paths import expand
from serjax.records.run_config import AnyConfig
from serjax.versions import library_versions

TABLES = (
    "manifest.csv",
    "skipped.csv",
    "confounds.csv",
    "giveaways.csv",
    "duplicates.csv",
)
"""What `prepare` writes beside config.json."""

_RUNS = ("result.json", "metrics.jsonl", "results.jsonl", "splits.csv", "checkpoints")
_LIBRARIES = ("numpy", "scipy", "librosa", "soundfile", "soxr")


def check_workdir(workdir: Path, config: Config) -> None:
    """Refuse a folder that holds a run, or a manifest that is read or not ours."""
    for manifest in config.data.manifest:
        given = Path(expand(manifest, "manifest"))
        folder = given if given.is_dir() else given.parent
        if folder.resolve() == workdir.resolve():
            raise ValueError(
                f"--workdir={workdir} is the folder of --manifest={manifest}, which "
                "would be overwritten. Choose another --workdir."
            )
    try:
        kind = AnyConfig.read(workdir).kind
    except (OSError, ValueError):
        kind = ""
    names = ("config.json", *TABLES, *_RUNS)
    there = [name for name in names if (workdir / name).exists()]
    if there and kind != "preparation":
        raise ValueError(
            f"{workdir} holds {there[0]}, which is not of an earlier prepare. Choose "
            "another --workdir."
        )


def write_config(workdir: Path, config: Config, **facts: object) -> None:
    """Write config.json: the settings, what else is to be known, and versions."""
    record = {
        "kind": "preparation",
        "settings": config.to_flat(),
        **facts,
        "versions": library_versions(_LIBRARIES),
    }
    write_json(workdir / "config.json", record)
