"""How embeddings are drawn in the plane: panels, colours, legends."""

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from serjax.analysis import projection
from serjax.analysis.silhouette import silhouette
from serjax.files import write_csv, write_text
from serjax.reporting.drawing import COLOURS, style, to_svg

_MARKERS = "os^DvPX"
_UNKNOWN = "unknown"
_GREY = COLOURS[-1]
# Colours without the grey, and one marker more: 42 pairs before any comes again.
_HUES = COLOURS[:-1]
_MOST_VALUES = 12  # in a legend
_LONGEST_NAME = 28
_PANEL_INCHES = 2.0
_LEGEND_INCHES = 1.3


@dataclasses.dataclass(frozen=True, eq=False)
class Panel:
    """Rows of an embedding, laid out in the plane.

    Attributes:
      title: whose embedding it is.
      points: float[rows, 2].
      silhouettes: of the rows in the embedding's own space, by attribute: `0.12`, or
        `-` where it has no meaning.
    """

    title: str
    points: np.ndarray
    silhouettes: Mapping[str, str]


def make_panel(
    title: str,
    embeddings: np.ndarray,
    points: np.ndarray,
    columns: Mapping[str, np.ndarray],
) -> Panel:
    """Measure the silhouettes by attribute -> str[rows], `""` where unknown.

    They are of the embeddings, float[rows, embedding]; the points are from `project`.
    """
    by = {name: silhouette(embeddings, values) for name, values in columns.items()}
    texts = {name: "-" if it is None else f"{it:z.2f}" for name, it in by.items()}
    return Panel(title, points, texts)


def draw_projection(
    panels: Sequence[Panel], columns: Mapping[str, np.ndarray]
) -> Canvas:
    """Draw the same rows for each embedding (to the right), by attribute (down)."""
    with style():
        inches = _PANEL_INCHES if len(panels) > 1 else 1.5 * _PANEL_INCHES
        widths = [inches] * len(panels) + [_LEGEND_INCHES]
        size = sum(widths), (inches + 0.2) * len(columns) + 0.3
        # Points are pixels in the SVG: as shapes, thousands of them are megabytes.
        canvas = Canvas(size, dpi=120, layout="constrained")
        shape = len(columns), len(widths)
        axes = canvas.subplots(*shape, squeeze=False, width_ratios=widths)
        for row, (name, values) in zip(axes, columns.items(), strict=True):
            groups = _groups(values)
            for axis, panel in zip(row, panels, strict=False):
                _scatter(axis, panel, groups)
                axis.set_xlabel(f"silhouette {panel.silhouettes[name]}")
            row[0].set_ylabel(f"by {name}")
            _add_legend(row[-1], groups)
        for axis, panel in zip(axes[0], panels, strict=False):  # the last: a legend
            axis.set_title(panel.title, fontsize=9)
    return canvas


def write_projection(
    workdir: Path,
    rows: projection.EmbeddedRows,
    title: str,
    names: Sequence[str],
    max_points: int = projection.MAX_POINTS,
) -> int:
    """Write `tsne.svg` and `tsne.csv`, the rows that are drawn with their places.

    Coloured by columns of the rows, `names`; of each corpus its share is drawn.

    Returns:
      How many rows are drawn.

    Raises:
      ValueError: there is no such column.
    """
    for name in names:
        if name not in rows.columns:
            raise ValueError(
                f"Nothing is known of {name!r} to colour by; these recordings have "
                f"{', '.join(rows.columns)}."
            )
    chosen = projection.choose_points(rows.columns["corpus"], max_points)
    embeddings = rows.embeddings[chosen]
    columns = {name: values[chosen] for name, values in rows.columns.items()}
    points = projection.project(embeddings)
    coloured = {name: columns[name] for name in names}
    panel = make_panel(title, embeddings, points, coloured)
    write_text(workdir / "tsne.svg", to_svg(draw_projection([panel], coloured)))
    places = [rows.files[chosen], rows.starts_s[chosen], *points.T]
    lines = zip(*places, *columns.values(), strict=True)
    write_csv(workdir / "tsne.csv", ["file", "start", "x", "y", *columns], lines)
    return len(chosen)


class _Group(NamedTuple):
    label: str
    colour: str
    marker: str
    rows: np.ndarray


def _groups(values: np.ndarray) -> list[_Group]:
    """Rows by value, each with its colour and its marker; what has no name comes last.

    The most frequent values keep a name where there are too many.
    """
    names, counts = np.unique(values[values != ""], return_counts=True)
    kept = sorted(names[np.argsort(-counts, kind="stable")][:_MOST_VALUES])
    looks = zip(itertools.cycle(_HUES), itertools.cycle(_MARKERS), strict=False)
    groups = [
        _Group(_shortened(str(name)), *look, np.flatnonzero(values == name))
        for name, look in zip(kept, looks, strict=False)
    ]
    rest = ~np.isin(values, [*kept, ""])
    for label, marker, rows in (
        (f"{len(names) - len(kept)} others", ".", np.flatnonzero(rest)),
        (_UNKNOWN, "x", np.flatnonzero(values == "")),
    ):
        if len(rows):
            groups.append(_Group(label, _GREY, marker, rows))
    return groups


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _scatter(axis: Axes, panel: Panel, groups: Sequence[_Group]) -> None:
    area = float(np.clip(4000 / max(len(panel.points), 1), 5, 18))
    for group in groups:
        points = panel.points[group.rows]
        # A rim would be twice as many colours, and bytes; a cross is all rim.
        rim = 0.8 if group.marker == "x" else 0
        axis.scatter(
            *points.T,
            s=area,
            c=group.colour,
            marker=group.marker,
            linewidths=rim,
            alpha=0.7,
            rasterized=True,
        )
    axis.set(xticks=[], yticks=[], box_aspect=1)
    axis.spines[:].set(visible=True, linewidth=0.5)
    if np.ptp(panel.points) == 0 and len(panel.points) > 1:
        text = "all rows are equal"
        axis.text(0.5, 0.6, text, ha="center", transform=axis.transAxes)


def _add_legend(axis: Axes, groups: Sequence[_Group]) -> None:
    """Fill an axis with a legend alone."""
    axis.set_axis_off()
    # Of its own, so that its marks are no pixels and not as small as the points.
    marks = [
        axis.scatter([], [], s=22, c=group.colour, marker=group.marker, linewidths=1)
        for group in groups
    ]
    axis.legend(
        marks,
        [group.label for group in groups],
        loc="center left",
        fontsize=8,
        labelspacing=0.3,
        borderaxespad=0,
        handletextpad=0.2,
    )
