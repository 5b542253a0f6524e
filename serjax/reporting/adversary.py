"""Is the adversary alive? The verdicts on every run, and the curves behind them."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from serjax.analysis.curves import attribute_curves
from serjax.analysis.health import MEANINGS, Verdict, verdicts
from serjax.methods import METHODS
from serjax.records.folder import Run, StudyFiles
from serjax.reporting import elements, small_multiples
from serjax.reporting.drawing import COLOURS
from serjax.reporting.elements import Block, Cell, Text, Warning
from serjax.reporting.formatting import number_cell
from serjax.reporting.small_multiples import Line, draw_panels

PER_ROW = 4
"""Panels side by side: one row of them per approach on the page, the paper's C, S, G
and L where all are studied; the others are in a drawer."""

_PER_FIGURE = 3 * PER_ROW
_WIDTH, _HEIGHT = 170, 130  # of a panel, points

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


def adversary_section(study: StudyFiles) -> elements.Section | None:
    """Tell of each run whether its adversary lives; None where none has attributes."""
    left_out = ("planned", "broken")
    chosen = [r for r in study.runs if r.status not in left_out and _has_module(r)]
    if not chosen:
        return None
    judged = [(run, verdict) for run in chosen for verdict in verdicts(run)]
    if not judged:
        text = "No run with attributes has finished an epoch yet."
        return elements.Section("adversary", _TITLE, [Warning(text)])
    words = [word for word in MEANINGS if any(v.word == word for _, v in judged)]
    blocks: list[Block] = [
        *map(Text, (_ABOUT, _DISCRIMINATOR)),
        *_warnings(chosen),
        _table(judged),
        elements.Listing([f"{word}: {MEANINGS[word]}." for word in words]),
    ]
    groups: dict[str, list[tuple[Run, Verdict]]] = {}
    for run, verdict in judged:  # folds of leave one out have each the same approaches
        groups.setdefault(run.approach, []).append((run, verdict))
    for approach, group in groups.items():
        panels = _panels(group)
        blocks.append(_figure(approach, panels[:PER_ROW], ""))
        if rest := panels[PER_ROW:]:
            name = f"adversary-more-{approach}"
            title = (
                f"{approach.capitalize()}: the curves of {len(rest)} further attributes"
            )
            figures = [
                _figure(approach, rest[start : start + _PER_FIGURE], f"-{number}")
                for number, start in enumerate(range(0, len(rest), _PER_FIGURE), 2)
            ]
            blocks.append(elements.Drawer(name, title, figures))
    reasons = [f"{run.name}, {v.attribute}: {v.word}. {v.reason}" for run, v in judged]
    title = "Every verdict with the numbers that it stands on"
    drawer = elements.Drawer("adversary-reasons", title, [elements.Listing(reasons)])
    return elements.Section("adversary", _TITLE, [*blocks, drawer])


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


def _table(judged: Sequence[tuple[Run, Verdict]]) -> elements.Table:
    learnt = {
        (run.set_name, verdict.attribute, run.trial): verdict.word == "learnt"
        for run, verdict in judged
        if run.approach == _LEARNER and verdict.word in ("learnt", "not learnt")
    }
    rows = []
    for set_name, attribute, group in _panels(judged):
        first, role = group[0][0], group[0][1].role
        curves = [attribute_curves(run, attribute) for run, _ in group]
        keys = [(set_name, attribute, run.trial) for run, _ in group]
        known = [learnt[key] for key in keys if key in learnt]
        method, reads = first.methods[role], Cell("-")
        # A discriminator does not see what that head sees.
        if known and method.reverses and method.reads == METHODS[_LEARNER].reads:
            reads = Cell(f"{sum(known)} of {len(known)}", float(sum(known)))
        rows.append(
            [
                Cell(role if role == first.approach else f"{first.approach}: {role}"),
                Cell(set_name),
                Cell(attribute),
                Cell(str(len(group)), float(len(group))),
                Cell(_count(group)),
                _mean([it.loss.min() for it in curves], ".3f"),
                _mean([it.end_loss for it in curves], ".3f"),
                _mean([it.prior for it in curves], ".3f"),
                _mean([it.end_accuracy for it in curves], ".1f"),
                _mean([it.chance for it in curves], ".1f"),
                reads,
            ]
        )
    numbers = ["lowest", "end", "prior", "accuracy", "chance", f"{_LEARNER} reads"]
    return elements.Table(
        "adversary",
        "Verdicts, counted over seeds. The numbers are means over seeds, of the "
        "training batches and under dropout: cross-entropy in nats at its lowest "
        "and at the end (over a tenth of the epochs, and at least three) beside "
        "the prior's entropy; accuracy at the end beside the share of the most "
        f"frequent value, in percent. {_LEARNER.capitalize()} reads: of the same "
        f"seeds, in how many {_LEARNER}'s head learnt the attribute.",
        ["approach", "set", "attribute", "runs", "verdicts", *numbers],
        rows,
        num_names=3,
    )


def _mean(values: Sequence[float], form: str) -> Cell:
    mean = float(np.mean(values))
    return number_cell(None if np.isnan(mean) else mean, form)


def _panels(judged: Sequence[tuple[Run, Verdict]]) -> list[Panel]:
    """Group verdicts by approach, set, attribute and role, in the study's order."""
    groups: dict[tuple[str, ...], list[tuple[Run, Verdict]]] = {}
    for run, verdict in judged:
        key = run.approach, run.set_name, verdict.attribute, verdict.role
        groups.setdefault(key, []).append((run, verdict))
    return [(key[1], key[2], group) for key, group in groups.items()]


def _figure(approach: str, panels: Sequence[Panel], suffix: str) -> elements.Figure:
    drawn = []
    for set_name, attribute, pairs in panels:
        is_alone = len(pairs[0][0].attributes) == 1
        title = set_name if is_alone else f"{set_name}: {attribute}"
        drawn.append(_panel(title, attribute, [run for run, _ in pairs]))
    return elements.Figure(
        f"adversary-{approach}{suffix}",
        f"{_name(panels)}: cross-entropy of each attribute along the epochs of "
        "training in nats, a line per run; dashed: the prior's entropy; grey: the "
        "strength, from 0 at the bottom to 1 at the top.",
        "; ".join(f"{name}, {it}: {_count(pairs)}" for name, it, pairs in panels),
        draw_panels(drawn, PER_ROW, _WIDTH, _HEIGHT),
    )


def _name(panels: Sequence[Panel]) -> str:
    """Write `Reversal (GR): learn to hide it`; a mixture by its name alone."""
    run, _ = panels[0][2][0]
    method, name = run.methods.get(run.approach), run.approach.capitalize()
    if method is None:
        return name
    return f"{name}{f' ({method.symbol})' if method.symbol else ''}: {method.does}"


def _panel(title: str, attribute: str, runs: Sequence[Run]) -> small_multiples.Panel:
    curves = [attribute_curves(run, attribute) for run in runs]
    # One, where all seeds share their training data.
    priors = {it.prior for it in curves if not np.isnan(it.prior)}
    known = np.concatenate([*(it.loss for it in curves), [*priors]])
    low, high = float(np.nanmin(known)), float(np.nanmax(known))
    margin = 0.05 * (high - low) or 0.05
    low, high = low - margin, high + margin
    top = max(1, max(it.strength.max() for it in curves))
    lines = [
        Line(low + (high - low) * it.strength / top, COLOURS[6], is_thin=True)
        for it in curves
    ]
    lines += [Line(it.loss, COLOURS[0], is_thin=len(curves) > 3) for it in curves]
    lines += [Line(np.array(it), COLOURS[1], is_dashed=True) for it in sorted(priors)]
    return small_multiples.Panel(title, lines, (low, high))


def _count(group: Sequence[tuple[Run, Verdict]]) -> str:
    """`2 equilibrium, 1 dead head`."""
    found = Counter(verdict.word for _, verdict in group)
    return ", ".join(f"{found[word]} {word}" for word in MEANINGS if word in found)
