"""What a study found, in plain sentences made from its numbers alone."""

from collections.abc import Sequence

from serjax.analysis.cells import Outcome, summarise_study
from serjax.analysis.criteria import beats_baseline, unseen_parts
from serjax.analysis.limits import describe_limits
from serjax.analysis.runs import StudyFiles
from serjax.reporting.formatting import describe_difference

_NAMED = 3  # configurations that a sentence lists on one part


def findings(study: StudyFiles) -> list[str]:
    """Answer what helped, and how sure that is.

    Args:
      study: from `read_study`, finished or not.

    Returns:
      A few sentences; one that says so where nothing has finished.
    """
    outcomes = summarise_study(study)
    if not study.finished:
        return ["No run has finished yet."]
    sentences = [*describe_progress(outcomes), *describe_collapse(outcomes)]
    compared = [outcome for outcome in outcomes if outcome.best.by_seed]
    if not compared:
        missing = "No configuration has a baseline of its seed to be compared with."
        return [*sentences, missing]
    if any(outcome.best.holm_p is not None for outcome in compared):
        sentences += [_significant(compared, epoch) for epoch in ("best", "last")]
    return [
        *sentences,
        *_largest(compared),
        *_on_all_unseen(outcomes),
        *describe_limits(outcomes),
    ]


def describe_progress(outcomes: Sequence[Outcome]) -> list[str]:
    """Say how many runs failed or are to come; nothing where all have finished."""
    first = [o for o in outcomes if o.part == outcomes[0].part]
    failed, left = sum(o.failed for o in first), sum(o.unfinished for o in first)
    if not failed + left:
        return []
    total = failed + left + sum(o.n for o in first)
    parts = [f"{failed} failed"] if failed else []
    parts += [f"{left} {'is' if left == 1 else 'are'} not finished"] if left else []
    return [
        f"Of {total} runs {' and '.join(parts)}: what follows is about the others, and "
        "may change."
    ]


def describe_collapse(outcomes: Sequence[Outcome]) -> list[str]:
    """Say on which parts runs collapsed at the best epoch; nothing where none did."""
    found = []
    for part in dict.fromkeys(outcome.part for outcome in outcomes):
        rows = [outcome for outcome in outcomes if outcome.part == part]
        runs = sum(outcome.n for outcome in rows)
        collapsed = sum(outcome.best.collapsed for outcome in rows)
        baseline = sum(o.best.collapsed for o in rows if o.approach == "baseline")
        if runs and collapsed == runs:
            found.append(
                f"Every finished run{', the baseline included,' * bool(baseline)} "
                f"collapsed on {part} (one class has nearly all predictions): "
                "differences there say nothing about what helps."
            )
        elif collapsed:
            found.append(
                f"{collapsed} of {runs} runs collapsed on {part}, {baseline} of them "
                "baselines; they are counted in all means."
            )
    return found


def _significant(compared: Sequence[Outcome], epoch: str) -> str:
    """Say which differ from the baseline by Holm's p, on each part."""
    num = len({outcome.name for outcome in compared})
    test = "from the baseline by the t test (Holm's p below 0.05)"
    parts = dict.fromkeys(outcome.part for outcome in compared)
    found = {
        part: [o for o in compared if o.part == part and o.at(epoch).significant]
        for part in parts
    }
    if not any(found.values()):
        who = f"none of {num} configurations differs"
        if num == 1:
            who = "the one configuration does not differ"
        return (
            f"At the {epoch} epoch {who} {test}, on {', '.join(parts)}; that is no "
            "proof that nothing helps, see the intervals."
        )
    where = []
    for part, rows in found.items():
        names = ", ".join(f"{o.name} {_difference(o, epoch)}" for o in rows[:_NAMED])
        more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
        where.append(f"{part} {len(rows)} of {num}" + f": {names}{more}" * bool(rows))
    return f"At the {epoch} epoch these differ {test}: {'; '.join(where)}."


def _largest(compared: Sequence[Outcome]) -> list[str]:
    """Name each part's largest difference, with caution; not where all collapsed."""
    parts = []
    for part in dict.fromkeys(outcome.part for outcome in compared):
        rows = [o for o in compared if o.part == part]
        if all(outcome.best.collapsed == outcome.n for outcome in rows):
            continue
        largest = max(rows, key=lambda o: abs(_mean(o)))
        parts.append(f"{part} {_difference(largest)} by {largest.name}")
    if not parts:
        return []
    intervals = any(o.best.difference.interval for o in compared)
    within = " (95 % interval over seeds)" if intervals else " (one seed, no interval)"
    num = len({o.name for o in compared})
    caution = "."
    if num > 1:
        caution = f"; the largest of {num} owes part of its size to having been picked."
    start = f"Largest differences at the best epoch, in points of UA{within}"
    return [f"{start}: {'; '.join(parts)}{caution}"]


def _on_all_unseen(outcomes: Sequence[Outcome]) -> list[str]:
    """Answer the paper's criterion: above the baseline on every unseen corpus."""
    parts = unseen_parts(outcomes)
    records = beats_baseline(outcomes, parts)
    if len(parts) < 2 or not records:
        return []
    above = [record for record in records if record.in_all]
    always = sum(record.seeds_in_all == record.seeds for record in above)
    return [
        f"By the paper's criterion {len(above)} of {len(records)} configurations are "
        f"above the baseline on all {len(parts)} unseen corpora by the mean, {always} "
        f"of them in every seed; without any effect about {100 / 2 ** len(parts):.0f} "
        "% or more would be by the mean."
    ]


def _mean(outcome: Outcome) -> float:
    assert outcome.best.difference.mean is not None
    return outcome.best.difference.mean


def _difference(outcome: Outcome, epoch: str = "best") -> str:
    return describe_difference(outcome.at(epoch).difference)
