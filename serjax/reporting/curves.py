"""Runs' curves: losses, validation, alpha, attributes and gradients, by epoch."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from serjax.analysis.curves import Curves, attribute_curves, curve
from serjax.methods import MIXED
from serjax.records.folder import Run
from serjax.reporting.drawing import COLOURS
from serjax.reporting.elements import Figure
from serjax.reporting.small_multiples import Line, Panel, draw_panels

_ACROSS, _WIDTH, _HEIGHT = 3, 216, 140  # panels; points of each
_GREY = COLOURS[6]

_Runs = Sequence[tuple[Run, Mapping[str, Curves]]]


def run_curves(runs: Sequence[Run], name: str) -> Figure | None:
    """Draw what metrics.jsonl has of the runs of a configuration, a line for each.

    None before an epoch is done. Panels whose numbers the runs do not have (older ones'
    gradients, a baseline's attributes) are left out.
    """
    found = [
        (run, {name: attribute_curves(run, name) for name in run.attributes})
        for run in runs
        if run.metrics
    ]
    if not found:
        return None
    panels = [_losses(found), _validation(found)]
    if found[0][1]:
        panels += [_strength(found), _cross_entropies(found), _accuracies(found)]
    if all("encoder_grad_norm" in run.metrics[-1] for run, _ in found):
        panels.append(_gradients(found))
    each = "" if len(found) == 1 else ", a line for each seed"
    return Figure(
        f"curves-{name.replace('/', '-')}",
        f"{name}, by epoch{each}. A dot: the best epoch by validation UA. Dashed: "
        "chance, that is, what one who knows only how often each value occurs has.",
        " ".join(_describe(*found[0])) if len(found) == 1 else _summarise(found),
        draw_panels(panels, _ACROSS, _WIDTH, _HEIGHT),
    )


def _lines(
    runs: _Runs, values_of: Callable[[Run], np.ndarray], name: str, colour: str
) -> list[Line]:
    """A line per run; the first has the name."""
    return [
        Line(values_of(run), colour, "" if index else name, is_thin=len(runs) > 3)
        for index, (run, _) in enumerate(runs)
    ]


def _attribute_lines(
    runs: _Runs, values_of: Callable[[Curves], np.ndarray]
) -> Iterator[Line]:
    for colour, name in zip(COLOURS, runs[0][1], strict=False):
        for index, (_, curves) in enumerate(runs):
            thin, label = len(runs) > 3, "" if index else name
            yield Line(values_of(curves[name]), colour, label, is_thin=thin)


def _losses(runs: _Runs) -> Panel:
    lines = _lines(runs, lambda run: curve(run, "emotion_loss"), "emotion", COLOURS[0])
    if runs[0][1]:  # A baseline's objective is emotion's loss.
        lines += _lines(runs, lambda run: curve(run, "train_loss"), "objective", _GREY)
    return Panel("Training loss, nats", lines)


def _validation(runs: _Runs) -> Panel:
    chance = np.array(100 / len(runs[0][0].config.classes))
    lines = [Line(chance, _GREY, is_dashed=True)]
    for run, _ in runs:
        ua = curve(run, "valid_ua")
        best, thin = int(np.argmax(ua)), len(runs) > 3
        lines.append(Line(ua, COLOURS[0], dot=best, is_thin=thin))
    title = "Validation UA, %"
    if len(runs) == 1:
        best = lines[-1].dot or 0
        title += f"; best {lines[-1].values[best]:.1f}, epoch {best + 1}"
    return Panel(title, lines)


def _strength(runs: _Runs) -> Panel:
    lines = list(_attribute_lines(runs, lambda it: it.strength))
    if runs[0][0].approach != MIXED:  # else all have the same
        lines = [Line(it.values, _GREY) for it in lines[: len(runs)]]
    return Panel("alpha", lines, (0, 1))


def _cross_entropies(runs: _Runs) -> Panel:
    # As shares, a speaker's 4 nats and a gender's 0.7 are read on one axis. An older
    # run did not note the priors.
    known = not any(np.isnan(it.prior) for _, its in runs for it in its.values())
    if not known:
        lines = _attribute_lines(runs, lambda it: it.loss)
        return Panel("Cross-entropy, nats", [*lines])
    lines = _attribute_lines(runs, lambda it: it.loss / it.prior)
    prior = Line(np.array(1.0), _GREY, is_dashed=True)
    return Panel("Cross-entropy / prior entropy", [prior, *lines])


def _accuracies(runs: _Runs) -> Panel:
    chances = [
        Line(np.array(it.chance), colour, is_dashed=True)
        for colour, it in zip(COLOURS, runs[0][1].values(), strict=False)
    ]
    lines = _attribute_lines(runs, lambda it: it.accuracy)
    return Panel("Attributes' accuracy, %", [*chances, *lines], (0, 102))


def _gradients(runs: _Runs) -> Panel:
    lines = _lines(runs, lambda run: curve(run, "encoder_grad_norm"), "encoder", _GREY)
    lines += _attribute_lines(runs, lambda it: it.norms)
    return Panel("Norms of gradients", lines, is_log=True)


def _summarise(runs: _Runs) -> str:
    uas = [curve(run, "valid_ua") for run, _ in runs]
    best, at = [it.max() for it in uas], [int(it.argmax()) + 1 for it in uas]
    return (
        f"The best validation UA is {min(best):.1f} to {max(best):.1f} %, in epochs "
        f"{min(at)} to {max(at)}; in the last it is {min(it[-1] for it in uas):.1f} to "
        f"{max(it[-1] for it in uas):.1f} %."
    )


def _describe(run: Run, attributes: Mapping[str, Curves]) -> Iterator[str]:
    ua, loss = curve(run, "valid_ua"), curve(run, "emotion_loss")
    best = int(np.argmax(ua))
    yield (
        f"Emotion's loss goes from {loss[0]:.3f} to {loss[-1]:.3f} nats. Validation UA "
        f"is best in epoch {best + 1} with {ua[best]:.1f} %, and {ua[-1]:.1f} % in the "
        "last."
    )
    for name, curves in attributes.items():
        known = not np.isnan(curves.prior)
        prior = f" beside a prior of {curves.prior:.3f}" if known else ""
        yield (
            f"The cross-entropy of {name} goes from {curves.loss[0]:.3f} to "
            f"{curves.loss[-1]:.3f}{prior}, its accuracy to "
            f"{curves.accuracy[-1]:.1f} % beside a chance of {curves.chance:.1f} %."
        )
