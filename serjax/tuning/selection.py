"""What a trial is judged by: validation, or corpora left out of its training.

Test parts and unseen corpora have no say: the data sets made here evaluate neither.
"""

import dataclasses
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from serjax.config import Config, require
from serjax.data import Dataset, load_dataset, load_folds
from serjax.records.metrics import read_metrics
from serjax.training import train

Train = Callable[..., Mapping[str, Any]]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Blind(Dataset):
    """A data set of which a run evaluates only validation, and a corpus left out.

    Attributes:
      left_out: the corpus; '' for none.
    """

    left_out: str = ""

    def evaluation_parts(self) -> dict[str, np.ndarray]:
        """Rows of 'valid', and of the corpus left out by its name."""
        parts = super().evaluation_parts()
        return {name: parts[name] for name in ("valid", self.left_out) if name}


@dataclasses.dataclass(frozen=True, eq=False)
class Fold:
    """What each run of a trial is trained on, and the part that it is judged by.

    Attributes:
      config: with the settings of these data.
      dataset: training and validation; no test part or unseen corpus is evaluated.
      part: 'valid', or the corpus that is left out.
    """

    config: Config
    dataset: Blind
    part: str


def make_folds(config: Config, selection: str, held_out: str = "") -> tuple[Fold, ...]:
    """Load the data of a trial's runs: one data set, or one per training corpus.

    Args:
      config: the settings that the trials share.
      selection: one of `serjax.tuning.SELECTIONS`.
      held_out: of protocol leave_one_out the unseen corpus, which is in no fold but to
        be left alone, as those of `ood` are.

    Raises:
      ValueError: what `load_folds` raises; or there is one training corpus, so that
        none can be left out.
    """
    own = config.replace(held_out=(held_out,)) if held_out else config
    dataset = load_dataset(own)
    if selection == "valid":
        return (Fold(own, _blind(dataset), "valid"),)
    rows = dataset.rows("train")
    corpora = {dataset.utterances[row].corpus for row in rows}
    expected = "two training corpora or more, beside the unseen ones"
    require(len(corpora) > 1, "selection", selection, expected)
    inner = config.replace(protocol="leave_one_out", held_out=(), ood=dataset.ood)
    # Batches of the size that the settings found are to be used with.
    size = dataset.smallest_train or len(rows)
    return tuple(
        Fold(
            inner.replace(held_out=(corpus,)),
            _blind(dataclasses.replace(it, smallest_train=size), corpus),
            corpus,
        )
        for corpus, it in load_folds(inner).items()
    )


def score_trial(
    folds: Sequence[Fold],
    settings: Mapping[str, Any],
    seeds: Sequence[int],
    folder: Path,
    note: Callable[[int, float], None],
    train: Train = train,
) -> float:
    """Train a trial's runs, fold by fold and seed by seed; return their mean UA.

    By `valid` the first run's best validation UA so far is noted epoch by epoch, by
    which a trial may be pruned. By `leave_one_out` nothing is: there a run's validation
    is not its score.

    Args:
      folds: of `make_folds`.
      settings: approach, attributes and those that are tried.
      seeds: of the runs.
      folder: of the trial. A run that is there goes on, or is read if it is finished.
      note: told of epoch and UA; whatever it raises ends the trial.
      train: as `serjax.train`.

    Returns:
      Percent.
    """
    scores = []
    for fold in folds:
        for seed in seeds:
            own = folder / (fold.part if len(folds) > 1 else "") / f"seed{seed}"
            run = fold.config.replace(**settings, seed=seed, workdir=str(own))
            noted = _noting(note if fold.part == "valid" and not scores else None)
            for line in read_metrics(own):  # of before it was stopped
                noted(line)
            result = train(run, fold.dataset, report=None, on_epoch=noted)
            scores.append(result["ua"][fold.part])
    return statistics.fmean(scores)


def _noting(
    note: Callable[[int, float], None] | None,
) -> Callable[[Mapping[str, Any]], None]:
    """Take lines of metrics, and `note` the best validation UA so far."""
    best = -1.0

    def tell(line: Mapping[str, Any]) -> None:
        nonlocal best
        best = max(best, line["valid_ua"])
        if note:
            note(line["epoch"], best)

    return tell


def _blind(dataset: Dataset, left_out: str = "") -> Blind:
    return Blind(**vars(dataset), left_out=left_out)
