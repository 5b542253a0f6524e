"""How far a UA depends on which speakers were recorded: a bootstrap over speakers.

Utterances of one speaker resemble each other, so that speakers are drawn, each with all
utterances: the cluster bootstrap (Field and Welsh, "Bootstrapping clustered data", JRSS
B 2007). The models stay the same. Such an interval is about other speakers of the same
corpora, one over seeds is about other trainings; neither holds both.

Speakers of all corpora of a part are drawn alike. An utterance whose speaker is not
known counts as a speaker of its own, which makes the interval too narrow.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from serjax.analysis.cells import BASELINE
from serjax.analysis.statistics import LEVEL
from serjax.records.folder import Run
from serjax.records.predictions import Rows

MIN_SPEAKERS = 10
"""Under so many speakers a percentile interval must not be relied on.

One that claims 95 % holds the true value in about 90 % of cases with 10 speakers, in
84 % with 5 and in half with 2 (simulated in tests/analysis/test_speakers.py); and 2
speakers can be drawn in three ways only.
"""

NUM_RESAMPLES = 2000

_AT_ONCE = 500  # speakers of an AUC, for memory's sake


@dataclasses.dataclass(frozen=True)
class SpeakerInterval:
    """A UA, or a difference of UAs, with its interval over speakers; in percent.

    Attributes:
      n: runs, or pairs of runs, over whose seeds the value is the mean.
      value: with every speaker once.
      interval: lower and upper end, percentiles of the resamples.
    """

    n: int
    value: float
    interval: tuple[float, float]


@dataclasses.dataclass(frozen=True)
class SpeakerOutcome:
    """UA of one configuration, as runs name it, on one part: mean over the seeds.

    The difference is from the baseline of the same seeds; None where there is none.
    """

    approach: str
    attributes: str
    ua: SpeakerInterval
    difference: SpeakerInterval | None


@dataclasses.dataclass(frozen=True, eq=False)
class SpeakerSample:
    """The speakers of a part, and the resamples of them that all runs share.

    Attributes:
      part: test, or an unseen corpus.
      speakers: names; an utterance without one stands as `?<row>`.
      num_unknown: utterances without a speaker.
      weights: int[resamples, speakers], how often each is drawn.
    """

    part: str
    speakers: tuple[str, ...]
    num_unknown: int
    weights: np.ndarray

    @property
    def warnings(self) -> list[str]:
        """Why the intervals cannot be relied on; none where they can."""
        found = []
        known = len(self.speakers) - self.num_unknown
        if known < MIN_SPEAKERS:
            noun = "speaker" if known == 1 else "speakers"
            found.append(
                f"{self.part} has {known} {'known ' * bool(self.num_unknown)}{noun}: "
                f"an interval over fewer than {MIN_SPEAKERS} is too narrow, and says "
                "little about others."
            )
        if self.num_unknown:
            found.append(
                f"{self.part} has utterances of unknown speaker, {self.num_unknown}: "
                "each counts as a speaker of its own, and the interval is too narrow."
            )
        return found


def sample_speakers(rows: Sequence[Rows], part: str) -> SpeakerSample | None:
    """Draw speakers with replacement, as many as there are, many times.

    They are those of all runs that are to be compared; None where there are none.
    """
    names = sorted({name for one in rows for name in _speakers(one, part)})
    if not names:
        return None
    num = len(names)
    draws = np.random.default_rng(0).multinomial(num, [1 / num] * num, NUM_RESAMPLES)
    unknown = sum(name.startswith("?") for name in names)
    return SpeakerSample(part, tuple(names), unknown, draws)


def confusions(rows: Rows, sample: SpeakerSample) -> np.ndarray:
    """Count float[speakers, classes, classes]: per speaker, rows are labels."""
    at = rows.of(sample.part)
    speakers = np.searchsorted(sample.speakers, _speakers(rows, sample.part))
    num = len(rows.classes)
    counts = np.zeros((len(sample.speakers), num, num))
    np.add.at(counts, (speakers, rows.labels[at], rows.predicted[at]), 1)
    return counts


def resampled_ua(counts: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Compute UA over the classes that are in a resample: float[resamples], percent.

    Counts are float[speakers, classes, classes], weights int[resamples, speakers].
    """
    drawn = np.tensordot(weights.astype(float), counts, axes=1)
    totals = drawn.sum(2)
    present = totals > 0
    right = drawn.diagonal(axis1=1, axis2=2)
    recall = np.divide(right, totals, out=np.zeros(right.shape), where=present)
    with np.errstate(invalid="ignore"):  # a resample may lack this run's speakers
        return 100 * recall.sum(1) / present.sum(1)


def resampled_auc(rows: Rows, sample: SpeakerSample, weights: np.ndarray) -> np.ndarray:
    """Compute the macro AUC of each resample, as `serjax.evaluation.measures.auc`.

    Weights are int[resamples, speakers]; it is float[resamples], NaN where a resample
    has one class alone.
    """
    at = rows.of(sample.part)
    speakers = np.searchsorted(sample.speakers, _speakers(rows, sample.part))
    drawn = weights.astype(float)
    areas = np.full((len(rows.classes), len(weights)), np.nan)
    for number, column in enumerate(rows.probabilities[at].T):
        positive = rows.labels[at] == number
        ours, theirs = (
            drawn @ np.bincount(speakers[its], minlength=drawn.shape[1])
            for its in (positive, ~positive)
        )
        right = np.zeros(len(weights))
        if positive.any():
            won = _won_pairs(column, positive, speakers, drawn.shape[1])
            right = ((drawn @ won) * drawn).sum(1)
        pairs = ours * theirs
        np.divide(right, pairs, out=areas[number], where=pairs > 0)
    known = ~np.isnan(areas)
    with np.errstate(invalid="ignore"):
        return np.where(known, areas, 0).sum(0) / known.sum(0)


def _won_pairs(
    column: np.ndarray, positive: np.ndarray, speakers: np.ndarray, num: int
) -> np.ndarray:
    """Count how often a speaker's positives stand above another's negatives.

    It is float[speakers, speakers]; of a pair that is equal half counts.
    """
    order = np.argsort(column, kind="stable")
    column, positive, speakers = column[order], positive[order], speakers[order]
    ours = np.flatnonzero(positive)
    ours = ours[np.argsort(speakers[ours], kind="stable")]
    ends = [np.searchsorted(column, column[ours], side) for side in ("left", "right")]
    who, starts = np.unique(speakers[ours], return_index=True)
    won = np.zeros((num, num))
    for start in range(0, num, _AT_ONCE):
        others = np.arange(start, min(start + _AT_ONCE, num))
        negatives = (speakers[:, None] == others) & ~positive[:, None]
        below = np.vstack([np.zeros(len(others)), np.cumsum(negatives, axis=0)])
        counts = (below[ends[0]] + below[ends[1]]) / 2
        won[np.ix_(who, others)] = np.add.reduceat(counts, starts, axis=0)
    return won


def interval_over_speakers(uas: Sequence[np.ndarray]) -> SpeakerInterval:
    """Average runs resample by resample, and take the percentiles.

    Each run has float[1 + resamples], or differences of such: first with every speaker
    once, then the resamples, the same for all.
    """
    mean = np.mean(uas, axis=0)
    tail = 50 * (1 - LEVEL)
    low, high = np.nanpercentile(mean[1:], [tail, 100 - tail])
    return SpeakerInterval(len(uas), float(mean[0]), (float(low), float(high)))


def resample_runs(
    runs: Sequence[Run], part: str
) -> tuple[SpeakerSample | None, list[SpeakerOutcome]]:
    """Resample a part's speakers for every configuration of a study.

    All runs share the resamples, so that a hard speaker is as hard for the baseline as
    for an approach, and the difference keeps only what the approach does.

    There is no sample where no run has rows of the part. Records are per approach and
    attribute set, at the best epoch (whose predictions a run keeps).
    """
    runs = [run for run in runs if run.rows.of(part).any()]
    sample = sample_speakers([run.rows for run in runs], part)
    if sample is None:
        return None, []
    weights = np.vstack([np.ones(len(sample.speakers), int), sample.weights])
    uas: dict[tuple[str, str], dict[tuple[str, int], np.ndarray]] = {}
    for run in runs:
        ua = resampled_ua(confusions(run.rows, sample), weights)
        uas.setdefault((run.approach, run.set_name), {})[run.trial] = ua
    baseline = uas.get(BASELINE, {})
    outcomes = []
    for name, by_trial in uas.items():
        paired = [it for it in by_trial if it in baseline and name != BASELINE]
        differences = [by_trial[it] - baseline[it] for it in paired]
        ua = interval_over_speakers(list(by_trial.values()))
        difference = interval_over_speakers(differences) if differences else None
        outcomes.append(SpeakerOutcome(*name, ua, difference))
    return sample, outcomes


def _speakers(rows: Rows, part: str) -> list[str]:
    at = np.flatnonzero(rows.of(part))
    names = rows.attributes["speaker"][at]
    return [str(n) or f"?{row}" for n, row in zip(names, at, strict=True)]
