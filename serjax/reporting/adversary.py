"""Is the adversary alive? The verdicts on every run, and the curves behind them."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator

from serjax.analysis.curves import attribute_curves, curve
from serjax.analysis.health import MEANINGS, Verdict, verdicts
from serjax.methods import METHODS
from serjax.records.folder import Run, StudyFiles
from serjax.reporting.drawing import COLOURS, style, to_svg
from serjax.reporting.elements import (
    Block,
    Cell,
    Drawer,
    Figure,
    Listing,
    Section,
    Table,
    Text,
    Warning,
)

PER_ROW = 4
"""Panels side by side: one row of them per approach on the page, the paper's C, S, G
and L where all are studied; the others are in a drawer."""

_PER_FIGURE = 3 * PER_ROW

_TITLE = "Is the adversary alive?"
_LEARNER = next(name for name, method in METHODS.items() if method.learns)
"""The method whose head nothing acts against: multitask."""

_ABOUT = (
    "A head or discriminator that knows only how often each value of an attribute "
    "occurs in training has a cross-entropy equal to the entropy of these values, the "
    "prior's. Less means that it reads the attribute, more that it is driven to wrong "
    "answers. To stand at the prior's entropy can mean success, or that there never "
    "was an adversary. The path tells, but not always: a head that stood there from "
    "the first may be too weak, or may have been outrun from the first. Beside it "
    f"stands whether {_LEARNER}'s head, which nothing acts against, reads the same "
    "attribute. What an embedding knows in the end, a fresh probe alone can tell."
)

_DISCRIMINATOR = (
    "A head sees the embedding; the discriminators of adversarial training see the "
    "probabilities of the emotions alone. They may never tell a speaker or a language, "
    "so a discriminator at the prior need be no defect."
)

Panel = tuple[str, str, Sequence[tuple[Run, Verdict]]]
"""Attribute set, attribute, and the runs of one approach that chose it."""


def adversary_section(study: StudyFiles) -> Section | None:
    """Tell of each run with attributes whether its adversary lives.

    Returns:
      The section; None where no run of the study has an attribute.
    """
    left_out = ("planned", "broken")
    runs = [run for run in study.runs if run.status not in left_out]
    chosen = [run for run in runs if _has_module(run)]
    if not chosen:
        return None
    judged = [(run, verdict) for run in chosen for verdict in verdicts(run)]
    if not judged:
        return Section(
            "adversary",
            _TITLE,
            [Warning("No run with attributes has finished an epoch yet.")],
        )
    blocks: list[Block] = [Text(_ABOUT), Text(_DISCRIMINATOR), *_warnings(chosen)]
    table = _table(judged)
    words = [word for word in MEANINGS if any(v.word == word for _, v in judged)]
    blocks += [table, Listing([f"{word}: {MEANINGS[word]}." for word in words])]
    for approach, group in itertools.groupby(judged, lambda pair: pair[0].approach):
        panels = _panels(list(group))
        blocks.append(_figure(approach, panels[:PER_ROW], ""))
        if rest := panels[PER_ROW:]:
            blocks.append(_drawer(approach, rest))
    reasons = [f"{run.name}, {v.attribute}: {v.word}. {v.reason}" for run, v in judged]
    title = "Every verdict with the numbers that it stands on"
    blocks.append(Drawer("adversary-reasons", title, [Listing(reasons)]))
    return Section("adversary", _TITLE, blocks)


def _has_module(run: Run) -> bool:
    """Whether an attribute of the run has a head or a discriminator."""
    methods = [run.methods.get(role.role) for role in run.roles.values()]
    return any(method.module for method in methods if method)


def _warnings(runs: Sequence[Run]) -> Iterator[Warning]:
    for status, told in (
        ("failed", "The verdicts are on the epochs before."),
        ("unfinished", "The verdicts are on the epochs so far."),
    ):
        names = [run.name for run in runs if run.status == status and run.metrics]
        if names:
            yield Warning(f"{len(names)} {status}: {', '.join(names)}. {told}")


def _table(judged: Sequence[tuple[Run, Verdict]]) -> Table:
    learnt = {
        (run.set_name, verdict.attribute, run.seed): verdict.word == "learnt"
        for run, verdict in judged
        if run.approach == _LEARNER and verdict.word in ("learnt", "not learnt")
    }
    rows = [
        _row(set_name, attribute, group, learnt)
        for set_name, attribute, group in _panels(judged)
    ]
    return Table(
        name="adversary",
        caption=(
            "Verdicts, counted over seeds. The numbers are means over seeds, of the "
            "training batches and under dropout: cross-entropy in nats at its lowest "
            "and at the end (over a tenth of the epochs, and at least three) beside "
            "the prior's entropy; accuracy at the end beside the share of the most "
            f"frequent value, in percent. {_LEARNER.capitalize()} reads: of the same "
            f"seeds, in how many {_LEARNER}'s head learnt the attribute."
        ),
        columns=(
            "approach",
            "set",
            "attribute",
            "runs",
            "verdicts",
            "lowest",
            "end",
            "prior",
            "accuracy",
            "chance",
            f"{_LEARNER} reads",
        ),
        rows=rows,
        num_names=3,
    )


def _row(
    set_name: str,
    attribute: str,
    group: Sequence[tuple[Run, Verdict]],
    learnt: Mapping[tuple[str, str, int], bool],
) -> list[Cell]:
    curves = [attribute_curves(run, attribute) for run, _ in group]
    approach, role = group[0][0].approach, group[0][1].role
    method, see = group[0][0].methods[role], METHODS[_LEARNER].reads
    keys = [(set_name, attribute, run.seed) for run, _ in group]
    known = [learnt[key] for key in keys if key in learnt]
    reads = Cell(f"{sum(known)} of {len(known)}", float(sum(known)))
    return [
        Cell(approach if approach == role else f"{approach}: {role}"),
        Cell(set_name),
        Cell(attribute),
        Cell(str(len(group)), float(len(group))),
        Cell(_count(group)),
        _mean([it.loss.min() for it in curves], 3),
        _mean([it.end_loss for it in curves], 3),
        _mean([it.prior for it in curves], 3),
        _mean([it.end_accuracy for it in curves], 1),
        _mean([it.chance for it in curves], 1),
        # A discriminator does not see what that head sees.
        reads if known and method.reverses and method.reads == see else Cell("-"),
    ]


def _mean(values: Sequence[float], digits: int) -> Cell:
    mean = float(np.mean(values))
    return Cell("-") if np.isnan(mean) else Cell(f"{mean:.{digits}f}", mean)


def _panels(judged: Sequence[tuple[Run, Verdict]]) -> list[Panel]:
    """Group verdicts by approach, set, attribute and role, in the study's order."""
    groups: dict[tuple[str, ...], list[tuple[Run, Verdict]]] = {}
    for run, verdict in judged:
        key = run.approach, run.set_name, verdict.attribute, verdict.role
        groups.setdefault(key, []).append((run, verdict))
    return [(key[1], key[2], group) for key, group in groups.items()]


def _drawer(approach: str, panels: Sequence[Panel]) -> Drawer:
    figures = [
        _figure(approach, panels[start : start + _PER_FIGURE], f"-{number}")
        for number, start in enumerate(range(0, len(panels), _PER_FIGURE), 2)
    ]
    title = f"{approach.capitalize()}: the curves of {len(panels)} further attributes"
    return Drawer(f"adversary-more-{approach}", title, figures)


def _figure(approach: str, panels: Sequence[Panel], suffix: str) -> Figure:
    num_rows = -(-len(panels) // PER_ROW)
    columns = min(len(panels), PER_ROW)
    with style(), mpl.rc_context({"font.size": 8, "lines.linewidth": 0.9}):
        canvas = Canvas(figsize=(9, 1.9 * num_rows))
        canvas.set_layout_engine("constrained")
        for index, (set_name, attribute, pairs) in enumerate(panels):
            axes = canvas.add_subplot(num_rows, columns, index + 1)
            label = set_name if len(pairs[0][0].attributes) == 1 else None
            axes.set_title(label or f"{set_name}: {attribute}")
            _draw(axes, attribute, [run for run, _ in pairs])
            if index % columns == 0:
                axes.set_ylabel("nats")
    return Figure(
        name=f"adversary-{approach}{suffix}",
        caption=(
            f"{_name(panels)}: cross-entropy of each attribute along the epochs of "
            "training, a line per seed; dashed: the prior's entropy; grey, on the "
            "right axis: the strength."
        ),
        description="; ".join(
            f"{set_name}, {attribute}: {_count(pairs)}"
            for set_name, attribute, pairs in panels
        ),
        svg=to_svg(canvas),
    )


def _name(panels: Sequence[Panel]) -> str:
    """Write `Reversal (GR): learn to hide it`; a mixture by its name alone."""
    run, _ = panels[0][2][0]
    method, name = run.methods.get(run.approach), run.approach.capitalize()
    if method is None:
        return name
    return f"{name}{f' ({method.symbol})' if method.symbol else ''}: {method.does}"


def _draw(axes: Axes, attribute: str, runs: Sequence[Run]) -> None:
    light = axes.twinx()
    alphas = [curve(run, "alpha") for run in runs]
    top = max(1, max(map(np.max, alphas)))
    light.set_ylim(0, top)
    light.spines["right"].set_visible(True)
    light.set_yticks([0, top])
    for spine in light.spines.values():
        spine.set_color(COLOURS[6])
    priors = set()
    for run in runs:
        loss, epochs = curve(run, f"{attribute}_loss"), np.arange(len(run.metrics)) + 1
        marker = "." if len(epochs) == 1 else None
        axes.plot(epochs, loss, color=COLOURS[0], marker=marker)
        light.plot(epochs, curve(run, "alpha"), color=COLOURS[6], linewidth=0.6)
        priors.add(curve(run, f"{attribute}_prior_entropy")[-1])
    for prior in priors:  # One, where all seeds share their training data.
        if not np.isnan(prior):
            axes.axhline(prior, color=COLOURS[1], linestyle="--")
    axes.set_zorder(light.get_zorder() + 1)
    axes.set_xlim(0.5, max(len(run.metrics) for run in runs) + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(4))


def _count(group: Sequence[tuple[Run, Verdict]]) -> str:
    """`2 equilibrium, 1 dead head`."""
    found = Counter(verdict.word for _, verdict in group)
    return ", ".join(f"{found[word]} {word}" for word in MEANINGS if word in found)
