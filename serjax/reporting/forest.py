"""The forest plot: every configuration's difference from the baseline, on one part."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from serjax.analysis.cells import Outcome
from serjax.reporting.drawing import COLOURS, marks_of, style, to_svg
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
        outcome for outcome in outcomes if outcome.part == part and outcome.best.by_seed
    ]
    if not shown:
        return None
    sets = list(dict.fromkeys(outcome.attributes for outcome in shown))
    approaches = list(dict.fromkeys(outcome.approach for outcome in shown))
    with style():
        height = 1.0 + 0.17 * len(sets) * (len(approaches) + 0.6)
        canvas = Canvas(figsize=(7.2, height), layout="constrained")
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
        handles, labels = axes[0].get_legend_handles_labels()
        canvas.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return Figure(name, _caption(part, shown), _describe(part, shown), to_svg(canvas))


def _draw(
    axis: Axes,
    approach: str,
    approaches: Sequence[str],
    sets: Sequence[str],
    shown: Sequence[Outcome],
    epoch: str,
) -> None:
    """Draw one approach's points, a little above or below the others'."""
    shift = 0.8 * ((approaches.index(approach) + 0.5) / len(approaches) - 0.5)
    colour, marker = marks_of(approaches)[approach]
    for outcome in shown:
        difference = outcome.at(epoch).difference
        if outcome.approach != approach or difference.mean is None:
            continue
        place = sets.index(outcome.attributes) + shift
        if difference.interval:
            axis.plot(difference.interval, (place, place), color=colour, linewidth=1.2)
        axis.plot(difference.mean, place, marker, color=colour, markersize=4)
    axis.plot([], [], f"{marker}-", color=colour, markersize=4, label=approach)


def _caption(part: str, shown: Sequence[Outcome]) -> str:
    pairs = {outcome.best.difference.n for outcome in shown}
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
        means = [test.mean for test in tests if test.mean is not None]
        ends = [test.interval for test in tests if test.interval is not None]
        above = sum(mean > 0 for mean in means)
        apart = sum(low > 0 or high < 0 for low, high in ends)
        sentences.append(
            f"At the {title} {above} of {len(means)} are above zero, and zero is "
            f"outside {apart} of {len(ends)} intervals."
        )
    return " ".join(sentences)
