"""What growth costs: time and memory against the data's size and the attributes.

Each point is a run of its own process, so that its peak memory is its own.
"""

import dataclasses
import itertools
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.benchmarks.bench import Bench
from experiments.benchmarks.fresh import run_fresh
from experiments.benchmarks.memory import peak_mb, resident_mb
from experiments.benchmarks.resize import repeat, thin
from experiments.benchmarks.row import Row
from serjax.config import Config
from serjax.data import load_dataset

# A twentieth more than linear is what a machine's clock and caches may add.
DATA_BAR = 1.05

# A smaller model than the paper's: what grows is the data, not the layers.
_MODEL = {
    "conv_features": (64, 64, 64),
    "lstm_features": 64,
    "batch_size": 32,
    "num_buckets": 2,
}


def measure(bench: Bench) -> list[Row]:
    """Measure 1, 2, 4, 8 times the data, and 1 to 4 attributes."""
    num_rows, multiples = (40, (1, 2)) if bench.quick else (500, (1, 2, 4, 8))
    config = bench.config.replace(**_MODEL, patience=0, checkpoint_every_s=1e9)
    names = tuple(bench.dataset.attributes)[: 2 if bench.quick else 4]

    def points(of: str, at: Sequence[int]) -> list[dict[str, Any]]:
        found = []
        for number in at:
            bench.progress(f"growth: {of} {number}")
            times, chosen = (number, ()) if of == "data" else (1, names[:number])
            run = config.replace(
                approach="multitask" if chosen else "baseline",
                attributes=chosen,
                # Short epochs need more of them for a least time that can be trusted.
                epochs=2 if bench.quick else max(4, 12 // times),
                workdir=str(bench.scratch / f"growth-{of}-{number}"),
            )
            found.append(run_fresh(run_once, run, num_rows, times))
        return found

    rows = make_rows("data", multiples, points("data", multiples), DATA_BAR)
    if len(names) > 1:
        at = range(1, len(names) + 1)
        rows += make_rows("attributes", at, points("attributes", at), 1.0)
    return rows


def run_once(config: Config, num_rows: int, times: int) -> dict[str, Any]:
    """Train on a share of the data, repeated, with just the attributes chosen.

    Returns:
      `utterances` and `feature_mb` of the data; `epoch_s`, the least wall time of an
      epoch after the first, validation included; `resident_mb` before the data came,
      `peak_mb` of the whole run.
    """
    from serjax.training import train

    before = resident_mb()
    dataset = repeat(thin(load_dataset(config, progress=False), num_rows), times)
    # A head less for each attribute less: all others of the data set go.
    chosen = config.training.attributes
    kept = {name: dataset.attributes[name] for name in chosen}
    dataset = dataclasses.replace(dataset, attributes=kept)
    ends = []

    def report(line: str) -> None:
        if line.startswith("epoch"):
            ends.append(time.perf_counter())

    train(config, dataset, report)
    return {
        "utterances": len(dataset.labels),
        "feature_mb": dataset.store.frames.nbytes / 1e6,
        "epoch_s": min(b - a for a, b in itertools.pairwise(ends)),
        "resident_mb": before,
        "peak_mb": peak_mb(),
    }


def make_rows(
    of: str, at: Sequence[int], points: Sequence[dict[str, Any]], bar: float
) -> list[Row]:
    """Rows of time and memory: the last point over the first, over what linear is."""
    unit = "times the data" if of == "data" else "attributes"
    rows = []
    for measure, key in (("time per epoch", "epoch_s"), ("peak memory", "peak_mb")):
        values = [point[key] for point in points]
        rows.append(
            Row(
                section="growth",
                what=f"{measure} at {at[-1]} {unit}",
                value=values[-1] / values[0] / (at[-1] / at[0]),
                unit="of linear",
                bar=bar,
                details={
                    "figure": "last point / first point, over the same of a line",
                    "measure": measure,
                    "measure_unit": "s" if key == "epoch_s" else "MB",
                    "of": of,
                    "at": list(at),
                    "values": values,
                    "points": list(points),
                },
            )
        )
    return rows


def draw_growth(rows: Sequence[Row], path: Path) -> None:
    """Draw the growth rows: one panel for the data's size, one for the attributes.

    Args:
      rows: of any sections; those of 'growth' are drawn.
      path: of the figure; its ending is the format, .png or .svg.

    Raises:
      ValueError: no row is of 'growth'.
    """
    drawn = [row for row in rows if row.section == "growth"]
    if not drawn:
        raise ValueError("draw_growth: no row is of section 'growth'.")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    labels = {
        "data": f"data (1 is {_utterances(drawn)} utterances)",
        "attributes": "attributes learnt, as multitask (number)",
    }
    figure = Figure(figsize=(9, 4), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (of, label) in zip(figure.subplots(1, 2), labels.items(), strict=True):
        for row in drawn:
            if row.details["of"] != of:
                continue
            at, values = row.details["at"], row.details["values"]
            first = f"1 is {values[0]:.3g} {row.details['measure_unit']}"
            relative = [value / values[0] for value in values]
            name = f"{row.details['measure']} ({first})"
            axes.plot(at, relative, marker="o", label=name)
            axes.plot(at, at, "--", color="grey", label="_linear")
            axes.set_xticks(at)
        axes.plot([], [], "--", color="grey", label="linear")
        axes.set_xlabel(label)
        axes.set_ylabel("times that of the first point")
        axes.set_ylim(bottom=0)
        axes.legend()
    figure.savefig(path, dpi=150)


def _utterances(rows: Sequence[Row]) -> int:
    return rows[0].details["points"][0]["utterances"]
