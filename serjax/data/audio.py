"""Read a recording, or a segment of one, as one channel at the wanted sample rate."""

import contextlib
import dataclasses
import io
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr

from serjax.data.diagnosis import diagnose
from serjax.data.mpeg import num_mpeg_samples
from serjax.data.recording import Recording
from serjax.data.truncation import missing_samples
from serjax.files import check_own_fault

MAX_CHANNELS = 64
"""Of a file; more are a damaged header's."""

SAMPLE_RATES_HZ = (1_000, 192_000)
"""The least and the greatest sample rate of a file that is believed."""

MAX_PEAK = 4.0
"""Of full scale: decoders of lossy audio overshoot it a little, integers written as
floating point by far."""

# A segment may end this much after its file: tables round.
_TOLERANCE_S = 0.1
# Samples of all channels that are decoded at a time: bounds the memory that a file of
# many channels takes, and a header that lies.
_BLOCK = 1 << 20
# What libsndfile tells where a header does not.
_UNTOLD = 2**63 - 1

_of_thread = threading.local()


class UnusableAudio(ValueError):
    """A recording that no features can be taken from; its text says why.

    The feature store turns it into a listed skip; it never stops a run by itself.
    """


@dataclasses.dataclass(frozen=True, eq=False)
class Audio:
    """A decoded utterance: float32[samples] with full scale at 1, and its measures."""

    signal: np.ndarray
    recording: Recording


def read_audio(
    path: str | Path,
    start_s: float = 0.0,
    end_s: float | None = None,
    channel: int | str = 0,
    sample_rate_hz: int = 16_000,
    max_duration_s: float = 600.0,
) -> Audio:
    """Read one channel of a recording, or the mean of all, resampled by soxr.

    A mono file has its one channel whatever is asked for, because some corpora hold
    mono files among the stereo ones.

    Args:
      path: any audio that libsndfile decodes.
      start_s: where the segment starts, in seconds.
      end_s: where it ends; None for the end of the file.
      channel: channel to keep, from 0; or 'mean' of all, which can cancel speech where
        they are opposed, as EMOVO's are.
      max_duration_s: what is longer is unusable, and is not read.

    Raises:
      UnusableAudio: the file may not be read, is not a plain file, is truncated or does
        not decode, has no such channel, is too long, exceeds `MAX_PEAK`, or holds
        nothing but silence, not-a-numbers or no sample at all.
      OSError: it is not there, or the machine failed to read it.
    """
    with _decoding(path) as file:
        rate_hz, num_channels = file.samplerate, file.channels
        num_samples = _num_samples(path, file)
        segment = start_s, end_s, channel, max_duration_s
        signal = _decode(file, num_samples, *segment)
    # Before resampling, whose ringing would hide a constant signal.
    check_varies(signal)
    peak = max(signal.max(), -signal.min())
    # What is not finite is refused below.
    if MAX_PEAK < peak < np.inf:
        raise UnusableAudio(
            f"out of range: its samples reach {peak:.1f} times full scale, as unscaled "
            "integers do; divide them by their range, or write them as integers"
        )
    if rate_hz != sample_rate_hz:
        signal = resample(signal, rate_hz, sample_rate_hz)
    recording = Recording.measure(signal, sample_rate_hz, rate_hz, num_channels)
    if not np.isfinite(recording.level_db):
        raise UnusableAudio("not finite: holds NaN or infinite samples")
    return Audio(signal, recording)


def read_duration_s(path: str | Path) -> float:
    """Read a recording's length off its header, in seconds; errors as `read_audio`."""
    with _decoding(path) as file:
        return _num_samples(path, file) / file.samplerate


def resample(signal: np.ndarray, rate_hz: int, new_rate_hz: int) -> np.ndarray:
    """Resample float32[samples] by soxr's HQ, to ceil(samples * new_rate / rate)."""
    rates = rate_hz, new_rate_hz
    # A thread keeps the last: to make one takes a fifth of the time to use it, and
    # corpora have one rate.
    if getattr(_of_thread, "rates", None) != rates:
        _of_thread.stream = soxr.ResampleStream(
            *rates, num_channels=1, dtype="float32", quality="HQ"
        )
        _of_thread.rates = rates
    num_samples = -(-signal.size * new_rate_hz // rate_hz)
    resampled = _of_thread.stream.resample_chunk(signal, last=True)[:num_samples]
    _of_thread.stream.clear()
    if resampled.size < num_samples:
        resampled = np.pad(resampled, (0, num_samples - resampled.size))
    return resampled


@contextlib.contextmanager
def opened(path: str | Path) -> Iterator[io.BufferedReader]:
    """Open a recording's file.

    Raises:
      UnusableAudio: it cannot be read, by its own fault.
      OSError: it is not there, or the machine failed to read it.
    """
    try:
        # A pipe or a device would never end.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UnusableAudio("not a plain file")
        with open(path, "rb") as file:
            yield file
    except OSError as error:
        check_own_fault(path, error)
        raise UnusableAudio(f"cannot be read: {error.strerror or error}") from error


@contextlib.contextmanager
def _decoding(path: str | Path) -> Iterator[soundfile.SoundFile]:
    # By number: libsndfile takes any bytes for samples where a name ends in .au, .snd,
    # .gsm or .vox, and soundfile asks for more where it ends in .raw.
    with opened(path) as plain:
        try:
            with soundfile.SoundFile(plain.fileno(), closefd=False) as file:
                yield file
        except soundfile.SoundFileError as error:
            # `error_string` alone: the whole message repeats the path.
            told = getattr(error, "error_string", str(error))
            raise UnusableAudio(f"does not decode: {diagnose(path, told)}") from error


def too_long(duration_s: float, max_duration_s: float) -> UnusableAudio:
    """What is wrong with an utterance of more than `max_duration_s`."""
    return UnusableAudio(
        f"too long: {duration_s:.0f} s; expected {max_duration_s:g} or less "
        "(--max_duration_s)"
    )


def check_varies(signal: np.ndarray) -> None:
    """Raise UnusableAudio, with the reason, for a signal that is empty or constant."""
    if signal.size == 0:
        raise UnusableAudio("empty: no samples")
    # Speech differs at once: the whole is compared only where the start does not.
    if not (signal[:1000] != signal[0]).any() and not (signal != signal[0]).any():
        raise UnusableAudio("silent: every sample has the same value")


def _num_samples(path: str | Path, file: soundfile.SoundFile) -> int:
    """Samples per channel that can be read of a file that is what its header tells."""
    rate_hz, num_channels = file.samplerate, file.channels
    least, greatest = SAMPLE_RATES_HZ
    if not least <= rate_hz <= greatest:
        raise UnusableAudio(
            f"damaged header: sample rate {rate_hz} Hz; expected {least} to {greatest}"
        )
    if num_channels > MAX_CHANNELS:
        raise UnusableAudio(
            f"damaged header: {num_channels} channels; expected {MAX_CHANNELS} or fewer"
        )
    kind = file.format
    if file.subtype.startswith("DWVW"):
        raise UnusableAudio(
            f"encoded as {file.subtype}, which soundfile does not read; convert it "
            "with sox"
        )
    missing = missing_samples(path, kind, file.extra_info, file.frames)
    if missing:
        raise UnusableAudio(f"truncated: {missing}")
    if file.frames == _UNTOLD:
        raise UnusableAudio(
            "does not tell its length, as a FLAC that was written to a pipe; convert "
            "it with ffmpeg or sox"
        )
    counted = num_mpeg_samples(path) if kind == "MP3" else None
    if counted is None:
        return file.frames
    # libsndfile takes such a file's length from its size and stops there.
    if counted > file.frames + rate_hz * _TOLERANCE_S:
        raise UnusableAudio(
            "an MP3 of variable bit rate that does not tell its length; convert it "
            "with ffmpeg"
        )
    return min(counted, file.frames)


def _decode(
    file: soundfile.SoundFile,
    num_samples: int,
    start_s: float,
    end_s: float | None,
    channel: int | str,
    max_duration_s: float,
) -> np.ndarray:
    """Decode a segment of one channel: float32[samples] at the file's rate."""
    rate_hz, num_channels = file.samplerate, file.channels
    index = 0 if channel == "mean" or num_channels == 1 else int(channel)
    if index >= num_channels:
        raise UnusableAudio(
            f"has {num_channels} channels, so none numbered {channel} (--channel "
            "counts from 0)"
        )
    start = round(start_s * rate_hz)
    end = num_samples if end_s is None else round(end_s * rate_hz)
    if end > num_samples + _TOLERANCE_S * rate_hz:
        raise UnusableAudio(
            f"too short: the segment ends at {end_s:.2f} s, and the file at "
            f"{num_samples / rate_hz:.2f} s"
        )
    count = max(min(end, num_samples) - start, 0)
    if count > max_duration_s * rate_hz:
        raise too_long(count / rate_hz, max_duration_s)
    block_frames = max(_BLOCK // num_channels, 1)
    if start and count and file.seekable():
        file.seek(start)
    elif count:  # As GSM 6.10 in a WAV: decoded from the first sample on.
        for done in range(0, start, block_frames):
            file.read(min(start - done, block_frames), dtype="float32")
    # Grown as it is read: a header that lies must not take memory.
    parts = [np.empty(0, np.float32)]
    num_read = 0
    # Integers are read as such: a third of the time of libsndfile's own conversion.
    dtype, scale = ("int16", 2.0**-15) if file.subtype == "PCM_16" else ("float32", 1.0)
    while num_read < count:
        wanted = min(count - num_read, block_frames)
        block = file.read(wanted, dtype=dtype, always_2d=True)
        # What is not finite is refused later, in words.
        with np.errstate(over="ignore", invalid="ignore"):
            kept = block.mean(1) if channel == "mean" else block[:, index]
        parts.append(np.multiply(kept, np.float32(scale), dtype=np.float32))
        num_read += len(block)
        if len(block) < wanted:
            raise UnusableAudio(
                f"truncated: {num_read / rate_hz:.2f} s of the {count / rate_hz:.2f} s "
                "that its header tells"
            )
    return parts[1] if len(parts) == 2 else np.concatenate(parts)
