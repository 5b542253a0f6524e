"""How every figure is drawn: matplotlib, to SVG that fits light and dark pages."""

import contextlib
import io
import itertools
import re
import warnings
from collections.abc import Iterable
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas

from serjax.methods import BASELINE, METHODS, MIXED, order_approaches

# Okabe and Ito's palette, for all kinds of colour vision, without its yellow and black,
# which vanish on one of the two pages.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#8c8c8c")
_INK = "#010203"  # stands for the page's own colour of text until the end

# Black and white text contrast with a background of this luminance alike (WCAG 2).
_MIDDLE_LUMINANCE = 0.179

_STYLE: dict[Any, Any] = {
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "legend.framealpha": 0.0,
    "legend.labelcolor": _INK,
    "font.sans-serif": ["DejaVu Sans"],  # one name, since every word repeats them
    "font.size": 9,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "serjax",  # the same figure is the same file
    "text.color": _INK,
    "text.parse_math": False,  # a dollar in a name is a dollar
    "xtick.color": _INK,
    "ytick.color": _INK,
}
_MARKERS = "os^DvPX*"


def marks_of(approaches: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Colour and marker of each approach, the same in every figure of a study.

    serjax's have theirs by the order of their records; a user's own come after.
    """
    names = dict.fromkeys((*METHODS, MIXED, *order_approaches(approaches)))
    names.pop(BASELINE, None)
    colours, markers = itertools.cycle(COLOURS[:-1]), itertools.cycle(_MARKERS)
    marks = dict(zip(names, zip(colours, markers, strict=False), strict=False))
    return {BASELINE: (COLOURS[-1], "D"), **marks}


def style() -> contextlib.AbstractContextManager[None]:
    """Enter the style in which figures are made, with a `with` statement."""
    return mpl.rc_context(_STYLE)


def to_svg(canvas: Canvas, cut: bool = True) -> str:
    """Render a figure, made in `style()`, as an `<svg>` that scales with the page.

    To `cut` off empty edges it is laid out twice.
    """
    FigureCanvasSVG(canvas)
    output = io.StringIO()
    box = "tight" if cut else None
    with style(), warnings.catch_warnings():
        # Words stay words in the SVG: the reader's fonts draw them.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        canvas.savefig(output, format="svg", metadata={"Date": None}, bbox_inches=box)
    svg = output.getvalue()
    svg = svg[svg.index("<svg") :].replace(_INK, "currentColor")
    svg = shorten_numbers(svg, "d|x|y")
    # The page decides the size; the viewBox keeps the proportions.
    return re.sub(r' (?:width|height)="[\d.]+pt"', "", svg, count=2)


def readable_on(colour: np.ndarray) -> str:
    """Give the colour of words on a ground, float[3 or 4] of 0 to 1: black or white."""
    linear = np.where(
        colour[:3] <= 0.04045, colour[:3] / 12.92, ((colour[:3] + 0.055) / 1.055) ** 2.4
    )
    luminance = linear @ (0.2126, 0.7152, 0.0722)
    return "black" if luminance > _MIDDLE_LUMINANCE else "white"


def shorten_numbers(svg: str, attributes: str) -> str:
    """Cut those of some attributes, `d|x|y`, to a hundredth: as fine as can be seen."""
    return re.sub(
        rf' (?:{attributes})="[^"]*"',
        lambda it: re.sub(r"(\.\d\d)\d+", r"\1", it[0]),
        svg,
    )
