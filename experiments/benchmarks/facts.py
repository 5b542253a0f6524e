"""Facts that a measurement is nothing without: machine, versions, revision, data."""

import importlib.util
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from experiments.benchmarks.bench import Bench
from serjax.config import PATHS
from serjax.data.splits import PARTS
from serjax.training.devices import describe_device, select_platform
from serjax.versions import OF_A_RESULT, library_versions


def gather_facts(bench: Bench) -> dict[str, Any]:
    """Say where and on what `bench` is measured; no path is in it."""
    config, dataset = bench.config, bench.dataset
    twins = ["torch"] if importlib.util.find_spec("torch") else []
    hidden = (*PATHS, "workdir", "cache_dir")
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        "revision": _ask("git describe --always --exclude=* --abbrev=12 --dirty=+"),
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "processor": _ask("grep --max-count=1 model.name /proc/cpuinfo"),
            "cores": os.cpu_count(),
            # Huge pages: a fifth of a step's time (serjax/huge_pages.py).
            "glibc_tunables": os.environ.get("GLIBC_TUNABLES", ""),
        },
        "load_average": os.getloadavg()[0],
        "device": describe_device(select_platform(config.run.platform)),
        "versions": library_versions((*OF_A_RESULT, *twins)),
        "quick": bench.quick,
        "twin": bench.twin,
        "data": {
            "identity": dataset.identity,
            "corpora": sorted({utterance.corpus for utterance in dataset.utterances}),
            "utterances": {part: len(dataset.rows(part)) for part in PARTS},
        },
        "settings": {k: v for k, v in config.to_flat().items() if k not in hidden},
    }


def _ask(command: str) -> str:
    """What a command prints, in this folder; `unknown` where it cannot be had."""
    given = {"cwd": Path(__file__).parent, "capture_output": True, "text": True}
    try:
        return subprocess.run(command.split(), check=True, **given).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
