"""The figure of probes: how far above chance, per attribute and approach."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure as Canvas

from serjax.analysis.statistics import mean_interval
from serjax.reporting.drawing import COLOURS, marks_of, style, to_svg
from serjax.reporting.elements import Figure
from serjax.reporting.formatting import FEW_SEEDS


def probe_figure(
    name: str, points: Mapping[str, Mapping[str, Sequence[float]]], rows: str
) -> Figure:
    """Draw attribute -> approach -> points above chance, one per seed, of some rows."""
    approaches = list(dict.fromkeys(a for each in points.values() for a in each))
    marks = marks_of(approaches)
    shifts = 0.16 * (np.arange(len(approaches)) - (len(approaches) - 1) / 2)
    words = []  # baseline: corpus +4.1, speaker +2.0
    with style():
        canvas = Canvas(figsize=(7.0, 3.2), layout="constrained")
        axes = canvas.subplots()
        axes.axhline(0, linewidth=0.8, color=COLOURS[-1])
        for approach, shift in zip(approaches, shifts, strict=True):
            found = {
                place: mean_interval(each[approach])
                for place, each in enumerate(points.values())
                if approach in each
            }
            axes.errorbar(
                np.array([*found]) + shift,
                np.array([it.mean for it in found.values()], float),
                [
                    np.ptp(it.interval) / 2 if it.n >= FEW_SEEDS and it.interval else 0
                    for it in found.values()
                ],
                fmt=marks[approach][1],
                markersize=5,
                capsize=2,
                color=marks[approach][0],
                label=approach,
            )
            means = [
                f"{name} {np.mean(each[approach]):+z.1f}"
                for name, each in points.items()
                if approach in each
            ]
            words.append(f"{approach}: {', '.join(means)}")
        axes.set_xticks(range(len(points)), list(points))
        axes.set_ylabel("balanced accuracy\nabove chance (points)")
        canvas.legend(loc="outside upper center", ncols=4)
    return Figure(
        name,
        f"What a fresh probe finds {rows}, at the last epoch: of each approach "
        "the runs that were trained on the attribute (of emotion: all), averaged over "
        "attribute sets. Bars: 95 % t interval over seeds, of five seeds or more.",
        f"Points above chance. {'; '.join(words)}.",
        to_svg(canvas),
    )
