"""The forest plot: every configuration's difference from the baseline, on one part."""

from collections.abc import Sequence

from matplotlib.figure import Figure as Canvas

from serjax.analysis.cells import Outcome
from serjax.config import APPROACHES
from serjax.reporting.drawing import COLOURS, style, to_svg
from serjax.reporting.elements import Figure

_EPOCHS = {"best": "best epoch", "last": "last epoch"}


def forest_plot(name: str, part: str, outcomes: Sequence[Outcome]) -> Figure | None:
    """Draw the differences from the baseline, at best and at last, with intervals.

    Args:
      name: of the figure.
      part: test, or an unseen corpus.
      outcomes: from `summarise`; other parts' are left out.

    Returns:
      None where no configuration has a difference.
    """
    shown = [
        outcome
        for outcome in outcomes
        if outcome.part == part and outcome.best.difference and outcome.best.by_seed
    ]
    if not shown:
        return None
    sets = list(dict.fromkeys(outcome.attributes for outcome in shown))
    approaches = list(dict.fromkeys(outcome.approach for outcome in shown))
    with style():
        height = 1.0 + 0.17 * len(sets) * (len(approaches) + 0.6)
        canvas = Canvas(figsize=(7.2, height))
        axes = canvas.subplots(1, 2, sharex=True, sharey=True)
        for axis, (epoch, title) in zip(axes, _EPOCHS.items(), strict=True):
            axis.axvline(0, color=COLOURS[-1], linewidth=0.8)
            for approach in approaches:
                _draw(axis, approach, approaches, sets, shown, epoch)
            axis.set_title(title, fontsize="medium")
            axis.set_xlabel("difference in UA (points)")
        axes[0].set_yticks(range(len(sets)), sets)
        axes[0].set_ylim(len(sets) - 0.5, -0.5)
        axes[0].set_ylabel("attributes")
        axes[0].legend(
            ncols=len(approaches), loc="lower left", bbox_to_anchor=(0, 1.0, 1, 0.1)
        ).set_in_layout(True)
        axes[0].set_title(_EPOCHS["best"], fontsize="medium", pad=22)
        axes[1].set_title(_EPOCHS["last"], fontsize="medium", pad=22)
        canvas.tight_layout()
    return Figure(name, _caption(part, shown), _describe(part, shown), to_svg(canvas))


def _draw(axis, approach, approaches, sets, shown, epoch) -> None:
    """Draw one approach's points, a little above or below the others'."""
    shift = 0.8 * ((approaches.index(approach) + 0.5) / len(approaches) - 0.5)
    known = [*APPROACHES[1:], "mixed"]
    colour = COLOURS[known.index(approach) if approach in known else -1]
    for outcome in shown:
        difference = outcome.at(epoch).difference
        if outcome.approach != approach or difference.mean is None:
            continue
        place = sets.index(outcome.attributes) + shift
        if difference.interval:
            axis.plot(difference.interval, (place, place), color=colour, linewidth=1.2)
        axis.plot(difference.mean, place, "o", color=colour, markersize=4)
    axis.plot([], [], "o-", color=colour, markersize=4, label=approach)


def _caption(part: str, shown: Sequence[Outcome]) -> str:
    pairs = {outcome.best.difference.n for outcome in shown if outcome.best.difference}
    means = "Mean difference in UA from the baseline of the same seed"
    if max(pairs) == 1:
        return (
            f"{means} on {part}: one seed, so that there are points without intervals, "
            "and nothing tells them from luck."
        )
    return (
        f"{means} on {part}, with its 95 % interval over seeds (paired t; of one "
        "configuration, not adjusted for how many there are). A point without a line "
        "has a single seed, or differences without any spread."
    )


def _describe(part: str, shown: Sequence[Outcome]) -> str:
    sentences = [f"Points and lines for {len(shown)} configurations on {part}."]
    for epoch, title in _EPOCHS.items():
        tests = [outcome.at(epoch).difference for outcome in shown]
        known = [t for t in tests if t and t.mean is not None]
        above = sum(t.mean > 0 for t in known)
        apart = sum(
            t.interval is not None and (t.interval[0] > 0 or t.interval[1] < 0)
            for t in known
        )
        sentences.append(
            f"At the {title} {above} of {len(known)} are above zero, and {apart} "
            "intervals do not hold zero."
        )
    return " ".join(sentences)
