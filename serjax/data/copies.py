"""Copies of training rows: their features, and which an epoch trains on."""

from collections.abc import Sequence

import numpy as np

from serjax.config import Config
from serjax.corpora import Corpora
from serjax.data.augmentation import CopySettings
from serjax.data.extraction import Row
from serjax.data.function import Function
from serjax.data.store import StoredUtterances, store_features


def store_copies(
    corpora: Corpora,
    stored: StoredUtterances,
    parts: Sequence[str],
    config: Config,
    progress: bool = True,
    front_end: Function | None = None,
) -> tuple[list[tuple[Row, int]], list[str]]:
    """Get disturbed copies of the training rows, where settings ask for them.

    Returns:
      Each copy with the row that it is of; and a note of those that cannot be made, as
      where an utterance is too short once it is sped up.
    """
    kind, copies, failed = config.features.augment, [], []
    if kind == "none":
        return [], []
    pairs = enumerate(zip(stored.utterances, parts, strict=True))
    row_of = {id(it): row for row, (it, part) in pairs if part == "train"}
    asked = [stored.utterances[row] for row in row_of.values()]
    for number in range(1, config.features.augment_copies + 1):
        settings = CopySettings(**vars(config.features), copy=number)
        where = corpora.paths, asked, settings, stored.cache
        made = store_features(*where, config.data, progress, function=front_end)
        numbers = [row_of[id(it)] for it in made.utterances]
        copies += zip(made.rows, numbers, strict=True)
        failed += made.skipped
    notes = [
        f"augment={kind}: {len(failed)} copies cannot be made, the first of {it.file}: "
        f"{it.reason}"
        for it in failed[:1]
    ]
    return copies, notes


def draw_rows(
    rows: np.ndarray, copy_of: np.ndarray, num_rows: int, seed: int, epoch: int
) -> np.ndarray:
    """Draw of each row itself or a copy, all alike, from (seed, epoch) alone.

    Args:
      rows: int64[n].
      copy_of: int64[copies], the row of each further one, from `num_rows` on.

    Returns:
      int64[n]; without copies the rows.
    """
    if not copy_of.size:
        return rows
    choices = {row: [row] for row in rows.tolist()}
    for copy, row in enumerate(copy_of.tolist(), num_rows):
        if row in choices:
            choices[row].append(copy)
    drawn = np.random.default_rng((seed, epoch, 1)).random(len(rows))
    pairs = zip(choices.values(), drawn, strict=True)
    return np.array([its[int(at * len(its))] for its, at in pairs], np.int64)
