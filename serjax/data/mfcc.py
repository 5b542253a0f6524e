"""Audio -> mel-frequency cepstral coefficients, of the log-mel spectrogram."""

from pathlib import Path
from typing import Any

import librosa
import numpy as np

from serjax.config import DataSettings, FeatureSettings
from serjax.corpora.utterance import Utterance
from serjax.data.logmel import LogMel
from serjax.data.recording import Recording


class Mfcc(LogMel):
    """The first coefficients of the cosine transform, by librosa; see `FrontEnd`."""

    def __init__(self, settings: FeatureSettings, data: DataSettings) -> None:
        super().__init__(settings, data)
        self.dims = settings.num_mfcc

    def describe(self) -> dict[str, Any]:
        """The settings of the spectrogram, and how many coefficients."""
        return {**super().describe(), "num_mfcc": self.dims}

    def compute(
        self, path: str | Path, utterance: Utterance
    ) -> tuple[Recording, np.ndarray]:
        """Compute the transform of an utterance's `log_mel`."""
        recording, frames = super().compute(path, utterance)
        return recording, librosa.feature.mfcc(S=frames.T, n_mfcc=self.dims).T
