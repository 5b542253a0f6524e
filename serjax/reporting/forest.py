"""The forest plot: every configuration's difference from the baseline, on one part."""

from collections.abc import Sequence

from matplotlib.figure import Figure as Canvas

from serjax.analysis.cells import Outcome
from serjax.reporting.drawing import COLOURS, marks_of, style, to_svg
from serjax.reporting.elements import Figure
from serjax.reporting.formatting import EPOCHS, FEW_SEEDS, slug


def forest_plot(part: str, outcomes: Sequence[Outcome]) -> Figure | None:
    """Draw a part's differences from the baseline, at best and at last, with spread.

    None where no configuration has a difference.
    """
    shown = [outcome for outcome in outcomes if outcome.best.by_seed]
    if not shown:
        return None
    sets = list(dict.fromkeys(outcome.attributes for outcome in shown))
    approaches = list(dict.fromkeys(outcome.approach for outcome in shown))
    marks = marks_of(approaches)
    with style():
        height = 1.0 + 0.17 * len(sets) * (len(approaches) + 0.6)
        canvas = Canvas(figsize=(7.2, height), layout="constrained")
        axes = canvas.subplots(1, 2, sharex=True, sharey=True)
        for axis, epoch in zip(axes, EPOCHS, strict=True):
            axis.axvline(0, color=COLOURS[-1], linewidth=0.8)
            for number, approach in enumerate(approaches):
                colour, marker = marks[approach]
                # A little above or below the others'.
                shift = 0.8 * ((number + 0.5) / len(approaches) - 0.5)
                for outcome in shown:
                    test = outcome.at(epoch).difference
                    if outcome.approach != approach or test.mean is None:
                        continue
                    place = sets.index(outcome.attributes) + shift
                    if 1 < test.n < FEW_SEEDS:
                        places = [place] * test.n
                        axis.plot(test.values, places, "|", color=colour, markersize=6)
                    elif test.interval:
                        ends = (place, place)
                        axis.plot(test.interval, ends, color=colour, linewidth=1.2)
                    axis.plot(test.mean, place, marker, color=colour, markersize=4)
                axis.plot(
                    [], [], f"{marker}-", color=colour, markersize=4, label=approach
                )
            axis.set_title(f"{epoch} epoch", fontsize="medium")
            axis.set_xlabel("difference in UA (points)")
        axes[0].set_yticks(range(len(sets)), sets)
        axes[0].set_ylim(len(sets) - 0.5, -0.5)
        axes[0].set_ylabel("attributes")
        handles, labels = axes[0].get_legend_handles_labels()
        canvas.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    name = f"forest-{slug(part)}"
    told = _caption(part, shown), _describe(part, shown)
    return Figure(name, *told, to_svg(canvas), part=part)


def _caption(part: str, shown: Sequence[Outcome]) -> str:
    pairs = {outcome.best.difference.n for outcome in shown}
    means = "Mean difference in UA from the baseline of the same seed"
    if max(pairs) == 1:
        return (
            f"{means} on {part}: one seed, so that there are points without intervals, "
            "and nothing tells them from luck."
        )
    if max(pairs) < FEW_SEEDS:
        return f"{means} on {part}, with a stroke for each seed's."
    return (
        f"{means} on {part}, with its 95 % interval over seeds (paired t; of one "
        "configuration, not adjusted for how many there are), or, of fewer than five "
        "seeds, a stroke for each. A point alone has a single seed, or differences "
        "without any spread."
    )


def _describe(part: str, shown: Sequence[Outcome]) -> str:
    sentences = [f"Points and lines for {len(shown)} configurations on {part}."]
    for epoch in EPOCHS:
        tests = [outcome.at(epoch).difference for outcome in shown]
        means = [test.mean for test in tests if test.mean is not None]
        drawn = [test for test in tests if test.n >= FEW_SEEDS]
        ends = [test.interval for test in drawn if test.interval is not None]
        above = sum(mean > 0 for mean in means)
        apart = sum(low > 0 or high < 0 for low, high in ends)
        outside = f", and zero is outside {apart} of {len(ends)} intervals"
        sentences.append(
            f"At the {epoch} epoch {above} of {len(means)} are above zero"
            f"{outside if ends else ''}."
        )
    return " ".join(sentences)
