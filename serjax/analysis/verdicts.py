"""Is a model blind to an unseen corpus, or only biased? A word, from two intervals.

AUC says whether it ranks the utterances, whatever its thresholds; UA says whether it
gives the right answers as it stands. Both at the best epoch, 95 % intervals.
"""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np

from serjax.analysis import speakers
from serjax.analysis.breakdowns import configurations
from serjax.analysis.cells import MEAN, Outcome, summarise_study
from serjax.analysis.statistics import ROUNDING
from serjax.records.folder import Run, StudyFiles
from serjax.records.predictions import Rows

Interval = tuple[float, float]

AUC_CHANCE = 0.5
UNTOLD = "cannot be told"

MEANINGS = {
    "learnt": "AUC's interval is above 0.5, and UA's above chance",
    "biased": "AUC's interval is above 0.5, but UA's is not above chance: it ranks the "
    "utterances, and its thresholds are displaced",
    "blind": "AUC's interval holds 0.5: it does not rank the utterances",
    "reversed": "AUC's interval is below 0.5: it ranks them the wrong way round",
    UNTOLD: "the corpus has utterances of one class alone",
}
"""What each verdict means, in the order of tables."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a configuration makes of an unseen corpus.

    Attributes:
      word: of `MEANINGS`.
      auc: mean over the seeds, a fraction; None where it is undefined.
      ua: mean over the seeds, percent.
      auc_interval, ua_interval: lower and upper end; None without an AUC.
      chance: percent, 100 / classes that the corpus has.
      over: what the intervals are over, as `3 seeds`, `24 speakers`, `80 utterances`.
    """

    part: str
    approach: str
    attributes: str
    word: str
    auc: float | None
    ua: float
    auc_interval: Interval | None
    ua_interval: Interval | None
    chance: float
    over: str


def judge(auc: Interval, ua: Interval, chance: float) -> str:
    """Give the word for intervals of AUC (fractions) and UA (percent, as chance)."""
    if auc[1] < AUC_CHANCE:
        return "reversed"
    if auc[0] <= AUC_CHANCE:
        return "blind"
    return "learnt" if ua[0] > chance + ROUNDING else "biased"


@functools.lru_cache(maxsize=2)  # several sections of one report ask
def study_verdicts(study: StudyFiles) -> tuple[Verdict, ...]:
    """Judge every configuration on every unseen corpus.

    Intervals are over the seeds; of one seed, or of seeds that give the same, over the
    corpus' speakers; over its utterances where fewer than two speakers are known.
    """
    of_auc = summarise_study(study, "auc")
    aucs = {(it.part, it.approach, it.attributes): it for it in of_auc}
    runs = configurations(study)
    found = []
    for ua in summarise_study(study):
        if ua.part in ("test", MEAN) or ua.best.score.mean is None:
            continue
        name = ua.approach, ua.attributes
        its = [run for run in runs[name] if run.rows.of(ua.part).any()]
        if its:
            found.append(_verdict(its, aucs[ua.part, *name], ua))
    return tuple(found)


def _verdict(runs: Sequence[Run], auc: Outcome, ua: Outcome) -> Verdict:
    counts = np.sum([run.result.confusion[ua.part] for run in runs], axis=0)
    found = Verdict(
        ua.part,
        ua.approach,
        ua.attributes,
        UNTOLD,
        auc.best.score.mean,
        ua.best.score.mean or 0.0,
        None,
        None,
        chance=100 / int((counts.sum(1) > 0).sum()),
        over="",
    )
    if found.auc is None:
        return found
    of_auc, of_ua = auc.best.score.interval, ua.best.score.interval
    over = f"{ua.best.score.n} seeds"
    if not of_auc or not of_ua:
        (of_auc, of_ua), over = _over_speakers(runs, ua.part)
    return dataclasses.replace(
        found,
        word=judge(of_auc, of_ua, found.chance),
        auc_interval=of_auc,
        ua_interval=of_ua,
        over=over,
    )


def _over_speakers(runs: Sequence[Run], part: str) -> tuple[list[Interval], str]:
    """Intervals of AUC and UA over a part's speakers, or utterances; what over."""
    rows = [run.rows for run in runs]
    known = {name for it in rows for name in it.attributes["speaker"][it.of(part)]}
    if len(known - {""}) < 2:
        rows = [*map(_without_speakers, rows)]
    sample = speakers.sample_speakers(rows, part)
    assert sample is not None  # the runs have rows of the part
    weights = np.vstack([np.ones(len(sample.speakers), int), sample.weights])
    aucs = [speakers.resampled_auc(it, sample, weights) for it in rows]
    counts = [speakers.confusions(it, sample) for it in rows]
    uas = [speakers.resampled_ua(it, weights) for it in counts]
    ends = [speakers.interval_over_speakers(its).interval for its in (aucs, uas)]
    unit = "utterances" if sample.num_unknown == len(sample.speakers) else "speakers"
    return ends, f"{len(sample.speakers)} {unit}"


def _without_speakers(rows: Rows) -> Rows:
    nobody = {**rows.attributes, "speaker": np.full(len(rows.parts), "")}
    return dataclasses.replace(rows, attributes=nobody)
