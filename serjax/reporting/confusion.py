"""Confusion matrices, drawn."""

from collections.abc import Sequence

import numpy as np

from serjax.analysis.breakdowns import row_shares
from serjax.reporting.elements import Figure
from serjax.reporting.small_multiples import draw_matrix, frame, words

_CELL = 36  # points
_COLUMNS = 6
_LETTER = 5


def confusion_figure(
    name: str,
    matrices: Sequence[np.ndarray],
    titles: Sequence[str],
    classes: Sequence[str],
    caption: str = "",
    part: str = "",
) -> Figure:
    """Draw confusion matrices side by side, counts and percent of the row in each cell.

    They are int[classes, classes], rows are labels, columns predictions, with a title
    each. How to read them is added to the caption.
    """
    across = min(len(matrices), _COLUMNS)
    size = _CELL * len(classes)
    left, below = _LETTER * max(map(len, classes)) + 8, _LETTER * max(map(len, classes))
    width, height = size + 24, size + 32
    parts = []
    for index, (counts, title) in enumerate(zip(matrices, titles, strict=True)):
        x, y = left + index % across * width, 20 + index // across * height
        for number, line in enumerate(title.split("\n")):
            parts.append(words(x, y - 12 + 9 * number, line))
        parts.append(_matrix(x, y, counts))
        for place, label in enumerate(classes):
            middle = _CELL * (place + 0.5)
            if index % across == 0:
                end = ' text-anchor="end"'
                parts.append(words(x - 4, y + middle + 3, label, end))
            if index + across >= len(matrices):  # below the last row there is nothing
                turn = f' transform="rotate(-45 {x + middle:.0f} {y + size + 8:.0f})"'
                end = f' text-anchor="end"{turn}'
                parts.append(words(x + middle, y + size + 8, label, end))
    rows = -(-len(matrices) // across)
    parts.append(words(2, 9, "label"))
    end = ' text-anchor="end"'
    parts.append(words(left + size, rows * height + below + 6, "predicted", end))
    svg = frame(parts, left + across * width, rows * height + below + 10)
    caption += (
        " Rows are labels, columns predictions; in each cell the count and its percent "
        "of the row, dark for many."
    )
    description = _describe(matrices, titles, classes)
    return Figure(name, caption.strip(), description, svg, part=part)


def _matrix(x: float, y: float, counts: np.ndarray) -> str:
    shares = row_shares(counts)
    texts = [
        [
            f"{count}" + ("" if np.isnan(share) else f"\n{share:.0f} %")
            for count, share in zip(*both, strict=True)
        ]
        for both in zip(counts, shares, strict=True)
    ]
    return draw_matrix(x, y, _CELL, shares / 100, texts)


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
