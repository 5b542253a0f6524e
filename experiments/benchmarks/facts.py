"""Facts that a measurement is nothing without: machine, versions, revision, data."""

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from experiments.benchmarks.bench import Bench
from serjax.config import PATHS

_PACKAGES = ("jax", "jaxlib", "flax", "optax", "numpy", "librosa", "torch")


def gather_facts(bench: Bench) -> dict[str, Any]:
    """Say where and on what `bench` is measured; no path is in it."""
    from serjax.training.devices import describe_device, select_platform

    config, dataset = bench.config, bench.dataset
    settings = config.to_flat()
    for name in (*PATHS, "workdir", "cache_dir"):
        del settings[name]
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        "revision": git_revision(),
        "machine": machine(),
        "load_average": load_average(),
        "device": describe_device(select_platform(config.run.platform)),
        "versions": versions(),
        "quick": bench.quick,
        "twin": bench.twin,
        "data": {
            "synthetic": config.data.is_synthetic,
            "identity": dataset.identity,
            "classes": list(dataset.classes),
            "corpora": sorted({utterance.corpus for utterance in dataset.utterances}),
            "utterances": {
                part: len(dataset.rows(part))
                for part in ("train", "valid", "test", "ood")
            },
        },
        "settings": settings,
    }


def git_revision() -> str:
    """Commit of this source tree, '+' if changed since; 'unknown' outside of git."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(Path(__file__).parent), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no")
        return git("rev-parse", "--short=12", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def machine() -> dict[str, Any]:
    """What decides how fast this machine is, as far as it can be told."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": _memory_gb(),
        "system": f"{platform.system()} {platform.machine()}",
        # Huge pages: a fifth of a step's time (serjax/huge_pages.py).
        "glibc_tunables": os.environ.get("GLIBC_TUNABLES", ""),
    }


def load_average() -> float:
    """Processes that ran or waited to run in the last minute; 0 where nothing tells."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def versions() -> Mapping[str, str | None]:
    """Versions of Python and of what matters for speed; None if not installed."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.processor()


def _memory_gb() -> float | None:
    try:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
    return round(1e-9 * pages * size, 1)
