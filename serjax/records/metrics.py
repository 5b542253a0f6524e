"""metrics.jsonl: a line per epoch, appended."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from serjax.json_files import check_json, parse_json
from serjax.records.record import Count, Number

METRICS = "metrics.jsonl"


class _Epoch(msgspec.Struct):
    """What every line has; the other numbers follow from the attributes."""

    epoch: Count
    alpha: Number


def append_metrics(folder: Path, line: Mapping[str, Any]) -> None:
    """Append one epoch; a norm that overflowed is null, as JSON is."""
    record = {k: it if math.isfinite(it) else None for k, it in line.items()}
    with (folder / METRICS).open("a") as file:
        file.write(json.dumps(record) + "\n")


def count_lines(folder: Path) -> int:
    """Count the lines that are whole, which are epochs; 0 without a file."""
    path = folder / METRICS
    return path.read_bytes().count(b"\n") if path.exists() else 0


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """Read the lines that are whole: numbers by name, or None; `epoch`, `alpha`.

    Raises:
      ValueError: a line is something else; with its number.
    """
    path = folder / METRICS
    content = path.read_bytes() if path.exists() else b""
    lines = []  # but the last, which is empty or half written
    for number, text in enumerate(content.split(b"\n")[:-1], 1):
        where = f"{path} line {number}"
        lines.append(parse_json(text, where))
        check_json(lines[-1], dict[str, Number | None], where)
        check_json(lines[-1], _Epoch, where)
    return lines
