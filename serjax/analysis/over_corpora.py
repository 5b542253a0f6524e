"""Differences from the baseline over corpora that are held out in turn, and tests.

What holds beyond these corpora is a claim over corpora: in each one the differences are
averaged over seeds first, and corpora are the units of means, intervals and tests.
Folds share training data, so that intervals over them are approximate, and too narrow
if anything; a few corpora of convenience are no sample of all speech.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy import stats

from serjax.analysis.cells import BASELINE, MEAN, Outcome
from serjax.analysis.paper import read_paper
from serjax.analysis.statistics import (
    LEVEL,
    MeanInterval,
    max_t_p,
    mean_interval,
    smallest_sign_flip_p,
)
from serjax.config import require

POINTS = 3.0
"""Points of UA: a difference that a reader would care for."""

POWER = 0.8

_MOST_CORPORA = 1000


@dataclasses.dataclass(frozen=True)
class OverCorpora:
    """A configuration's difference from the baseline over the corpora held out.

    Attributes:
      by_corpus: mean over the seeds in each corpus.
      difference: mean of these, with Student's t interval over the corpora.
      sd_between: standard deviation between corpora that seeds do not explain (one-way
        random effects, by moments, 0 at least); None where each has one seed.
      sd_within: standard deviation between the seeds of a corpus; None as above.
      p: of the family's max-|t| test over joint sign flips of corpora; None outside of
        the family, below two corpora, and where a corpus is missing.
      corpora_needed: how many corpora, that differ as these do, a t test needs to find
        a difference of `POINTS` in 80 % of cases; None of fewer than two corpora.
    """

    approach: str
    attributes: str
    by_corpus: Mapping[str, float]
    difference: MeanInterval
    sd_between: float | None
    sd_within: float | None
    corpora_needed: int | None
    p: float | None = None

    @property
    def name(self) -> str:
        """`reversal C+S`."""
        return f"{self.approach} {self.attributes}".removesuffix(" -")


def summarise_corpora(
    outcomes: Sequence[Outcome], family: str = "paper", epoch: str = "best"
) -> list[OverCorpora]:
    """Compare each configuration with the baseline over the corpora held out in turn.

    Args:
      outcomes: of `summarise`; by a given split there is nothing to say.
      family: see `find_family`.
      epoch: best or last.
    """
    if not any(it.part == MEAN for it in outcomes):
        return []
    seeds_of: dict[tuple[str, str], dict[str, list[float]]] = {}
    for it in outcomes:
        name = it.approach, it.attributes
        if it.part != MEAN and name != BASELINE:
            values = [*it.at(epoch).by_trial.values()]
            seeds_of.setdefault(name, {})[it.part] = values
    seeds_of = {name: it for name, it in seeds_of.items() if any(it.values())}
    tested = find_family(family, [*seeds_of])
    found = {name: _summarise(name, it) for name, it in seeds_of.items()}
    whole = [name for name in tested if all(seeds_of[name].values())]
    table = np.array([[*found[name].by_corpus.values()] for name in whole])
    if table.size and table.shape[1] > 1:
        for name, p in zip(whole, max_t_p(table), strict=True):
            found[name] = dataclasses.replace(found[name], p=float(p))
    return [*found.values()]


def find_family(family: str, names: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Choose the configurations that are tested together, without a look at results.

    Args:
      family: `paper`: of the paper's approaches the sets that it prints as better than
        the baseline on any of its parts, where some of them are there, and all of other
        approaches; `all`; or names, `reversal C,ganin C+S`.
      names: approach and attribute set of each configuration but the baseline.
    """
    if family == "all":
        return [*names]
    if family == "paper":
        numbers = read_paper().numbers.values()
        bold = {(it.approach, it.set_name) for it in numbers if it.bold}
        printed = {approach for approach, _ in bold & {*names}}
        return [it for it in names if it in bold or it[0] not in printed]
    return [it for it in names if _written(it) in parse_family(family)]


def check_family(family: str, names: Sequence[tuple[str, str]]) -> None:
    """Refuse a family that names a configuration which is not there.

    Raises:
      ValueError: one is not; the message lists those that are.
    """
    known = [_written(it) for it in names if it != BASELINE]
    there = family in ("paper", "all") or {*parse_family(family)} <= {*known}
    require(there, "family", family, f"paper, all, or some of {', '.join(known)}")


def parse_family(family: str) -> list[str]:
    """Read `reversal C, ganin C+S`: configurations as tables name them."""
    return [" ".join(it.split()) for it in family.split(",")]


def _written(name: tuple[str, str]) -> str:
    return " ".join(name).removesuffix(" -")


def corpora_needed(sd: float, points: float = POINTS) -> int:
    """Count the corpora that a t test needs to find a difference, in 80 % of cases.

    Two-sided, at 5 %, for one configuration; `sd` is that of the corpora's differences.
    No sign-flip test rejects with fewer than six.
    """
    for n in range(2, _MOST_CORPORA):
        limit = stats.t.isf((1 - LEVEL) / 2, n - 1)
        shift = math.sqrt(n) * points / max(sd, 1e-9)
        if stats.nct.sf(limit, n - 1, min(shift, 1e3)) >= POWER:
            return n
    return _MOST_CORPORA


def fewest_corpora() -> int:
    """Count the corpora below which no test by sign flips can reject at 5 %."""
    return next(n for n in range(2, 99) if smallest_sign_flip_p(n) < 1 - LEVEL)


def _summarise(
    name: tuple[str, str], seeds_of: Mapping[str, Sequence[float]]
) -> OverCorpora:
    known = {corpus: its for corpus, its in seeds_of.items() if its}
    means = {corpus: float(np.mean(its)) for corpus, its in known.items()}
    difference = mean_interval([*means.values()])
    between = within = None
    if len(known) > 1 and all(len(its) > 1 for its in known.values()):
        variance = float(np.mean([np.var(its, ddof=1) for its in known.values()]))
        by_luck = variance * float(np.mean([1 / len(its) for its in known.values()]))
        between = math.sqrt(max(0.0, (difference.sd or 0.0) ** 2 - by_luck))
        within = math.sqrt(variance)
    needed = None if difference.sd is None else corpora_needed(difference.sd)
    return OverCorpora(*name, means, difference, between, within, needed)
