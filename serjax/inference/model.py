"""`serjax.load_model`: a trained model in five lines."""

import contextlib
import dataclasses
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import soundfile
from flax import linen as nn

from serjax.corpora.utterance import Skip
from serjax.data import UnusableAudio
from serjax.inference.stream import Answer, Classifier, Input
from serjax.inference.trained import read_trained
from serjax.paths import expand
from serjax.training.devices import select_platform

Recording = str | os.PathLike[str] | np.ndarray
"""A file's path; or float[samples] or float[samples, channels], full scale at 1."""

# As in a WAV file: integers are scaled by their range.
_SUBTYPES = {"int16": "PCM_16", "int32": "PCM_32", "float32": "FLOAT"}
_SUBTYPES |= {"float64": "DOUBLE"}


@dataclasses.dataclass(frozen=True)
class Prediction:
    """What a model says of a recording.

    Attributes:
      label: the most probable class.
      scores: the probability of each class.
    """

    label: str
    scores: Mapping[str, float]


class Model:
    """A trained model; `load_model` makes it.

    Attributes:
      classes: the emotions, in the order of the scores.
      attributes: what training did with each attribute: name -> role.
      classifier: for streams of recordings (`serjax.inference.stream`).
    """

    def __init__(self, classifier: Classifier) -> None:
        self.classifier = classifier
        self.classes = classifier.trained.classes
        self.attributes = classifier.trained.attributes

    def predict(
        self,
        recordings: Recording | Sequence[Recording],
        sample_rate_hz: int | None = None,
        *,
        speakers: str | Sequence[str | None] | None = None,
    ) -> Prediction | list[Prediction]:
        """Judge a recording, or each of a list of them.

        An array is treated as a file of these samples is: the run's channel of it is
        taken, resampled, trimmed and normalised as the run's recordings were.

        Args:
          recordings: a path or an array; or a list of these, which is quicker than one
            by one. An array is float32 or float64 with full scale at 1, or int16 or
            int32, which are scaled by their range.
          sample_rate_hz: of all arrays.
          speakers: for a run that was normalised over speakers or corpora alone: 'one',
            if all recordings are of one, or a name for each, None for unknown.

        Returns:
          A prediction, or a list of them for a list.

        Raises:
          ValueError: a recording is unusable, with the reason; an array has no sample
            rate, or another type or shape; or `speakers` is needed.

        Example:
          >>> model = load_model("runs/baseline-seed0")
          >>> model.predict("a.wav").label
          'neutral'
        """
        answers = self._judge(recordings, sample_rate_hz, speakers)
        made = [
            Prediction(
                self.classes[int(it.probabilities.argmax())],
                dict(zip(self.classes, it.probabilities.tolist(), strict=True)),
            )
            for it in answers
        ]
        return made if isinstance(recordings, list | tuple) else made[0]

    def embed(
        self,
        recordings: Recording | Sequence[Recording],
        sample_rate_hz: int | None = None,
        *,
        speakers: str | Sequence[str | None] | None = None,
    ) -> np.ndarray:
        """Give the shared layers' output; arguments and errors as `predict`'s.

        Returns:
          float32[embedding], or float32[recordings, embedding] for a list.
        """
        answers = self._judge(recordings, sample_rate_hz, speakers)
        made = np.stack([it.embedding for it in answers])
        return made if isinstance(recordings, list | tuple) else made[0]

    def _judge(
        self,
        recordings: Recording | Sequence[Recording],
        sample_rate_hz: int | None,
        speakers: str | Sequence[str | None] | None,
    ) -> list[Answer]:
        given = recordings if isinstance(recordings, list | tuple) else [recordings]
        if not given:
            raise ValueError("recordings=[] holds none; give one or more.")
        names = self._speakers(speakers, len(given))
        with contextlib.ExitStack() as stack:
            inputs = []
            for number, (it, speaker) in enumerate(zip(given, names, strict=True)):
                name, path = f"array {number}", it
                if isinstance(it, str | os.PathLike):
                    name = path = expand(it, "recording")
                else:
                    path = stack.enter_context(_as_file(it, sample_rate_hz, name))
                inputs.append(Input.of(name, path, speaker=speaker))
            moments = self.classifier.measure(inputs) if speakers else {}
            made = [
                it for its in self.classifier.answers(inputs, moments) for it in its
            ]
        answers = [it for it in made if isinstance(it, Answer)]
        if skip := next((it for it in made if isinstance(it, Skip)), None):
            raise UnusableAudio(f"{skip.file} is unusable: {skip.reason}.")
        return answers

    def _speakers(
        self, speakers: str | Sequence[str | None] | None, number: int
    ) -> Sequence[str | None]:
        """Whom each recording is normalised with."""
        kind = self.classifier.trained.config.features.normalisation
        if self.classifier.is_by_group and speakers is None:
            raise ValueError(
                f"The run was trained with normalisation={kind}: statistics of several "
                f"recordings of a {kind} are needed. Give speakers='one' if all "
                "recordings are of one, or a name for each."
            )
        if speakers is None or not self.classifier.is_by_group:
            return [None] * number
        if speakers == "one":
            return ["one"] * number
        if isinstance(speakers, str) or len(speakers) != number:
            raise ValueError(
                f"speakers={speakers!r}; expected 'one', or {number} names, one for "
                "each recording."
            )
        return speakers


def load_model(
    path: str | os.PathLike[str],
    *,
    epoch: str = "best",
    platform: str = "auto",
    threads: int = 0,
    max_duration_s: float = 600.0,
    encoder: nn.Module | None = None,
) -> Model:
    """Load the model of a finished run, or of a bundle.

    Args:
      path: the run's folder, or the bundle's file.
      epoch: of a run's folder: 'best', of validation UA, or 'last'.
      platform: where to compute: 'auto', 'cpu', 'gpu' or 'tpu'.
      threads: of the CPU; 0 for one per processor.
      max_duration_s: what is longer, in seconds, is unusable as a whole.
      encoder: your own, if the run was trained with it.

    Raises:
      ValueError: no finished run or sound bundle is there; the encoder is not the
        run's; or the platform is not there.

    Example:
      >>> model = load_model("runs/baseline-seed0")
      >>> model.classes
      ('negative', 'neutral', 'positive')
    """
    select_platform(platform, threads)
    trained = read_trained(os.fspath(path), epoch)
    config = trained.config.replace(max_duration_s=max_duration_s)
    trained = dataclasses.replace(trained, config=config)
    return Model(Classifier(trained, encoder))


@contextlib.contextmanager
def _as_file(array: object, sample_rate_hz: int | None, name: str) -> Iterator[str]:
    """Write an array to a WAV file, so that nothing is done to it that is not to files.

    Raises:
      ValueError: it is no sound; with `name`.
    """
    if not isinstance(array, np.ndarray):
        raise ValueError(
            f"{name} is of type {type(array).__name__}; expected a path, a numpy "
            "array, or a list of these."
        )
    if sample_rate_hz is None or sample_rate_hz != int(sample_rate_hz):
        raise ValueError(
            f"{name}: sample_rate_hz={sample_rate_hz}; expected the array's sample "
            "rate, a whole number in Hz, as predict(array, 16000)."
        )
    if array.ndim not in (1, 2) or array.dtype.name not in _SUBTYPES:
        raise ValueError(
            f"{name} is {array.dtype}{list(array.shape)}; expected [samples] or "
            f"[samples, channels] of {', '.join(_SUBTYPES)}."
        )
    if array.ndim == 2 and array.shape[1] > array.shape[0]:
        raise ValueError(
            f"{name} has the shape {list(array.shape)}; expected [samples, channels]. "
            "Give array.T if channels come first."
        )
    with tempfile.TemporaryDirectory(prefix="serjax-") as folder:
        path = Path(folder) / "array.wav"
        subtype = _SUBTYPES[array.dtype.name]
        soundfile.write(path, array, int(sample_rate_hz), subtype)
        yield str(path)
