"""What a source of features has, one entry by one."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from serjax.data.audio import UnusableAudio


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """Features of a recording, or of a stretch of it.

    Attributes:
      key: as the source writes it, for messages.
      name: of the recording: a path, with or without its ending, or a stem.
      start_s: where it starts in the recording, in seconds.
      end_s: where it ends; None is the recording's end.
      at: where the source has it.
    """

    key: str
    name: str
    start_s: float = 0.0
    end_s: float | None = None
    at: Any = None

    @property
    def is_whole(self) -> bool:
        """Whether it is of the whole recording."""
        return self.start_s == 0 and self.end_s is None


class Source:
    """Features somewhere on disk.

    Attributes:
      kind: its format: npy, csv, parquet or kaldi.
      entries: all that it has.
      base: the folder that relative names may be relative to; None for the data's.
      frame_shift_ms: between two frames; None where it is not known.
      lists_frames: whether several entries of one recording are its frames.
    """

    kind: str
    entries: Sequence[Entry]
    base: Path | None = None
    frame_shift_ms: float | None = None
    lists_frames: bool = False

    def read(self, entries: Sequence[Entry]) -> np.ndarray:
        """Read an utterance's entries, of which there is one but for frames.

        Returns:
          An array of any type and shape.

        Raises:
          UnusableAudio: with the reason.
        """
        raise NotImplementedError


def as_frames(array: np.ndarray) -> np.ndarray:
    """Take an array as frames: float16 as it is, other numbers as float32.

    Args:
      array: `[frames, dims]`, or `[dims]` for one frame.

    Raises:
      UnusableAudio: it is another array, holds nothing, or is not finite.
    """
    if array.dtype.kind not in "fiu":
        raise UnusableAudio(f"an array of {array.dtype}; expected numbers")
    if array.ndim not in (1, 2) or not array.size:
        raise UnusableAudio(
            f"an array of {array.shape}; expected [frames, dims] or [dims], and a "
            "frame or more"
        )
    is_half = array.dtype.kind == "f" and array.dtype.itemsize == 2
    with np.errstate(over="ignore"):
        kept = np.float16 if is_half else np.float32
        frames = np.ascontiguousarray(np.atleast_2d(array), kept)
    if not np.isfinite(frames).all():
        raise UnusableAudio("not finite: its features are NaN or infinite")
    return frames
