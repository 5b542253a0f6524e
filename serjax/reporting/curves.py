"""A run's curves: losses, validation, alpha, attributes and gradients, by epoch."""

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import LogLocator, MaxNLocator, StrMethodFormatter

from serjax.analysis.curves import Curves, attribute_curves, curve
from serjax.methods import MIXED
from serjax.records.folder import Run
from serjax.reporting.drawing import COLOURS, style, to_svg
from serjax.reporting.elements import Figure

_PER_ROW = 3
# Of a panel, in inches. Placed by hand: there are many runs, and to find a layout takes
# matplotlib twice as long as to draw.
_WIDTH, _HEIGHT = 3.0, 2.1
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.48, 0.12, 0.26, 0.4
_DASHED = {"linestyle": "--", "linewidth": 0.9, "marker": ""}
_LINES: dict[Any, Any] = {"lines.linewidth": 1.2, "font.size": 8, "legend.fontsize": 7}


def run_curves(run: Run) -> Figure | None:
    """Draw what metrics.jsonl has of a run; None before its first epoch is done.

    Panels whose numbers a run does not have (an older one's gradients, a baseline's
    attributes) are left out.
    """
    if not run.metrics:
        return None
    attributes = {name: attribute_curves(run, name) for name in run.attributes}
    panels = [_losses, _validation]
    if attributes:
        panels += [_alpha, _cross_entropies, _accuracies]
    if "encoder_grad_norm" in run.metrics[-1]:
        panels.append(_gradients)
    num_rows = -(-len(panels) // _PER_ROW)
    # A lone epoch is a point; a line of one point cannot be seen.
    marker = "." if len(run.metrics) == 1 else "None"
    with style(), mpl.rc_context({**_LINES, "lines.marker": marker}):
        size = _PER_ROW * _WIDTH, num_rows * _HEIGHT
        canvas = Canvas(figsize=size)
        for index, draw in enumerate(panels):
            axes = canvas.add_axes(_place(index, size))
            draw(axes, run, attributes)
            axes.set_xlim(0.5, len(run.metrics) + 0.5)
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            if axes.get_yscale() == "linear":
                axes.yaxis.set_major_locator(MaxNLocator(4))
            axes.set_xlabel("epoch")
    return Figure(
        f"curves-{run.name.replace('/', '-')}",
        f"{run.name}, epochs 1 to {len(run.metrics)}. A dot: the best epoch by "
        "validation UA. Dashed: chance, that is, what one who knows only how often "
        "each value occurs would have.",
        _describe(run, attributes),
        to_svg(canvas, cut=False),
    )


def _place(index: int, size: tuple[float, float]) -> tuple[float, float, float, float]:
    """Left, bottom, width and height of a panel's axes, as shares of the figure."""
    row, column = divmod(index, _PER_ROW)
    width, height = size
    return (
        (column * _WIDTH + _LEFT) / width,
        1 - ((row + 1) * _HEIGHT - _BOTTOM) / height,
        (_WIDTH - _LEFT - _RIGHT) / width,
        (_HEIGHT - _TOP - _BOTTOM) / height,
    )


def _losses(axes: Axes, run: Run, attributes: Mapping[str, Curves]) -> None:
    epochs = _epochs(run)
    axes.plot(epochs, curve(run, "emotion_loss"), color=COLOURS[0], label="emotion")
    if attributes:  # A baseline's objective is emotion's loss.
        axes.plot(epochs, curve(run, "train_loss"), color=COLOURS[6], label="objective")
        axes.legend()
    axes.set_title("Training loss, nats")


def _validation(axes: Axes, run: Run, attributes: Mapping[str, Curves]) -> None:
    epochs, ua = _epochs(run), curve(run, "valid_ua")
    best = int(np.argmax(ua))
    axes.plot(epochs, ua, color=COLOURS[0])
    axes.plot(epochs[best], ua[best], "o", markersize=4, color=COLOURS[1])
    axes.axhline(100 / len(run.config.classes), color=COLOURS[6], **_DASHED)
    axes.set_title(f"Validation UA, %; best {ua[best]:.1f}, epoch {best + 1}")


def _alpha(axes: Axes, run: Run, attributes: Mapping[str, Curves]) -> None:
    is_mixed = run.approach == MIXED  # else all have the same
    for colour, (name, curves) in zip(COLOURS, attributes.items(), strict=False):
        colour = colour if is_mixed else COLOURS[6]
        axes.plot(_epochs(run), curves.strength, color=colour, label=name)
    if is_mixed:
        axes.legend()
    axes.set_ylim(0, 1)
    axes.set_title("alpha")


def _cross_entropies(axes: Axes, run: Run, attributes: Mapping[str, Curves]) -> None:
    # As shares, a speaker's 4 nats and a gender's 0.7 are read on one axis. An older
    # run did not note the priors.
    known = not any(np.isnan(curves.prior) for curves in attributes.values())
    for colour, (name, curves) in zip(COLOURS, attributes.items(), strict=False):
        loss = curves.loss / curves.prior if known else curves.loss
        axes.plot(_epochs(run), loss, color=colour, label=name)
    if known:
        axes.axhline(1, color=COLOURS[6], **_DASHED)
    axes.legend()
    axes.set_title(f"Cross-entropy{' / prior entropy' if known else ', nats'}")


def _accuracies(axes: Axes, run: Run, attributes: Mapping[str, Curves]) -> None:
    for colour, (name, curves) in zip(COLOURS, attributes.items(), strict=False):
        axes.plot(_epochs(run), curves.accuracy, color=colour, label=name)
        axes.axhline(curves.chance, color=colour, **_DASHED)
    axes.set_ylim(0, 102)
    axes.legend()
    axes.set_title("Attributes' accuracy, %")


def _gradients(axes: Axes, run: Run, attributes: Mapping[str, Curves]) -> None:
    norms = {"encoder": curve(run, "encoder_grad_norm")}
    norms |= {name: curves.norms for name, curves in attributes.items()}
    colours = COLOURS[6], *COLOURS[:6]
    for colour, (name, values) in zip(colours, norms.items(), strict=False):
        # Zero, as a reversed head's at alpha 0, has no place on a logarithmic axis.
        shown = np.where(values > 0, values, np.nan)
        axes.plot(_epochs(run), shown, color=colour, label=name)
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    # Within two decades the powers of ten would be too few to read from.
    steps = (1.0, 2.0, 5.0) if high < 100 * low else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(subs=steps))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.minorticks_off()
    axes.legend()
    axes.set_title("Norms of gradients")


def _epochs(run: Run) -> np.ndarray:
    return np.arange(1, len(run.metrics) + 1)


def _describe(run: Run, attributes: Mapping[str, Curves]) -> str:
    ua, loss = curve(run, "valid_ua"), curve(run, "emotion_loss")
    best = int(np.argmax(ua))
    sentences = [
        f"Emotion's loss goes from {loss[0]:.3f} to {loss[-1]:.3f} nats. Validation UA "
        f"is best in epoch {best + 1} with {ua[best]:.1f} %, and {ua[-1]:.1f} % in the "
        "last."
    ]
    for name, curves in attributes.items():
        known = not np.isnan(curves.prior)
        prior = f" beside a prior of {curves.prior:.3f}" if known else ""
        sentences.append(
            f"The cross-entropy of {name} goes from {curves.loss[0]:.3f} to "
            f"{curves.loss[-1]:.3f}{prior}, its accuracy to "
            f"{curves.accuracy[-1]:.1f} % beside a chance of {curves.chance:.1f} %."
        )
    return " ".join(sentences)
