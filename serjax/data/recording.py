"""What is measured of an utterance's audio, beside its features."""

import dataclasses

import numpy as np

SILENCE_DB = 40.0
"""A stretch of 10 ms this far below the loudest one is silence."""


@dataclasses.dataclass(frozen=True)
class Recording:
    """Measured of an utterance's audio.

    Attributes:
      sample_rate_hz: of the file.
      num_channels: of the file.
      duration_s: of the utterance, in seconds.
      level_db: root mean square of the channel kept, in dB below full scale.
      lead_s: silence before the first sound, in seconds.
      trail_s: silence after the last sound, in seconds.
    """

    sample_rate_hz: int
    num_channels: int
    duration_s: float
    level_db: float
    lead_s: float
    trail_s: float

    @classmethod
    def measure(
        cls, signal: np.ndarray, rate_hz: int, file_rate_hz: int, num_channels: int
    ) -> "Recording":
        """Measure a signal.

        Args:
          signal: float32[samples], not silent, full scale at 1.
          rate_hz: its sample rate, after resampling.
          file_rate_hz: the file's sample rate.
          num_channels: the file's channels.
        """
        stretch = max(rate_hz // 100, 1)
        stretch = min(stretch, signal.size)
        whole = signal[: signal.size // stretch * stretch]
        stretches = whole.reshape(-1, stretch)
        energies = np.einsum("ts,ts->t", stretches, stretches)
        threshold = energies.max() * 10 ** (-SILENCE_DB / 10)
        (loud,) = np.nonzero(energies >= threshold)
        power = float(np.dot(signal, signal)) / signal.size
        return cls(
            sample_rate_hz=file_rate_hz,
            num_channels=num_channels,
            duration_s=signal.size / rate_hz,
            level_db=10 * float(np.log10(max(power, 1e-20))),
            lead_s=float(loud[0]) / 100,
            trail_s=float(len(energies) - 1 - loud[-1]) / 100,
        )
