"""Confusion matrices, drawn."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from serjax.analysis.breakdowns import row_shares
from serjax.reporting.drawing import style, to_svg
from serjax.reporting.elements import Figure

_CELL = 0.5  # inches
_COLUMNS = 4
# Black and white text contrast with a background of this luminance alike (WCAG 2).
_MIDDLE_LUMINANCE = 0.179


def confusion_figure(
    name: str,
    matrices: Sequence[np.ndarray],
    titles: Sequence[str],
    classes: Sequence[str],
    caption: str = "",
) -> Figure:
    """Draw confusion matrices side by side, counts and percent of the row in each cell.

    They are int[classes, classes], rows are labels, columns predictions, with a title
    each. How to read them is added to the caption.
    """
    num_columns = min(len(matrices), _COLUMNS)
    num_rows = -(-len(matrices) // num_columns)
    size = _CELL * len(classes)
    inches = (size + 0.3) * num_columns + 0.9, (size + 0.4) * num_rows + 1.0
    with style():
        canvas = Canvas(figsize=inches, layout="constrained")
        grid = canvas.subplots(
            num_rows, num_columns, sharex=True, sharey=True, squeeze=False
        )
        for axes in grid.flat[len(matrices) :]:
            axes.set_visible(False)
        panels = zip(grid.flat, matrices, titles, strict=False)
        for index, (axes, matrix, title) in enumerate(panels):
            _draw(axes, matrix, title, classes)
            # Below the last row there may be nothing.
            is_lowest = index + num_columns >= len(matrices)
            axes.tick_params(axis="x", labelbottom=is_lowest)
        canvas.supxlabel("predicted", fontsize=9)
        canvas.supylabel("label", fontsize=9)
    caption += (
        " Rows are labels, columns predictions; in each cell the count and its percent "
        "of the row, dark for many."
    )
    description = _describe(matrices, titles, classes)
    return Figure(name, caption.strip(), description, to_svg(canvas))


def _draw(axes: Axes, matrix: np.ndarray, title: str, classes: Sequence[str]) -> None:
    shares = row_shares(matrix)
    colours = mpl.colormaps["Blues"](np.nan_to_num(shares) / 100)
    # Rectangles, not an image: they stay sharp, and print.
    edges = np.arange(len(classes) + 1) - 0.5
    axes.pcolormesh(edges, edges, colours, edgecolors="face", linewidth=0.2)
    for row, column in np.ndindex(*matrix.shape):
        share = shares[row, column]
        percent = "" if np.isnan(share) else f"\n{share:.0f} %"
        axes.text(
            column,
            row,
            f"{matrix[row, column]}{percent}",
            ha="center",
            va="center",
            fontsize=7,
            color=_readable_on(colours[row, column]),
        )
    places = range(len(classes))
    axes.set_xticks(places, classes, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(places, classes)
    axes.tick_params(length=0, labelsize=8)
    axes.set_title(title, fontsize=8)
    axes.set_aspect("equal")
    axes.spines[:].set_visible(False)
    axes.set_ylim(len(classes) - 0.5, -0.5)


def _readable_on(colour: np.ndarray) -> str:
    linear = np.where(
        colour[:3] <= 0.04045, colour[:3] / 12.92, ((colour[:3] + 0.055) / 1.055) ** 2.4
    )
    luminance = linear @ (0.2126, 0.7152, 0.0722)
    return "black" if luminance > _MIDDLE_LUMINANCE else "white"


def _describe(
    matrices: Sequence[np.ndarray], titles: Sequence[str], classes: Sequence[str]
) -> str:
    sentences = []
    for matrix, title in zip(matrices, titles, strict=True):
        recalls = ", ".join(
            f"{name} {share:.0f} %" if share == share else f"{name} none"
            for name, share in zip(classes, np.diag(row_shares(matrix)), strict=True)
        )
        sentences.append(f"{title.replace(chr(10), ' ')}: {recalls}.")
    return "Share of each class that is right. " + " ".join(sentences)
