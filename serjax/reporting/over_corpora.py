"""Differences over corpora that are held out in turn: a table, and lines in words."""

from serjax.analysis.cells import summarise_study
from serjax.analysis.over_corpora import (
    POINTS,
    OverCorpora,
    fewest_corpora,
    summarise_corpora,
)
from serjax.analysis.statistics import smallest_sign_flip_p
from serjax.records.folder import StudyFiles
from serjax.reporting.elements import Block, Cell, Table, Text
from serjax.reporting.formatting import (
    DIFFERENCE,
    EPOCHS,
    counted,
    number_cell,
    p_cell,
    per_epoch,
)

_ABOUT = (
    "A claim about unseen speech is one over corpora. In each corpus that is held out "
    "the paired differences are averaged over seeds; the mean over corpora has "
    "Student's t interval over them. p is Westfall and Young's step-down max-|t| over "
    "joint sign flips of corpora, for the family of configurations that was named "
    "beforehand. The sd between corpora is the part that seeds do not explain. Folds "
    "share training data, so the intervals are approximate; and they claim nothing "
    "beyond corpora like these."
)


def corpora_blocks(study: StudyFiles) -> list[Block]:
    """Show each configuration over the corpora; nothing by a given split."""
    best, last = (over_corpora(study, epoch) for epoch in EPOCHS)
    if not best:
        return []
    corpora = list(dict.fromkeys(name for it in best for name in it.by_corpus))
    at_last = {it.name: it for it in last}
    rows = [
        [
            Cell(it.approach),
            Cell(it.attributes),
            *_cells(it, corpora),
            *_cells(at_last[it.name], corpora),
        ]
        for it in best
        if it.name in at_last
    ]
    heads = per_epoch(
        [*corpora, "mean over corpora", "sd between corpora", "sd between seeds", "p"]
    )
    caption = (
        "Mean difference in UA from the baseline in each corpus held out, in points, "
        "and over corpora with the 95 % t interval; p over the family."
    )
    table = Table(
        "over-corpora", caption, ["approach", "attributes", *heads], rows, num_names=2
    )
    return [Text(_ABOUT), *map(Text, _limits(best)), table]


def describe_corpora(study: StudyFiles) -> list[str]:
    """Say how each configuration stands over the corpora, at best, in a line each."""
    found = over_corpora(study, "best")
    lines = [f"{it.name}: {_describe(it)}." for it in found]
    return [*lines, *_limits(found)] if found else []


def over_corpora(study: StudyFiles, epoch: str) -> list[OverCorpora]:
    """Compare over the corpora held out; nothing by a given split."""
    family = study.about.family if study.about else "all"
    return summarise_corpora(summarise_study(study), family, epoch)


def _limits(found: list[OverCorpora]) -> list[str]:
    """Say what so few corpora cannot show."""
    num = max(it.difference.n for it in found)
    tested = sum(it.p is not None for it in found)
    needed = [it.corpora_needed for it in found if it.corpora_needed is not None]
    if num < 2:
        return ["One corpus has results: there is no test over corpora."]
    smallest = smallest_sign_flip_p(num)
    lines = [f"The family has {counted(tested, 'configuration')}."]
    if num < fewest_corpora():
        lines.append(
            f"With {num} corpora no p can be below {smallest:.3g}: nothing can be "
            f"significant over fewer than {fewest_corpora()}."
        )
    if needed:
        span = f"{min(needed)} to {max(needed)}"
        if min(needed) == max(needed):
            span = f"{needed[0]}"
        lines.append(
            f"To find a difference of {POINTS:.0f} points in four cases of five, with "
            f"corpora that differ as these do, takes about {span} corpora (one "
            "configuration, t test)."
        )
    return [" ".join(lines)]


def _describe(it: OverCorpora) -> str:
    each = ", ".join(
        f"{name} {value:{DIFFERENCE}}" for name, value in it.by_corpus.items()
    )
    if it.difference.mean is None or it.difference.n < 2:
        return each
    text = f"{each}; mean {_mean(it).text}"
    if it.sd_between is not None and it.sd_within is not None:
        text += f"; sd {it.sd_between:.1f} between corpora"
        text += f", {it.sd_within:.1f} between seeds"
    return text + (f"; p {p_cell(it.p).text}" if it.p is not None else "")


def _cells(it: OverCorpora, corpora: list[str]) -> list[Cell]:
    return [
        *(number_cell(it.by_corpus.get(name), DIFFERENCE) for name in corpora),
        _mean(it),
        number_cell(it.sd_between, ".1f"),
        number_cell(it.sd_within, ".1f"),
        p_cell(it.p),
    ]


def _mean(it: OverCorpora) -> Cell:
    """Write `+2.1 [-0.5, +4.7]`: corpora stand with their own, however few."""
    mean, ends = it.difference.mean, it.difference.interval
    if mean is None:
        return Cell("-")
    text = f"{mean:{DIFFERENCE}}"
    if ends:
        text += f" [{ends[0]:{DIFFERENCE}}, {ends[1]:{DIFFERENCE}}]"
    return Cell(text, mean, interval=ends)
