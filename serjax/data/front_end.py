"""Front ends, by name: each turns a recording into frames in a way of its own."""

import pkgutil
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from serjax.config import FRONT_ENDS, DataSettings, FeatureSettings
from serjax.corpora.utterance import Utterance
from serjax.data.audio import Audio, read_audio
from serjax.data.recording import Recording
from serjax.data.signal import prepare_signal


class FrontEnd(Protocol):
    """A class made from (FeatureSettings, DataSettings); its objects can be pickled.

    Attributes:
      dims: features of a frame.
    """

    dims: int

    def describe(self) -> dict[str, Any]:
        """All that the numbers depend on beside file, segment and channel, for JSON."""
        ...

    def compute(
        self, path: str | Path, utterance: Utterance
    ) -> tuple[Recording, np.ndarray]:
        """Compute the features, not normalised, of an utterance in the file `path`.

        Returns:
          What is measured of it; and float32[frames, dims], a frame or more.

        Raises:
          UnusableAudio: with the reason; the utterance becomes a listed skip.
        """
        ...


def make_front_end(settings: FeatureSettings, data: DataSettings) -> FrontEnd:
    """Make the front end that the settings name.

    Raises:
      ValueError: it needs a library that is not installed.
    """
    return pkgutil.resolve_name(FRONT_ENDS[settings.front_end])(settings, data)


def read_utterance(
    path: str | Path,
    utterance: Utterance,
    settings: FeatureSettings,
    data: DataSettings,
) -> Audio:
    """Read an utterance's samples, for front ends that hear; errors as `read_audio`.

    They are trimmed and normalised as the settings ask for.
    """
    start_s, end_s = utterance.start_s, utterance.end_s
    channel = data.channel_of(utterance.corpus)
    rate_hz = settings.sample_rate_hz
    limit_s = data.max_duration_s
    audio = read_audio(path, start_s, end_s, channel, rate_hz, limit_s)
    return prepare_signal(audio, settings)
