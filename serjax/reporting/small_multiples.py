"""Small panels of curves and of matrices as plain SVG, side by side.

A study has hundreds of them: matplotlib takes 0.1 s and 8 kB for each, this a hundredth
of the time and a tenth of the bytes.
"""

import dataclasses
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from markupsafe import escape

from serjax.reporting.drawing import readable_on

_MOST_POINTS = 40  # of a line: about as fine as can be seen
_LETTER = 4.4  # the width of one at this size
_Map = Callable[[Any], Any]
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 8, 26, 22


@dataclasses.dataclass(frozen=True, eq=False)
class Line:
    """A number per epoch, float[epochs], NaN where none is drawn; or one for all.

    Attributes:
      name: in the legend; '' for none.
      is_dashed: a level to compare with.
      dot: the index of a point that is marked.
      is_thin: one of many.
    """

    values: np.ndarray
    colour: str
    name: str = ""
    is_dashed: bool = False
    dot: int | None = None
    is_thin: bool = False


@dataclasses.dataclass(frozen=True, eq=False)
class Panel:
    """Lines on one pair of axes; the limits are the lines' where there are none."""

    title: str
    lines: Sequence[Line]
    limits: tuple[float, float] | None = None
    is_log: bool = False


def draw_panels(panels: Sequence[Panel], across: int, width: int, height: int) -> str:
    """Draw panels of a size in points, so many side by side, as an `<svg>`."""
    parts = []
    for index, panel in enumerate(panels):
        x, y = index % across * width, index // across * height
        drawn = _panel(panel, width - _LEFT - _RIGHT, height - _TOP - _BOTTOM)
        parts.append(f'<g transform="translate({x} {y})">{drawn}</g>')
    rows = -(-len(panels) // across)
    return frame(parts, width * min(across, len(panels)), height * rows)


def frame(parts: Iterable[str], width: float, height: float) -> str:
    """Put drawn parts into an `<svg>` of a size in points."""
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" version="1.1" '
        'xmlns="http://www.w3.org/2000/svg"><g fill="currentColor" '
        'font-family="DejaVu Sans, sans-serif" font-size="8">'
        f"{''.join(parts)}</g></svg>"
    )


def words(x: float, y: float, text: str, more: str = "") -> str:
    """Write text whose line begins at a point."""
    return f'<text x="{x:.0f}" y="{y:.0f}"{more}>{escape(text)}</text>'


def draw_matrix(
    x: float, y: float, cell: float, values: np.ndarray, texts: Sequence[list[str]]
) -> str:
    """Draw float[rows, columns], 0 to 1, as blue cells, with lines of text in each."""
    parts = []
    for (row, column), value in np.ndenumerate(np.nan_to_num(values)):
        left, top = x + column * cell, y + row * cell
        strength = np.array([1 - 0.97 * value, 1 - 0.72 * value, 1 - 0.42 * value])
        colour = "#" + "".join(f"{round(255 * it):02x}" for it in strength)
        parts.append(
            f'<rect x="{left:.0f}" y="{top:.0f}" width="{cell:.0f}" '
            f'height="{cell:.0f}" fill="{colour}"/>'
        )
        lines = texts[row][column].split("\n")
        ink = f' text-anchor="middle" fill="{readable_on(strength)}" font-size="7"'
        start = top + cell / 2 + 3 - 4.5 * (len(lines) - 1)
        for number, text in enumerate(lines):
            parts.append(words(left + cell / 2, start + 9 * number, text, ink))
    return "".join(parts)


def _panel(panel: Panel, width: int, height: int) -> str:
    arrays = [_scaled(line.values, panel.is_log) for line in panel.lines]
    low, high = _limits(panel, arrays)
    num = max((len(it) for it in arrays if it.ndim), default=1)

    def across(index: Any) -> Any:
        return _LEFT + width * (index + 0.5) / num

    def up(value: Any) -> Any:
        return _TOP + height * (high - value) / (high - low)

    parts = [words(_LEFT, 9, panel.title)]
    axes = f"M{_LEFT} {_TOP}v{height}h{width}"
    for value in _ticks(low, high, panel.is_log):
        text = f"{10**value if panel.is_log else value:.4g}"
        end = ' text-anchor="end" font-size="7"'
        parts.append(words(_LEFT - 4, up(value) + 2.5, text, end))
        axes += f"M{_LEFT} {up(value):.1f}h-2"
    for epoch in sorted({1, (num + 1) // 2, num}):
        is_last = epoch == num > 1
        end = f' text-anchor="{"end" if is_last else "middle"}" font-size="7"'
        place = across(epoch - 1) + 6 * is_last
        text = f"epoch {epoch}" if is_last else str(epoch)
        parts.append(words(place, _TOP + height + 11, text, end))
        axes += f"M{across(epoch - 1):.1f} {_TOP + height}v2"
    pen = 'fill="none" stroke="currentColor" stroke-width=".7"'
    parts.append(f'<path d="{axes}" {pen}/>')
    start, paths, dots = float(_LEFT), {}, []
    for line, values in zip(panel.lines, arrays, strict=True):
        levels = values if values.ndim else np.full(num, values)
        # Lines that look alike are one path, and those that are alike one of them.
        pen = (line.colour, line.is_thin or line.is_dashed, line.is_dashed)
        paths.setdefault(pen, {})[_path(line, levels, across, up)] = None
        dot = 0 if num == 1 and not line.is_dashed else line.dot  # else unseen
        if dot is not None and math.isfinite(levels[dot]):
            place = f'cx="{across(dot):.0f}" cy="{up(levels[dot]):.0f}"'
            dots.append(f'<circle {place} r="2" fill="{line.colour}"/>')
        if line.name:
            parts.append(words(start, 19, line.name, f' fill="{line.colour}"'))
            start += _LETTER * len(line.name) + 8
    for (colour, is_thin, is_dashed), found in paths.items():
        pen = f'stroke="{colour}" stroke-width="{0.6 if is_thin else 1.2}"'
        dashes = ' stroke-dasharray="4 2"' * is_dashed
        parts.append(f'<path d="{"".join(found)}" fill="none" {pen}{dashes}/>')
    return "".join([*parts, *dots])


def _path(line: Line, levels: np.ndarray, across: _Map, up: _Map) -> str:
    num = len(levels)
    kept = np.linspace(0, num - 1, min(num, _MOST_POINTS)).round().astype(int)
    if line.is_dashed:
        kept = kept[[0, -1]]
    kept = kept[np.isfinite(levels[kept])]
    if not len(kept):
        return ""
    places = np.stack([across(kept), up(levels[kept])], axis=1).round().astype(int)
    steps = np.diff(places, axis=0).tolist()
    first = f"M{places[0, 0]} {places[0, 1]}" + "l" * bool(steps)
    return first + " ".join(f"{x} {y}".replace(" -", "-") for x, y in steps)


def _scaled(values: np.ndarray, is_log: bool) -> np.ndarray:
    values = np.asarray(values, float)
    if not is_log:
        return values
    # Zero has no place on a logarithmic axis.
    return np.log10(np.where(values > 0, values, np.nan))


def _limits(panel: Panel, arrays: Sequence[np.ndarray]) -> tuple[float, float]:
    if panel.limits:
        return panel.limits
    known = np.concatenate([np.ravel(it) for it in arrays])
    known = known[np.isfinite(known)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    margin = 0.05 * (high - low) or 0.5
    return float(low - margin), float(high + margin)


def _ticks(low: float, high: float, is_log: bool) -> list[float]:
    """Three to six round numbers between; of logarithms 1, 2 and 5 of each decade."""
    if is_log:
        steps = (1, 2, 5) if high - low < 2 else (1,)
        decades = range(math.floor(low), math.ceil(high) + 1)
        found = [decade + math.log10(step) for decade in decades for step in steps]
        return [it for it in found if low <= it <= high]
    raw = (high - low) / 3
    step = 10.0 ** math.floor(math.log10(raw))
    step *= max(it for it in (1, 2, 5) if it * step <= raw * 1.0001)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(number * step, 10) for number in range(first, last + 1)]
