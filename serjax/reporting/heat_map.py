"""The heat map: every difference from the baseline, a panel for each part."""

import dataclasses
import io
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

from serjax.reporting.drawing import COLOURS, readable_on, style, to_svg
from serjax.reporting.formatting import DIFFERENCE

# Orange below, blue above: told apart with every kind of colour vision, and in print.
_COLOURS = LinearSegmentedColormap.from_list(
    "differences", [COLOURS[1], "#f7f7f7", COLOURS[0]]
)
_LEAST_SCALE = 2.0  # points: smaller differences stay pale
# In inches. Placed by hand: that is faster than to find a layout.
_CELL, _LINE, _HEAD, _GAP, _WIDTH = 0.52, 0.24, 0.3, 0.2, 9.4
_PER_LETTER = 0.075
_DPI = 200


@dataclasses.dataclass(frozen=True)
class Panel:
    """One part: (approach, set) -> the difference in points, and what is marked."""

    title: str
    differences: Mapping[tuple[str, str], float]
    marked: frozenset[tuple[str, str]]


def draw_heat_map(panels: Sequence[Panel]) -> tuple[str, dict[str, bytes]]:
    """Draw panels; return the SVG, and a PNG and a PDF on white by their suffix."""
    names = list(dict.fromkeys(name for it in panels for name in it.differences))
    approaches = list(dict.fromkeys(approach for approach, _ in names))
    sets = list(dict.fromkeys(set_name for _, set_name in names))
    values = [abs(it) for panel in panels for it in panel.differences.values()]
    scale = max(_LEAST_SCALE, *values)
    left = _PER_LETTER * max(map(len, approaches)) + 0.1
    below = max(_LINE, 0.6 * _PER_LETTER * max(map(len, sets)))
    longest = max(len(panel.title) for panel in panels)
    width = max(left + _CELL * len(sets), 0.9 * _PER_LETTER * longest) + _GAP
    across = max(1, min(len(panels), int(_WIDTH // width)))
    height = _HEAD + _LINE * len(approaches) + _GAP / 2
    rows = -(-len(panels) // across)
    size = width * across, height * rows + below
    with style():
        canvas = Canvas(figsize=size)
        for index, panel in enumerate(panels):
            row, column = divmod(index, across)
            place = (
                (column * width + left) / size[0],
                1 - (row * height + _HEAD + _LINE * len(approaches)) / size[1],
                _CELL * len(sets) / size[0],
                _LINE * len(approaches) / size[1],
            )
            axes = canvas.add_axes(place)
            _draw(axes, panel, approaches, sets, scale)
            axes.tick_params(axis="x", labelbottom=index + across >= len(panels))
            axes.set_title(
                panel.title, loc="left", fontsize=9, x=-left / _CELL / len(sets)
            )
    return to_svg(canvas, cut=False), _files(canvas)


def _draw(
    axes: Axes,
    panel: Panel,
    approaches: Sequence[str],
    sets: Sequence[str],
    scale: float,
) -> None:
    for name, difference in panel.differences.items():
        place = sets.index(name[1]), approaches.index(name[0])
        is_marked = name in panel.marked
        colour = np.array(_COLOURS(0.5 + difference / scale / 2))
        corner = place[0] - 0.47, place[1] - 0.45
        box = Rectangle(corner, 0.94, 0.9, facecolor=colour, linewidth=0)
        axes.add_patch(box)
        if is_marked:
            box.set(edgecolor=mpl.rcParams["text.color"], linewidth=1.5)
        axes.text(
            *place,
            format(difference, DIFFERENCE) + "*" * is_marked,
            ha="center",
            va="center",
            fontsize=8,
            fontweight="bold" if is_marked else "normal",
            color=readable_on(colour),
        )
    slanted = {"rotation": 30, "ha": "right"} if max(map(len, sets)) > 8 else {}
    axes.set_xticks(range(len(sets)), sets, **slanted)
    axes.set_yticks(range(len(approaches)), approaches)
    axes.tick_params(length=0, labelsize=7.5)
    axes.spines[:].set_visible(False)
    axes.set_xlim(-0.5, len(sets) - 0.5)
    axes.set_ylim(len(approaches) - 0.5, -0.5)


def _files(canvas: Canvas) -> dict[str, bytes]:
    """The same for slides and papers: on white, the same bits each time."""
    found = {}
    for suffix, backend in ((".png", FigureCanvasAgg), (".pdf", FigureCanvasPdf)):
        backend(canvas)
        output = io.BytesIO()
        metadata = {"CreationDate": None} if suffix == ".pdf" else {"Software": None}
        kinds = {"facecolor": "white", "dpi": _DPI, "metadata": metadata}
        with style():
            canvas.savefig(output, format=suffix[1:], **kinds)
        found[suffix] = output.getvalue()
    return found
