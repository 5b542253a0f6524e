"""A corpus that the sound of its recordings gives away, whatever is said in them."""

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from serjax.data import Recording
from serjax.files import write_csv

MEASURES = {
    "level_db": "level {} {:.1f} dB",
    "lead_s": "leading silence {} {:.2f} s",
    "trail_s": "trailing silence {} {:.2f} s",
    "sample_rate_hz": "sample rate {} {:,.0f} Hz",
}
"""What is compared, fields of `Recording`, and the words for a side of a threshold."""

TELLING = 0.9
"""Balanced accuracy from which on a measure is said to give a corpus away."""

FEW = 20
"""Fewer utterances, of the corpus or of the others, are told apart by chance."""


@dataclasses.dataclass(frozen=True)
class Giveaway:
    """How well one threshold on one measure tells a corpus from all others.

    Attributes:
      measure: a key of `MEASURES`.
      threshold: the best there is, halfway between two values that occur.
      above: whether the corpus lies above it.
      balanced_accuracy: mean of the share of the corpus on its side, and of the share
        of the others on theirs; 0.5 is chance.
    """

    corpus: str
    measure: str
    threshold: float
    above: bool
    balanced_accuracy: float
    rows: int
    other_rows: int


def find_giveaways(
    corpora: Sequence[str], recordings: Sequence[Recording]
) -> tuple[Giveaway, ...]:
    """Find the best threshold of each measure for each corpus against the others.

    There is none for a measure that is the same everywhere, or if there is one corpus.
    """
    names = sorted(set(corpora))
    found = []
    for corpus in names if len(names) > 1 else ():
        inside = np.array(corpora, object) == corpus
        counts = int(inside.sum()), int((~inside).sum())
        for measure in MEASURES:
            values = np.array([getattr(it, measure) for it in recordings], float)
            best = best_threshold(values, inside)
            if best is not None:
                found.append(Giveaway(corpus, measure, *best, *counts))
    return tuple(found)


def best_threshold(
    values: np.ndarray, inside: np.ndarray
) -> tuple[float, bool, float] | None:
    """Find the threshold on float[rows] that tells rows `inside`, bool[rows], best.

    Returns:
      The threshold, whether the rows inside lie above it, and the balanced accuracy;
      None if all values are equal.

    Example:
      >>> best_threshold(np.array([1.0, 2.0, 4.0]), np.array([False, False, True]))
      (3.0, True, 1.0)
    """
    distinct, of_row = np.unique(values, return_inverse=True)
    if len(distinct) < 2:
        return None
    counts = (
        np.bincount(of_row[rows], minlength=len(distinct)) for rows in (inside, ~inside)
    )
    # Share of the rows at or below each value: the cut lies above it.
    below, below_of_others = (np.cumsum(count)[:-1] / count.sum() for count in counts)
    gap = below_of_others - below
    best = int(np.argmax(np.abs(gap)))
    threshold = float(distinct[best] + distinct[best + 1]) / 2
    return threshold, bool(gap[best] > 0), float(1 + abs(gap[best])) / 2


def write_giveaways(path: Path, giveaways: Iterable[Giveaway]) -> None:
    """Write `giveaways.csv`, a line per corpus and measure."""
    names = [field.name for field in dataclasses.fields(Giveaway)]
    rows = []
    for it in giveaways:
        side, accuracy = str(it.above).lower(), f"{it.balanced_accuracy:.6f}"
        found = f"{it.threshold:.6g}", side, accuracy, it.rows, it.other_rows
        rows.append((it.corpus, it.measure, *found))
    write_csv(path, names, rows)


def warn_of_giveaways(giveaways: Sequence[Giveaway], sample_rate_hz: int) -> list[str]:
    """Say which corpora one threshold gives away: a line each, and what it means."""
    corpora = sorted({it.corpus for it in giveaways})
    # Of two corpora, what tells the one tells the other.
    lines = []
    for corpus in corpora[:1] if len(corpora) == 2 else corpora:
        telling = [
            MEASURES[it.measure].format("over" if it.above else "under", it.threshold)
            + f" ({it.balanced_accuracy:.2f})"
            for it in giveaways
            if it.corpus == corpus
            and it.balanced_accuracy >= TELLING
            and min(it.rows, it.other_rows) >= FEW
        ]
        if telling:
            others = corpora[1] if len(corpora) == 2 else "all others"
            lines.append(f"{corpus} is told from {others} by {', or '.join(telling)}.")
    if lines:
        lines.append(
            "A threshold like these (balanced accuracy in brackets, 0.50 is chance) "
            "knows a corpus without hearing speech, and so can a model: silence is "
            "frames like any others, and level stays visible through log_floor though "
            "each utterance is normalised. Files are resampled to "
            f"{sample_rate_hz:,} Hz: of higher sample rates there stays what comes "
            "with them, as other microphones and filters."
        )
    return lines
