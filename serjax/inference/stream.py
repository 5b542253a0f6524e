"""A trained classifier over a stream of recordings, in bounded memory.

Nothing of features is kept on disk: they are computed, in threads, ahead of the
network, which takes a few hundred recordings at a time. The padded lengths are those of
a short ladder, so that a few programs do for all recordings, and what a recording gets
does not depend on the others.
"""

import contextlib
import dataclasses
import math
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any

import jax
import numpy as np
from flax import linen as nn
from threadpoolctl import threadpool_limits

from serjax.ahead import compute_ahead
from serjax.corpora.utterance import Skip, Utterance
from serjax.data import Batch, FeatureStore, UnusableAudio
from serjax.data.extraction import compute_features, num_workers, skip_of
from serjax.data.front_end import make_front_end
from serjax.data.normalisation import Moments, normalise
from serjax.inference.trained import Trained
from serjax.training.host import HostStore
from serjax.training.jax_settings import usual_settings
from serjax.training.predicting import predict_batches

# Recordings that the network takes at a time; fewer where they are long.
_ROWS = 256
# Frames of these together: of 40 features 42 MB.
_FRAMES = 1 << 18
# Up to so many frames, 20 s, a batch is the run's; of longer rows it has fewer.
_LONG = 2048

BY_GROUP = ("speaker", "corpus")
"""Normalisations whose statistics are taken over several recordings."""


@dataclasses.dataclass(frozen=True)
class Input:
    """A stretch to judge; its utterance's speaker is whom it is normalised with."""

    utterance: Utterance
    path: str

    @classmethod
    def of(
        cls,
        file: str,
        path: str,
        start_s: float = 0.0,
        end_s: float | None = None,
        speaker: str | None = None,
        corpus: str = "",
    ) -> "Input":
        """Make one of a file that has no label."""
        times = {"start_s": start_s, "end_s": end_s}
        return cls(Utterance(file, corpus, "", "", speaker, **times), path)


@dataclasses.dataclass(frozen=True, eq=False)
class Answer:
    """What the classifier says of a stretch.

    Attributes:
      utterance: the input's.
      duration_s: of the stretch, in seconds.
      probabilities: float32[emotions].
      embedding: float32[embedding].
    """

    utterance: Utterance
    duration_s: float
    probabilities: np.ndarray
    embedding: np.ndarray


class Classifier:
    """A trained classifier, ready to judge recordings.

    Args:
      trained: read from a run or a bundle.
      encoder: the user's own, if the run was trained with it.

    Raises:
      ValueError: the encoder is not the run's, or the run did not hear recordings.
    """

    def __init__(self, trained: Trained, encoder: nn.Module | None = None) -> None:
        trained.check_hears()
        self.trained = trained
        features, data = trained.config.features, trained.config.data
        self.is_by_group = features.normalisation in BY_GROUP
        self._front_end = make_front_end(features, data)
        self._network = trained.network(encoder)
        self._params = jax.device_put(trained.params)

    def measure(self, inputs: Iterable[Input | Skip]) -> dict[str, Moments]:
        """Measure the frames of each speaker named, for a normalisation over several.

        Unusable recordings give nothing.
        """
        parts: dict[str, list[Moments]] = defaultdict(list)

        def measure(it: Input | Skip) -> tuple[str | None, Moments] | None:
            made = self._compute(it)
            if isinstance(made, Skip):
                return None
            utterance, _, frames = made
            return utterance.speaker, Moments.of(frames)

        for made in _in_threads(measure, inputs):
            if made and made[0] is not None:
                parts[made[0]].append(made[1])
        return {name: Moments.join(its) for name, its in parts.items()}

    def answers(
        self, inputs: Iterable[Input | Skip], moments: Mapping[str, Moments]
    ) -> Generator[list[Answer | Skip], None, None]:
        """Judge recordings, a few hundred at a time, in order; a skip stays one.

        Args:
          inputs: asked for as they are needed.
          moments: of each speaker, from `measure`; others are normalised alone.
        """
        normalisation = self.trained.config.features.normalisation

        def prepare(it: Input | Skip) -> Skip | tuple[Utterance, float, np.ndarray]:
            made = self._compute(it)
            if isinstance(made, Skip):
                return made
            utterance, duration_s, frames = made
            its = moments.get(utterance.speaker or "") or self.trained.moments
            return utterance, duration_s, normalise(frames, normalisation, its)

        with contextlib.closing(_chunks(_in_threads(prepare, inputs))) as chunks:
            for chunk in chunks:
                usable = [it for it in chunk if not isinstance(it, Skip)]
                predicted = self._predict([frames for *_, frames in usable])
                yield [
                    it
                    if isinstance(it, Skip)
                    else Answer(it[0], it[1], *next(predicted))
                    for it in chunk
                ]

    def _compute(self, it: Input | Skip) -> Skip | tuple[Utterance, float, np.ndarray]:
        """An input's utterance, duration in seconds and frames, not normalised."""
        if isinstance(it, Skip):
            return it
        try:
            made = compute_features(it.path, it.utterance, self._front_end)
        except FileNotFoundError:
            return skip_of(it.utterance, UnusableAudio("no such file"))
        except UnusableAudio as error:
            return skip_of(it.utterance, error)
        return it.utterance, made[0].duration_s, made[1]

    def _predict(
        self, rows: Sequence[np.ndarray]
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Probabilities and embedding of each row of normalised frames."""
        if not rows:
            return iter(())
        store = on_host(FeatureStore.join(rows, self.trained.dims))
        batches = ladder_batches(store.features.lengths, self.trained.batch_size)
        with usual_settings():
            made = predict_batches(self._network, self._params, store, batches)
        return zip(made.probabilities, made.embeddings, strict=True)


def on_host(store: FeatureStore) -> HostStore:
    """Features without labels; not on the device, since they are gone over once."""
    num_rows = len(store.lengths)
    return HostStore(
        store,
        labels=np.full(num_rows, -1, np.int32),
        attributes=np.zeros((num_rows, 0), np.int32),
    )


def padded_length(num_frames: int) -> int:
    """Round up to a step of the ladder: 32, 48, 64, 96, 128, 192, 256 ..."""
    step = 32 << max(math.ceil(math.log2(num_frames / 32)), 0)
    return step * 3 // 4 if step > 32 and num_frames <= step * 3 // 4 else step


def ladder_batches(lengths: np.ndarray, batch_size: int) -> list[Batch]:
    """Batch rows with those of the same padded length alone; some may be partial.

    So a row's batch shape, and with it its bits, is its own affair.

    Args:
      lengths: int[rows], in frames.
      batch_size: the run's; rows of more than 20 s are in smaller batches.
    """
    padded = np.array([padded_length(int(it)) for it in lengths])
    batches = []
    for num_frames in np.unique(padded).tolist():
        size = max(batch_size * _LONG // max(num_frames, _LONG), 1)
        rows = np.flatnonzero(padded == num_frames)
        rows = np.concatenate([rows, np.full(-len(rows) % size, -1)]).astype(np.int32)
        batches += [Batch(it, num_frames) for it in rows.reshape(-1, size)]
    return batches


def _in_threads(
    function: Callable[[Input | Skip], Any], inputs: Iterable[Input | Skip]
) -> Generator[Any, None, None]:
    """Give `function(input)` for each, in order, from threads."""
    results = compute_ahead(function, inputs, num_threads=num_workers())
    # The threads share the cores by file; BLAS's would get in their way.
    with threadpool_limits(1, "blas"), contextlib.closing(results):
        yield from results


def _chunks(results: Generator[Any, None, None]) -> Generator[list[Any], None, None]:
    """Gather what one call of the network takes."""
    chunk, num_frames = [], 0
    with contextlib.closing(results):
        for it in results:
            chunk.append(it)
            num_frames += 0 if isinstance(it, Skip) else len(it[2])
            if len(chunk) >= _ROWS or num_frames >= _FRAMES:
                yield chunk
                chunk, num_frames = [], 0
    if chunk:
        yield chunk
