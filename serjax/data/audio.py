"""Read a recording, or a segment of one, as one channel at the wanted sample rate."""

from pathlib import Path

import librosa
import numpy as np
import soundfile


class UnusableAudio(ValueError):
    """A recording that no features can be taken from; its text says why.

    The feature store turns it into a listed skip; it never stops a run by itself.
    """


def read_audio(
    path: str | Path,
    start_s: float = 0.0,
    end_s: float | None = None,
    channel: int = 0,
    sample_rate_hz: int = 16_000,
) -> np.ndarray:
    """Read one channel of a recording, resampled.

    Channels are picked, never mixed down: EMOVO's two are nearly opposed, and their
    mean would cancel speech. A mono file has its one channel whatever is asked for,
    because such corpora hold some mono files among the stereo ones.

    Args:
      path: any audio that libsndfile decodes.
      start_s: where the segment starts, in seconds.
      end_s: where it ends; None for the end of the file.
      channel: channel to keep, from 0.
      sample_rate_hz: sample rate of the result.

    Returns:
      float32[samples], full scale at 1.

    Raises:
      UnusableAudio: the file is missing or does not decode, has no such channel, or
        holds nothing but silence, not-a-numbers or no sample at all.
    """
    samples, rate_hz = _decode(path, start_s, end_s)
    num_channels = samples.shape[1]
    if num_channels > 1 and channel >= num_channels:
        raise UnusableAudio(
            f"has {num_channels} channels, so none numbered {channel} (--channel "
            "counts from 0)"
        )
    signal = np.ascontiguousarray(samples[:, channel if num_channels > 1 else 0])
    # Before resampling, whose ringing would hide a constant signal.
    check_signal(signal)
    if rate_hz != sample_rate_hz:
        signal = librosa.resample(
            signal, orig_sr=rate_hz, target_sr=sample_rate_hz, res_type="soxr_hq"
        )
    return signal.astype(np.float32, copy=False)


def check_signal(signal: np.ndarray) -> None:
    """Refuse a signal without speech in it: empty, not finite, or constant.

    Raises:
      UnusableAudio: with the reason.
    """
    if signal.size == 0:
        raise UnusableAudio("empty: no samples")
    if not np.isfinite(signal).all():
        raise UnusableAudio("not finite: holds NaN or infinite samples")
    if signal.min() == signal.max():
        raise UnusableAudio("silent: every sample has the same value")


def _decode(
    path: str | Path, start_s: float, end_s: float | None
) -> tuple[np.ndarray, int]:
    """Decode a segment: float32[samples, channels] and its sample rate in Hz."""
    try:
        with soundfile.SoundFile(path) as file:
            rate_hz = file.samplerate
            start = round(start_s * rate_hz)
            end = file.frames if end_s is None else round(end_s * rate_hz)
            count = max(min(end, file.frames) - start, 0)
            if count:
                file.seek(start)
            return file.read(count, dtype="float32", always_2d=True), rate_hz
    except soundfile.SoundFileError as error:
        # `error_string` alone: the whole message repeats the path.
        reason = getattr(error, "error_string", error)
        raise UnusableAudio(f"does not decode: {reason}") from error
    except OSError as error:
        raise UnusableAudio(f"cannot be read: {error.strerror or error}") from error
