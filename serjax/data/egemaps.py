"""eGeMAPS by openSMILE, whose licence is for research alone: an extra.

References:
  Eyben et al., "The Geneva Minimalistic Acoustic Parameter Set (GeMAPS) for Voice
  Research and Affective Computing", IEEE Transactions on Affective Computing, 2016.
"""

import functools
import importlib.metadata
from pathlib import Path
from typing import Any

import numpy as np

from serjax.config import DataSettings, FeatureSettings
from serjax.corpora.utterance import Utterance
from serjax.data.audio import UnusableAudio, check_varies
from serjax.data.front_end import read_utterance
from serjax.data.recording import Recording

_LEAST_S = 0.0625  # its longest window, and a little more


class Egemaps:
    """Low-level descriptors of version 02, every 10 ms; see `FrontEnd`.

    Raises:
      ValueError: opensmile is not installed.
    """

    dims = 25
    level = "lld"

    def __init__(self, settings: FeatureSettings, data: DataSettings) -> None:
        self._settings, self._data = settings, data
        try:
            self._version = importlib.metadata.version("opensmile")
        except importlib.metadata.PackageNotFoundError as error:
            raise ValueError(
                f"front_end={settings.front_end!r} needs opensmile, whose licence is "
                "for research alone: pip install 'serjax[egemaps]'."
            ) from error

    def describe(self) -> dict[str, Any]:
        """Which of its sets, its version, and the sample rate."""
        return {
            "set": "eGeMAPSv02",
            "level": self.level,
            "opensmile": self._version,
            "sample_rate_hz": self._settings.sample_rate_hz,
        }

    def compute(
        self, path: str | Path, utterance: Utterance
    ) -> tuple[Recording, np.ndarray]:
        """Compute an utterance's descriptors, or its functionals as one frame."""
        audio = read_utterance(path, utterance, self._settings, self._data)
        rate_hz = self._settings.sample_rate_hz
        check_varies(audio.signal)
        if audio.signal.size < _LEAST_S * rate_hz:
            length_s = audio.signal.size / rate_hz
            raise UnusableAudio(
                f"too short: {length_s:.4f} s, and eGeMAPS needs {_LEAST_S} s"
            )
        return audio.recording, _smile(self.level)(audio.signal, rate_hz)[0].T


class EgemapsFunctionals(Egemaps):
    """Its 88 functionals, as one frame; see `FrontEnd`."""

    dims = 88
    level = "func"


@functools.lru_cache
def _smile(level: str) -> Any:
    import opensmile  # pyright: ignore[reportMissingImports]

    return opensmile.Smile(
        opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel(level)
    )
