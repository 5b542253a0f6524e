"""One record per approach, attribute set and part: a measure over seeds, its tests.

A result is a run's result.json as a dictionary. A collapsed run counts like any other
and is counted beside; a failed or unfinished one has no UA and is counted.

Where each of several corpora is held out in turn, a run is compared with the baseline
of the same seed that heard the same corpora; and one more part is their mean.
"""

import dataclasses
import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from serjax.analysis import statistics
from serjax.analysis.measures import measured
from serjax.config import attribute_set_name
from serjax.methods import METHODS, WITHOUT_ATTRIBUTES, order_approaches
from serjax.records.folder import StudyFiles

Result = Mapping[str, Any]

BASELINE = ("baseline", "-")
"""Approach and attribute set of the baseline."""

MEAN = "mean over corpora"
"""A part: of each seed the mean UA over all corpora that were held out in turn."""

Trial = tuple[str, int]
"""What paired runs share: the corpus that is held out ('' by a given split), the seed.
"""

_KEYS = {  # in result.json: the measure's, collapsed, alpha, strengths
    "best": ("{}", "collapsed", "alpha_at_best", "strengths_at_best"),
    "last": ("{}_last", "collapsed_last", "alpha_last", "strengths_last"),
}


@dataclasses.dataclass(frozen=True)
class AtEpoch:
    """A configuration on a part at one choice of epoch.

    Attributes:
      score: the measure over all seeds; UA in percent unless another was asked for.
      difference: from the baseline of the same seed, at its own choice of epoch, over
        the seeds that have both; of no pairs for the baseline.
      alpha: mean over the seeds, and over the attributes; None without attributes.
      alphas: of each attribute: means over the seeds; none of older runs.
      collapsed: runs that collapsed on this part.
      by_trial: the differences themselves.
      holm_p: the t test's p, adjusted over all configurations but the baseline on this
        part at this choice of epoch.
      holm_p_sign_flip: the same of the sign-flip test.
    """

    score: statistics.MeanInterval
    difference: statistics.PairedDifference
    alpha: float | None
    collapsed: int
    by_trial: Mapping[Trial, float]
    alphas: Sequence[float] = ()
    holm_p: float | None = None
    holm_p_sign_flip: float | None = None

    @property
    def by_seed(self) -> dict[int, float]:
        """The differences by seed, averaged over corpora that are held out in turn."""
        found: dict[int, list[float]] = {}
        for (_, seed), difference in self.by_trial.items():
            found.setdefault(seed, []).append(difference)
        return {seed: sum(its) / len(its) for seed, its in found.items()}

    @property
    def significant(self) -> bool:
        """Whether the t test rejects after Holm."""
        return self.holm_p is not None and self.holm_p < 1 - statistics.LEVEL


@dataclasses.dataclass(frozen=True)
class Outcome:
    """One approach with one attribute set on one part, over the seeds.

    Attributes:
      attributes: their set, `C+S`; with the roles (`C:reversal+S:multitask`) if mixed.
      part: test, an unseen corpus, or their mean.
      n: finished runs.
      failed: runs that failed, or of which a file cannot be read.
      unfinished: runs that are planned or under way.
    """

    approach: str
    attributes: str
    part: str
    n: int
    failed: int
    unfinished: int
    best: AtEpoch
    last: AtEpoch

    @property
    def name(self) -> str:
        """`reversal C+S`, `baseline`."""
        return f"{self.approach} {self.attributes}".removesuffix(" -")

    def at(self, epoch: str) -> AtEpoch:
        """At the `best` or the `last` epoch."""
        return {"best": self.best, "last": self.last}[epoch]


def summarise(
    results: Sequence[Result],
    failed: Sequence[Result] = (),
    unfinished: Sequence[Result] = (),
    measure: str = "ua",
) -> list[Outcome]:
    """Average results over seeds, beside the baseline of the same seeds.

    Args:
      results: of finished runs, with the keys of result.json; `set_name` stands for
        `attributes` where it is there, and `held_out` may be.
      failed, unfinished: of other runs: `approach`, `attributes`, `seed`.
      measure: a key of result.json, by part.

    Returns:
      A record per approach, attribute set and part (test, then each unseen corpus), in
      the order of approaches and then of the results.
    """
    names = dict.fromkeys(map(_name, (*results, *failed, *unfinished)))
    order = order_approaches(approach for approach, _ in names)
    names = sorted(names, key=lambda name: order.index(name[0]))
    held_out = held_out_of(results)
    results = [*results, *_means(results, held_out, measure)]
    cells = {}
    for part in parts_of(results):
        by_name: dict[tuple[str, str], list[Result]] = {name: [] for name in names}
        for result in results:
            if _concerns(result, part, held_out):
                by_name[_name(result)].append(result)
        counts = [Counter({name: len(its) for name, its in by_name.items()})]
        for others in (failed, unfinished):
            its = [it for it in others if _concerns(it, part, held_out)]
            counts.append(Counter(map(_name, its)))
        families = [_family(by_name, part, measure, epoch) for epoch in _KEYS]
        cells[part] = counts, families
    return [
        Outcome(
            *name, part, *(n[name] for n in counts), best=best[name], last=last[name]
        )
        for name in names
        for part, (counts, (best, last)) in cells.items()
    ]


@functools.lru_cache(maxsize=8)  # several sections of one report ask
def summarise_study(study: StudyFiles, measure: str = "ua") -> tuple[Outcome, ...]:
    """Summarise the runs of a study as `read_study` found them."""
    results, failed, waiting = [], [], []
    lists = {"finished": results, "failed": failed, "broken": failed}
    for run in study.runs:
        facts = measured(study, run, measure) if run.status == "finished" else {}
        facts |= {"approach": run.approach, "set_name": run.set_name, "seed": run.seed}
        facts["held_out"] = run.held_out
        lists.get(run.status, waiting).append(facts)
    return tuple(summarise(results, failed, waiting, measure))


def parts_of(results: Sequence[Result]) -> list[str]:
    """The parts of a table: test and every out-of-domain corpus; never valid.

    Where corpora were held out in turn they alone, and their mean: test has other
    speakers in each of their runs.
    """
    names = [part for result in results for part in result["ua"] if part != "valid"]
    if held_out := held_out_of(results):
        return [*held_out, *([MEAN] if MEAN in names else [])]
    return list(dict.fromkeys(["test", *names]))


def held_out_of(results: Sequence[Result]) -> list[str]:
    """The corpora that were held out in turn, sorted; none by a given split."""
    return sorted({result.get("held_out") or "" for result in results} - {""})


def trial_of(result: Result) -> Trial:
    """What a run shares with the baseline that it is compared with."""
    return result.get("held_out") or "", result["seed"]


def _concerns(result: Result, part: str, held_out: Sequence[str]) -> bool:
    """Whether a run, finished or not, has a UA on a part, or would have."""
    is_mean = MEAN in result.get("ua", ())
    if part == MEAN:
        return is_mean or "ua" not in result
    out = result.get("held_out") or part
    return not is_mean and (out == part or part not in held_out)


def _means(
    results: Sequence[Result], held_out: Sequence[str], measure: str
) -> list[Result]:
    """A result for each configuration and seed that every held-out corpus has."""
    by_seed: dict[tuple[Any, int], dict[str, Result]] = {}
    for it in results:
        by_seed.setdefault((_name(it), it["seed"]), {})[trial_of(it)[0]] = it
    found = []
    for its in by_seed.values():
        uas = [its[name]["ua"].get(name) for name in held_out if name in its]
        if len(uas) < len(held_out) or None in uas or len(held_out) < 2:
            continue
        mean = {**next(iter(its.values())), "held_out": "", "ua": {MEAN: None}}
        for key, collapsed, alpha, strengths in _KEYS.values():
            key = key.format(measure)
            values = [it.get(key, {}).get(n) for n, it in its.items()]
            whole = None if None in values else sum(values) / len(values)
            mean[key] = {MEAN: whole}
            mean[collapsed] = {MEAN: any(it[collapsed][n] for n, it in its.items())}
            mean[alpha] = sum(it[alpha] for it in its.values()) / len(its)
            mean[strengths] = {}
        found.append(mean)
    return found


def _name(result: Result) -> tuple[str, str]:
    set_name = result.get("set_name") or attribute_set_name(result["attributes"])
    return result["approach"], set_name


def _has_strength(approach: str) -> bool:
    method = METHODS.get(approach)
    has_one = method is None or method.has_strength
    return has_one and approach not in WITHOUT_ATTRIBUTES


def _family(
    by_name: Mapping[tuple[str, str], Sequence[Result]],
    part: str,
    measure: str,
    epoch: str,
) -> dict[tuple[str, str], AtEpoch]:
    """All that is compared on one part at one choice of epoch: a family for Holm."""
    key, collapsed_key, alpha_key, strengths_key = _KEYS[epoch]

    def score(result: Result) -> Any:
        return result.get(key.format(measure), {}).get(part)

    baseline = {trial_of(it): score(it) for it in by_name.get(BASELINE, [])}
    cells = {}
    for name, results in by_name.items():
        scores = [*map(score, results)]
        pairs = {
            trial_of(result): (its, baseline[trial_of(result)])
            for its, result in zip(scores, results, strict=True)
            if trial_of(result) in baseline and name != BASELINE
        }
        pairs = {trial: pair for trial, pair in pairs.items() if None not in pair}
        ours, theirs = [a for a, _ in pairs.values()], [b for _, b in pairs.values()]
        alphas = statistics.mean_interval([result[alpha_key] for result in results])
        strengths = [[*result.get(strengths_key, {}).values()] for result in results]
        cells[name] = AtEpoch(
            score=statistics.mean_interval([it for it in scores if it is not None]),
            difference=statistics.paired_difference(ours, theirs),
            alpha=alphas.mean if _has_strength(name[0]) else None,
            collapsed=sum(bool(r[collapsed_key].get(part)) for r in results),
            by_trial={trial: a - b for trial, (a, b) in pairs.items()},
            alphas=[sum(it) / len(it) for it in zip(*strengths, strict=False)],
        )
    tests = [cell.difference for cell in cells.values()]
    holm_p = statistics.holm([test.p for test in tests])
    flips = statistics.holm([test.p_sign_flip for test in tests])
    return {
        name: dataclasses.replace(cell, holm_p=p, holm_p_sign_flip=flip)
        for (name, cell), p, flip in zip(cells.items(), holm_p, flips, strict=True)
    }
