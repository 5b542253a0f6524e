"""A row of the feature store whose frames stay where they were given."""

import contextlib
import dataclasses
import hashlib
import os
import zlib
from collections.abc import Sequence

import numpy as np
import soundfile

from serjax.corpora.utterance import Utterance
from serjax.data.given.entry import Entry, Source, as_frames
from serjax.data.recording import Recording


@dataclasses.dataclass(frozen=True, eq=False)
class GivenRow:
    """As an `extraction.Row`.

    Attributes:
      digest: of the numbers.
      origin: the recording that it is of.
      recording: its length, if that is known, else 0; nothing was heard.
      dims: features of a frame.
      dtype: float16 or float32.
    """

    source: Source
    entries: Sequence[Entry]
    digest: str
    origin: str
    recording: Recording
    num_frames: int
    dims: int
    dtype: str
    is_new: bool = True

    @property
    def name(self) -> str:
        """What only rows of the same numbers have in common."""
        return self.digest

    @property
    def fingerprint(self) -> str:
        """As `name`."""
        return self.digest

    def read(self, dims: int) -> np.ndarray:
        """Read float16 or float32[frames, dims].

        Raises:
          ValueError: it is not as it was; start again.
        """
        frames = as_frames(self.source.read(self.entries))
        if frames.shape[1] != dims or _checksum(frames) != self.recording.checksum:
            raise ValueError(
                f"{self.entries[0].key} was changed while it was read. Start again."
            )
        return frames


def read_row(
    source: Source, entries: Sequence[Entry], utterance: Utterance, path: str
) -> GivenRow:
    """Read an utterance's frames once, and keep what is measured of them.

    Args:
      path: where its recording lies, or would lie; no more than its head is read.

    Raises:
      UnusableAudio: with the reason.
    """
    frames = as_frames(source.read(entries))
    digest = hashlib.sha256(f"{frames.dtype} {frames.shape} ".encode())
    digest.update(frames.data)
    length_s = _length_s(utterance, path, len(frames), source.frame_shift_ms)
    return GivenRow(
        source=source,
        entries=entries,
        digest=digest.hexdigest(),
        origin=utterance.file,
        recording=Recording(0, 0, length_s, 0.0, 0.0, 0.0, _checksum(frames)),
        num_frames=len(frames),
        dims=frames.shape[1],
        dtype=str(frames.dtype),
    )


def _length_s(
    utterance: Utterance, path: str, num_frames: int, shift_ms: float | None
) -> float:
    """Seconds, by what is known without hearing the recording; 0 if nothing is."""
    if utterance.end_s is not None:
        return utterance.end_s - utterance.start_s
    if shift_ms:
        return num_frames * shift_ms / 1000
    with contextlib.suppress(soundfile.LibsndfileError, OSError):
        if os.path.isfile(path):
            return max(soundfile.info(path).duration - utterance.start_s, 0.0)
    return 0.0


def _checksum(frames: np.ndarray) -> int:
    return zlib.crc32(frames.data)
