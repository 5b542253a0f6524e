"""What is measured of an utterance's audio, beside its features."""

import dataclasses
import math

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
      level_db: root mean square of the channel kept, in dB of full scale: seldom
        over 0, but NaN or infinite for a signal that is not finite.
      lead_s: silence before the first sound, in seconds.
      trail_s: silence after the last sound, in seconds.
      checksum: CRC-32 of its features; 0 before they are computed.
    """

    sample_rate_hz: int
    num_channels: int
    duration_s: float
    level_db: float
    lead_s: float
    trail_s: float
    checksum: int = 0

    @property
    def fingerprint(self) -> str:
        """What only the same samples have in common, in whatever file they are."""
        return f"{self.checksum:08x} {self.duration_s!r} {self.level_db!r}"

    @classmethod
    def measure(
        cls, signal: np.ndarray, rate_hz: int, file_rate_hz: int, num_channels: int
    ) -> "Recording":
        """Measure a signal, float32[samples], not constant, with full scale at 1.

        It may have been resampled to `rate_hz` from the file's `file_rate_hz`.
        """
        stretch = min(max(rate_hz // 100, 1), signal.size)
        whole = signal[: signal.size // stretch * stretch].reshape(-1, stretch)
        # What is not finite is the caller's to refuse, by its level.
        with np.errstate(over="ignore", invalid="ignore"):
            energies = np.einsum("ts,ts->t", whole, whole)
            power = float(np.dot(signal, signal)) / signal.size
            loud = energies >= energies.max() * 10 ** (-SILENCE_DB / 10)
        return cls(
            sample_rate_hz=file_rate_hz,
            num_channels=num_channels,
            duration_s=signal.size / rate_hz,
            level_db=10 * math.log10(max(power, 1e-20)),
            lead_s=int(loud.argmax()) * stretch / rate_hz,
            trail_s=int(loud[::-1].argmax()) * stretch / rate_hz,
        )
