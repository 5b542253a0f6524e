"""What is done to an utterance's signal before its features."""

import dataclasses
from typing import Any

import numpy as np

from serjax.config import FeatureSettings
from serjax.data.audio import Audio
from serjax.data.augmentation import CopySettings, augment_signal
from serjax.data.recording import Recording, find_silence


def describe_signal(settings: FeatureSettings) -> dict[str, Any]:
    """What changes the signal, for JSON: part of what features are stored by.

    Nothing by default, so that what older versions stored is found.
    """
    described: dict[str, Any] = {}
    if settings.trim_db:
        described["trim_db"] = float(settings.trim_db)
    if isinstance(settings, CopySettings):
        described["copy"] = settings.augment, settings.copy
    if settings.normalisation == "signal":
        described["signal"] = "normalised"
    return described


def prepare_signal(audio: Audio, settings: FeatureSettings) -> Audio:
    """Trim, disturb and normalise an utterance's signal, where the settings ask for it.

    Its level is that of before the last two: it tells recordings apart.
    """
    signal, recording = audio.signal, audio.recording
    if settings.trim_db:
        rate_hz = settings.sample_rate_hz
        lead, trail = find_silence(signal, rate_hz, settings.trim_db)
        signal = signal[lead : signal.size - trail]
        its = recording.sample_rate_hz, recording.num_channels
        measured = Recording.measure(signal, rate_hz, *its)
        recording = dataclasses.replace(measured, duration_s=recording.duration_s)
    if isinstance(settings, CopySettings):
        signal = augment_signal(signal, settings)
    if settings.normalisation == "signal":
        signal = signal - signal.mean(dtype=np.float64)
        # 0 where trimming left a constant, which is then refused as silent.
        deviation = np.sqrt(np.mean(signal**2)) or 1.0
        signal = (signal / deviation).astype(np.float32)
    return Audio(signal, recording)
