"""The upper bound of unseen corpora as a row: of runs that trained on one alone.

A result is put as if it were of a study that holds the corpus out, whose test part has
the corpus' name. It stands by itself: in no difference and no family of tests.
"""

import dataclasses
import functools
from collections.abc import Collection, Mapping, Sequence

from serjax.analysis.cells import MEAN, Outcome, Result, summarise
from serjax.analysis.measures import measured
from serjax.records.folder import StudyFiles

ROW = "upper bound"
"""What stands in the place of an approach."""

ABOUT = (
    f"{ROW}: the baseline, trained on the unseen corpus alone and tested on its test "
    "speakers, not on all of it as the rows above: no paired comparison, and in no "
    "test of significance."
)


def summarise_bounds(
    corpora: Collection[str],
    results: Sequence[Result],
    failed: Sequence[Result] = (),
    unfinished: Sequence[Result] = (),
    measure: str = "ua",
) -> list[Outcome]:
    """Average results over seeds, by corpus; and over the corpora, if all have one.

    Args:
      corpora: the unseen ones.
      results, failed, unfinished, measure: as of `summarise`; each run has its corpus
        as `upper_bound`.
    """
    lists = [[*map(_put, its)] for its in (results, failed, unfinished)]
    rows = summarise(*lists, measure=measure) if results else []
    is_whole = {*corpora} <= {row.part for row in rows}
    return [
        dataclasses.replace(row, approach=ROW)
        for row in rows
        if row.part != MEAN or is_whole
    ]


@functools.lru_cache(maxsize=8)  # a table of each part asks
def summarise_bounds_of(study: StudyFiles, measure: str = "ua") -> tuple[Outcome, ...]:
    """Summarise the upper bounds that the study's last start asked for."""
    results, failed, waiting = [], [], []
    lists = {"finished": results, "failed": failed, "broken": failed}
    corpora = bound_notes(study)
    for corpus in corpora:
        beside = study.upper_bound(corpus)
        for run in beside.runs:
            facts = measured(beside, run, measure) if run.status == "finished" else {}
            facts |= {"approach": run.approach, "set_name": run.set_name}
            facts |= {"seed": run.seed, "upper_bound": corpus}
            lists.get(run.status, waiting).append(facts)
    return tuple(summarise_bounds(corpora, results, failed, waiting, measure))


def split_results(results: Sequence[Result]) -> tuple[list[Result], list[Result]]:
    """Those of a study's grid, and those of upper bounds."""
    of_grid = [result for result in results if "upper_bound" not in result]
    return of_grid, [result for result in results if "upper_bound" in result]


def bound_notes(study: StudyFiles) -> dict[str, str]:
    """By unseen corpus whom its bound is of, or why it has none."""
    found = study.about.upper_bound if study.about else {}
    return {corpus: it.note for corpus, it in found.items()}


def note_bounds(notes: Mapping[str, str]) -> list[str]:
    """Say it below a table with a row of them; nothing where none was asked for."""
    return [ABOUT, *notes.values()] if notes else []


def _put(result: Result) -> Result:
    """The values of the test part by the corpus' name, as of an unseen one."""
    corpus = result["upper_bound"]
    by_corpus = {
        key: {corpus: it["test"]}
        for key, it in result.items()
        if isinstance(it, Mapping) and "test" in it
    }
    return {**result, **by_corpus, "held_out": corpus}
