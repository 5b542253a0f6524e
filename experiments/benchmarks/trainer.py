"""The twin's side of every comparison; it keeps the time in its own process.

Gradients are dropped, not zeroed; data are tensors in memory. Ways to treat padding are
timed, and the fastest is taken: the comparison is with the best that the twin can do.
"""

# A machine that checks types need not have it.
# pyright: reportMissingImports=false

import itertools
import os
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from experiments.benchmarks.twin import RECURRENCES, Twin, spec_augment
from serjax.config import Config
from serjax.data import Dataset
from serjax.methods import METHODS

Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""float32[batch, frames, mels], zero past each length; int64[batch] lengths, on the
host; int64[1 + attributes, batch] labels, emotion first, -1 where unknown."""

started: "Trainer"


def start(*arguments: Any) -> None:
    """Make the process's trainer."""
    global started
    started = Trainer(*arguments)


class Trainer:
    """A twin, `model`, with its data and its optimiser; all times are in seconds."""

    def __init__(self, config: Config, dataset: Dataset, device: str = "cpu") -> None:
        torch.set_num_threads(os.cpu_count() or 1)  # as XLA has
        torch.manual_seed(config.training.seed)
        self._batch_size = 0
        self._config, self._device = config, torch.device(device)
        self._multiple = config.model.pool_stride ** len(config.model.conv_features)
        attributes, store = dataset.attributes.values(), dataset.store
        num_values = {it.name: len(it.values) for it in attributes}
        sizes = store.dims, len(dataset.classes), num_values
        self.model = Twin(config.model, *sizes).to(self._device)
        frames = torch.from_numpy(np.array(store.frames)).to(self._device)
        self._rows = frames.split(store.lengths.tolist())
        self._lengths = store.lengths.astype(np.int64)
        labels = np.array([dataset.labels, *(it.labels for it in attributes)], np.int64)
        self._labels = torch.from_numpy(labels).to(self._device)
        self._optimiser = torch.optim.SGD(
            [p for p in self.model.parameters() if p.requires_grad],
            config.training.learning_rate,
            config.training.momentum,
        )
        self._rng = np.random.default_rng(config.training.seed)

    def choose(
        self, batch_sizes: Sequence[int], method: str, *arguments: Any
    ) -> dict[str, float]:
        """Take the fastest way for a method that keeps time; say how long each took."""

        def time_way(way: tuple[str, int]) -> float:
            self.model.recurrence, self._batch_size = way
            return sum(getattr(self, method)(*arguments))

        ways = [*itertools.product(RECURRENCES, batch_sizes)]
        # By turns; the first is not counted: much is made ready at first use.
        turns = [[time_way(way) for way in ways] for _ in range(4)]
        least = np.min(turns[1:], axis=0)
        self.model.recurrence, self._batch_size = ways[least.argmin()]
        return {str(way): float(it) for way, it in zip(ways, least, strict=True)}

    def time_steps(self, batches: Sequence[np.ndarray]) -> list[float]:
        """Train a step on each batch; padding them is not in the time."""
        ready = [*map(self.batch, batches)]
        return [self.time("step", batch)[0] for batch in ready]

    def time(self, method: str, *arguments: Any) -> list[float]:
        """Call a method, and wait for what it does."""
        began = time.perf_counter()
        getattr(self, method)(*arguments)
        if self._device.type == "cuda":
            torch.cuda.synchronize()
        return [time.perf_counter() - began]

    def train(self, rows: np.ndarray, valid_rows: np.ndarray) -> None:
        """Train an epoch and validate.

        Batches are cut from the rows in order of length, equal ones shuffled; then the
        batches are shuffled. No batch has less padding than these.
        """
        order = np.argsort(self._lengths[rows] + self._rng.random(len(rows)))
        batches = self._cut(rows[order])
        for index in self._rng.permutation(len(batches)):
            self.step(self.batch(batches[index]))
        self.predict(valid_rows)

    def batch(self, rows: np.ndarray) -> Batch:
        """Pad some rows to the longest of them."""
        lengths = torch.from_numpy(self._lengths[rows])
        longest = -(-int(lengths.max()) // self._multiple) * self._multiple
        shape = len(rows), longest, self._rows[0].shape[1]
        features = torch.zeros(shape, device=self._device)
        for place, row in enumerate(rows.tolist()):
            features[place, : len(self._rows[row])] = self._rows[row]
        return features, lengths, self._labels[:, rows]

    def step(self, batch: Batch) -> torch.Tensor:
        """Take a training step, on a copy of the features; return the loss."""
        features, lengths, labels = batch
        training = self._config.training
        masks = training.time_mask_frames, training.frequency_mask_bins
        self.model.train()
        self._optimiser.zero_grad(set_to_none=True)
        masked = spec_augment(features, lengths, *masks)
        loss = self.loss((masked, lengths, labels))
        loss.backward()
        self._optimiser.step()
        return loss.detach()

    def loss(self, batch: Batch) -> torch.Tensor:
        """Compute Eq. 1 over every attribute; unknown labels do not count."""
        features, lengths, (emotions, *attributes) = batch
        emotion, heads = self.model(features, lengths)
        loss = F.cross_entropy(emotion, emotions)
        if not heads:
            return loss
        terms = []
        for labels, logits in zip(attributes, heads, strict=True):
            total = F.cross_entropy(logits, labels, ignore_index=-1, reduction="sum")
            terms.append(total / (labels >= 0).sum().clamp(min=1))
        alpha = self._config.methods.of(METHODS["multitask"])
        return (1 - alpha) * loss + alpha * torch.stack(terms).mean()

    @torch.inference_mode()
    def predict(self, rows: np.ndarray) -> list[np.ndarray]:
        """Predict rows: emotion probabilities and embeddings, in the order of rows."""
        self.model.eval()
        order = np.argsort(self._lengths[rows], kind="stable")
        found = []
        for features, lengths, _ in map(self.batch, self._cut(rows[order])):
            embeddings = self.model.embed(features, lengths)
            found.append((self.model.emotion(embeddings).softmax(1), embeddings))
        arrays = [torch.cat(it).cpu().numpy() for it in zip(*found, strict=True)]
        return [it[np.argsort(order)] for it in arrays]

    def _cut(self, rows: np.ndarray) -> list[np.ndarray]:
        return np.split(rows, range(self._batch_size, len(rows), self._batch_size))
