"""What is measured of an utterance's audio, beside its features."""

import dataclasses
import math

import numpy as np

SILENCE_DB = 40.0
"""A stretch of 10 ms this far below the loudest one is silence."""


def find_silence(
    signal: np.ndarray, rate_hz: int, below_db: float = SILENCE_DB
) -> tuple[int, int]:
    """Find silence at both ends of float32[samples]: how many samples before, after.

    In whole stretches of 10 ms, whose energies are compared with the loudest one's.
    """
    stretch = min(max(rate_hz // 100, 1), signal.size)
    whole = signal[: signal.size // stretch * stretch].reshape(-1, stretch)
    energies = np.einsum("ts,ts->t", whole, whole)
    loud = energies >= energies.max() * 10 ** (-below_db / 10)
    return int(loud.argmax()) * stretch, int(loud[::-1].argmax()) * stretch


@dataclasses.dataclass(frozen=True)
class Recording:
    """Measured of an utterance's audio.

    Attributes:
      sample_rate_hz: of the file.
      num_channels: of the file.
      duration_s: of the utterance, in seconds, before it is trimmed; the measures
        below are of what is left.
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
        # What is not finite is the caller's to refuse, by its level.
        with np.errstate(over="ignore", invalid="ignore"):
            lead, trail = find_silence(signal, rate_hz)
            power = float(np.dot(signal, signal)) / signal.size
        return cls(
            sample_rate_hz=file_rate_hz,
            num_channels=num_channels,
            duration_s=signal.size / rate_hz,
            level_db=10 * math.log10(max(power, 1e-20)),
            lead_s=lead / rate_hz,
            trail_s=trail / rate_hz,
        )
