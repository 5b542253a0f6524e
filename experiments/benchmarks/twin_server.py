"""The twin's side of every comparison; it runs in a worker, and keeps the time there.

Wherever PyTorch has several ways to do the same, they are timed, and the fastest one is
taken: the comparison is with the best that the twin can do.
"""

import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import numpy as np

from experiments.benchmarks import twin
from experiments.benchmarks.speech import Speech
from serjax.config import Config

Way = TypeVar("Way", bound=Hashable)

TURNS = 3
"""How often each way is timed before one is chosen."""


class TwinServer:
    """A twin with its data; all times are in seconds."""

    def __init__(self, config: Config, speech: Speech, device: str = "cpu") -> None:
        """Make it; `device` is PyTorch's name, 'cpu' or 'cuda'."""
        twin.use_all_cores()
        self._seed = config.training.seed
        self._epoch = 0
        self._lengths = speech.lengths
        self._labels = speech.labels
        self._num_classes = speech.num_classes
        self._trainer = twin.Trainer(config, speech, device)

    def choose_training(self, batches: Sequence[np.ndarray]) -> dict[str, Any]:
        """Take the fastest way to train on these batches.

        Args:
          batches: rows of each.

        Returns:
          `chosen` and, by name, the seconds that the batches took.
        """

        def train(way: tuple[str, str]) -> list[float]:
            self._trainer.use(*way)
            return self.time_steps(batches)

        seconds = _compare(train, twin.WAYS)
        chosen = min(seconds, key=seconds.__getitem__)
        self._trainer.use(*chosen)
        return {
            "chosen": ", ".join(chosen),
            "s": {", ".join(way): s for way, s in seconds.items()},
        }

    def time_steps(self, batches: Sequence[np.ndarray]) -> list[float]:
        """Train a step on each batch; padding them is not in the time."""
        ready = [self._trainer.batch(rows) for rows in batches]
        seconds = []
        for batch in ready:
            began = time.perf_counter()
            self._trainer.step(batch)
            self._trainer.wait()
            seconds.append(time.perf_counter() - began)
        return seconds

    def time_epoch(
        self, rows: np.ndarray, valid_rows: np.ndarray, batch_size: int
    ) -> float:
        """Train an epoch and validate.

        Batches are cut from the rows in order of length, equal ones shuffled; then the
        batches are shuffled. No batch has less padding than these.
        """
        began = time.perf_counter()
        rng = np.random.default_rng((self._seed, self._epoch))
        self._epoch += 1
        order = np.argsort(self._lengths[rows] + rng.random(len(rows)))
        batches = _cut(rows[order], batch_size)
        losses = [
            self._trainer.step(self._trainer.batch(batches[index]))
            for index in rng.permutation(len(batches))
        ]
        mean = float(sum(losses)) / len(losses)
        if not np.isfinite(mean):
            raise ValueError(f"The twin's loss is {mean}; lower --learning_rate.")
        ordered, probabilities, _ = self._predict(valid_rows, batch_size)
        predicted = probabilities.argmax(1)
        _unweighted_accuracy(self._labels[ordered], predicted, self._num_classes)
        return time.perf_counter() - began

    def choose_evaluation(
        self, rows: np.ndarray, batch_sizes: Sequence[int]
    ) -> dict[str, Any]:
        """Take the fastest way to evaluate, and say which of some batch sizes is best.

        Args:
          rows: a sample.
          batch_sizes: to choose from.

        Returns:
          `chosen`, `batch_size` and, by name, the seconds that the sample took.
        """

        def evaluate(way: tuple[str, str, int]) -> list[float]:
            *how, batch_size = way
            self._trainer.model.use(*how)
            return [self.time_evaluation(rows, batch_size)]

        ways = [(*way, size) for way in twin.WAYS for size in batch_sizes]
        seconds = _compare(evaluate, ways)
        *how, batch_size = chosen = min(seconds, key=seconds.__getitem__)
        self._trainer.model.use(*how)
        return {
            "chosen": ", ".join(map(str, chosen)),
            "batch_size": batch_size,
            "s": {", ".join(map(str, way)): s for way, s in seconds.items()},
        }

    def time_evaluation(self, rows: np.ndarray, batch_size: int) -> float:
        """Predict rows: probabilities and embeddings, in the order of rows."""
        began = time.perf_counter()
        ordered, *predictions = self._predict(rows, batch_size)
        back = np.argsort(ordered, kind="stable")
        for array in predictions:
            array[back]
        return time.perf_counter() - began

    def _predict(
        self, rows: np.ndarray, batch_size: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows in order of length, their probabilities and embeddings."""
        ordered = rows[np.argsort(self._lengths[rows], kind="stable")]
        return ordered, *self._trainer.predict(_cut(ordered, batch_size))


def _compare(
    time_parts: Callable[[Way], list[float]], ways: Sequence[Way]
) -> dict[Way, float]:
    """Time ways by turns: each part's least seconds, added up.

    Args:
      time_parts: seconds of all parts of the work, done one way.
      ways: to compare.
    """
    for way in ways:
        time_parts(way)  # not counted: much is made ready at first use
    turns = [[time_parts(way) for way in ways] for _ in range(TURNS)]
    least = np.min(turns, axis=0).sum(1)
    return dict(zip(ways, least.tolist(), strict=True))


def _cut(rows: np.ndarray, batch_size: int) -> list[np.ndarray]:
    return [rows[at : at + batch_size] for at in range(0, len(rows), batch_size)]


def _unweighted_accuracy(
    labels: np.ndarray, predicted: np.ndarray, num_classes: int
) -> float:
    pairs = np.bincount(labels * num_classes + predicted, minlength=num_classes**2)
    confusion = pairs.reshape(num_classes, -1)
    return float(np.mean(confusion.diagonal() / np.maximum(confusion.sum(1), 1)))
