"""What a study found, in plain sentences made from its numbers alone."""

from collections.abc import Iterator, Mapping, Sequence

from serjax.analysis.cells import Outcome, summarise_study
from serjax.analysis.collapse import advise
from serjax.analysis.criteria import beats_baseline, unseen_parts
from serjax.analysis.limits import describe_limits
from serjax.config import Config
from serjax.records.folder import StudyFiles
from serjax.reporting.formatting import EPOCHS, FEW_SEEDS, describe_difference
from serjax.reporting.verdicts import describe_verdicts

_NAMED = 3  # configurations that a sentence lists on one part


def findings(study: StudyFiles) -> list[str]:
    """Answer in a few sentences what helped, and how sure that is."""
    outcomes = summarise_study(study)
    if not study.finished:
        return ["No run has finished yet."]
    sentences = [*describe_progress(outcomes), *describe_collapse(outcomes)]
    sentences += advice(study)[1:]  # the first one is said already
    verdicts = [f"Verdict on {line}" for line in describe_verdicts(study)]
    compared = [outcome for outcome in outcomes if outcome.best.by_seed]
    if not compared:
        missing = "No configuration has a baseline of its seed to be compared with."
        return [*sentences, missing, *verdicts]
    if any(outcome.best.holm_p is not None for outcome in compared):
        sentences += [_significant(compared, epoch) for epoch in EPOCHS]
    # Where every run collapsed, differences say nothing.
    found = by_part(compared).items()
    told = {p: rows for p, rows in found if any(o.best.collapsed < o.n for o in rows)}
    if told:
        sentences += [_above(compared, told), _largest(compared, told)]
    sentences += [*verdicts, *_on_all_unseen(outcomes)]
    return [*sentences, *describe_limits(outcomes)]


def advice(study: StudyFiles) -> list[str]:
    """Say where every run collapsed, and what may help; nothing where none is."""
    if not study.finished:
        return []
    about = study.about
    parts = about.data.parts if about else {}
    training = parts["train"].classes if "train" in parts else {}
    settings = (about or study.begun[0].config).settings
    results = [run.result.to_dict() for run in study.finished]
    return advise(results, {**Config().to_flat(), **settings}, training)


def describe_progress(outcomes: Sequence[Outcome]) -> list[str]:
    """Say how many runs have no result yet or ever; nothing where all have one."""
    first = [o for o in outcomes if o.part == outcomes[0].part]
    failed, left = sum(o.failed for o in first), sum(o.unfinished for o in first)
    if not failed + left:
        return []
    total = failed + left + sum(o.n for o in first)
    have = "has" if failed == 1 else "have"
    parts = [f"{failed} {have} no result (failed or broken)"] if failed else []
    parts += [f"{left} {'is' if left == 1 else 'are'} not finished"] if left else []
    return [
        f"Of {total} runs {' and '.join(parts)}: what follows is about the others, and "
        "may change."
    ]


def describe_collapse(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Say on which parts runs collapsed, at best and last; nothing where none did."""
    for part, rows in by_part(outcomes).items():
        runs = sum(outcome.n for outcome in rows)
        best, last = (sum(o.at(epoch).collapsed for o in rows) for epoch in EPOCHS)
        baseline = [o for o in rows if o.approach == "baseline"]
        if runs and best == runs:
            who = ", the baseline's included," if any(o.n for o in baseline) else ""
            at_last = "at the last" if last == runs else f"{last} of them at the last"
            yield (
                f"On {part} every finished run{who} collapsed at the best epoch, and "
                f"{at_last} (one class has nearly all predictions): differences there "
                "say nothing about what helps."
            )
        elif best + last:
            b_best, b_last = (sum(o.at(e).collapsed for o in baseline) for e in EPOCHS)
            yield (
                f"On {part} {best} of {runs} runs collapsed at the best epoch and "
                f"{last} at the last (of the baseline's {b_best} and {b_last}); they "
                "count in all means."
            )


def _significant(compared: Sequence[Outcome], epoch: str) -> str:
    """Say which differ from the baseline by Holm's p, on each part."""
    num = len({outcome.name for outcome in compared})
    test = "from the baseline by the t test (Holm's p below 0.05)"
    found = {
        part: [outcome for outcome in rows if outcome.at(epoch).significant]
        for part, rows in by_part(compared).items()
    }
    if not any(found.values()):
        who = f"none of {num} configurations differs"
        if num == 1:
            who = "the one configuration does not differ"
        return (
            f"At the {epoch} epoch {who} {test}, on {', '.join(found)}; that is no "
            "proof that nothing helps, see how far the seeds differ."
        )
    where = []
    for part, rows in found.items():
        names = ", ".join(
            f"{it.name} {describe_difference(it.at(epoch).difference)}"
            for it in rows[:_NAMED]
        )
        more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
        where.append(f"{part} {len(rows)} of {num}" + f": {names}{more}" * bool(rows))
    return f"At the {epoch} epoch these differ {test}: {'; '.join(where)}."


def _above(compared: Sequence[Outcome], told: Mapping[str, Sequence[Outcome]]) -> str:
    """Count what is above the baseline on each part that is told of."""
    counts = []
    for part, rows in told.items():
        best, last = (
            sum(record.in_all for record in beats_baseline(rows, [part], epoch))
            for epoch in EPOCHS
        )
        counts.append(f"on {part} {best} at the best epoch and {last} at the last")
    num = len({o.name for o in compared})
    of = f"Of {num} configurations" if num > 1 else "Of one configuration"
    return f"{of} these are above the baseline by the mean: {'; '.join(counts)}."


def _largest(compared: Sequence[Outcome], told: Mapping[str, Sequence[Outcome]]) -> str:
    """Name the largest difference on each part that is told of, with caution."""
    parts = []
    for part, rows in told.items():
        largest = max(rows, key=lambda it: abs(it.best.difference.mean or 0.0))
        difference = describe_difference(largest.best.difference)
        parts.append(f"{part} {difference} by {largest.name}")
    most = max(o.best.difference.n for o in compared)
    within = " (95 % interval over seeds)" if most >= FEW_SEEDS else " (each seed's)"
    if most == 1:
        within = " (one seed, no interval)"
    num = len({o.name for o in compared})
    start = "Largest difference" + "s" * (len(parts) > 1) if num > 1 else "Difference"
    caution = f" Picked for size among {num} configurations, it is likely to overstate."
    return (
        f"{start} from the baseline at the best epoch, in points of UA{within}: "
        f"{'; '.join(parts)}.{caution * (num > 1)}"
    )


def _on_all_unseen(outcomes: Sequence[Outcome]) -> list[str]:
    """Answer the paper's criterion: above the baseline on every unseen corpus."""
    parts = unseen_parts(outcomes)
    records = beats_baseline(outcomes, parts)
    if len(parts) < 2 or not records:
        return []
    above = [record for record in records if record.in_all]
    always = sum(record.seeds_in_all == record.seeds > 0 for record in above)
    several = any(record.seeds > 1 for record in records)
    return [
        f"By the paper's criterion, above the baseline on all {len(parts)} unseen "
        f"corpora by the mean over seeds, {len(above)} of {len(records)} "
        f"configurations are better{f', {always} of them in every seed' * several}. "
        f"Without any effect about {100 / 2 ** len(parts):.0f} % would be so by luck, "
        "and more where the corpora's luck goes together."
    ]


def by_part(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Gather outcomes by their part."""
    parts = dict.fromkeys(outcome.part for outcome in outcomes)
    return {part: [it for it in outcomes if it.part == part] for part in parts}
