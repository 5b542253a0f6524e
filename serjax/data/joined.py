"""The frames of all rows, end to end: an array, or a memory map of a file.

Both are numpy arrays and hold the same numbers: what reads them need not know which.
"""

import dataclasses
import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from serjax.files import replacing
from serjax.memory import zeros


@dataclasses.dataclass(frozen=True, eq=False)
class FeatureStore:
    """Normalised features of all rows, end to end.

    Attributes:
      frames: float32[total_frames, dims], or float16; read only.
      offsets: int64[rows + 1]; row r is `frames[offsets[r]:offsets[r + 1]]`.
      lengths: int32[rows], in frames.
    """

    frames: np.ndarray
    offsets: np.ndarray
    lengths: np.ndarray

    @property
    def dims(self) -> int:
        """Features of a frame."""
        return self.frames.shape[1]

    @classmethod
    def join(cls, rows: Sequence[np.ndarray], dims: int) -> "FeatureStore":
        """Lay rows, each float32[frames, dims], end to end."""
        return cls.in_memory(rows, [len(row) for row in rows], dims)

    @classmethod
    def in_memory(
        cls,
        rows: Iterable[np.ndarray],
        lengths: Sequence[int],
        dims: int,
        dtype: str = "float32",
    ) -> "FeatureStore":
        """Lay rows end to end in an array; they are asked for one by one.

        Each is [frames, dims]; `lengths` are their frames.
        """
        offsets = _offsets(lengths)
        frames = zeros((int(offsets[-1]), dims), dtype)
        for row, (start, end) in zip(rows, itertools.pairwise(offsets), strict=True):
            frames[start:end] = row
        frames.flags.writeable = False
        return cls(frames, offsets, np.array(lengths, np.int32))

    @classmethod
    def in_memory_map(
        cls,
        path: Path,
        rows: Iterable[np.ndarray],
        lengths: Sequence[int],
        dims: int,
        dtype: str = "float32",
    ) -> "FeatureStore":
        """Lay rows, one at least, end to end in a .npy file, and map it into memory.

        If the file is there and intact it is taken as it is, and no row is asked for.
        """
        offsets = _offsets(lengths)
        shape = (int(offsets[-1]), dims)
        descr = np.dtype(dtype).newbyteorder("<").str
        frames = _open_map(path, shape, descr)
        if frames is None:
            header = {"descr": descr, "fortran_order": False, "shape": shape}
            with replacing(path) as temporary, temporary.open("wb") as file:
                np.lib.format.write_array_header_1_0(file, header)
                for row in rows:  # No more than one of them is in memory.
                    file.write(np.ascontiguousarray(row, descr).data)
            frames = np.load(path, mmap_mode="r", allow_pickle=False)
        return cls(frames, offsets, np.array(lengths, np.int32))

    def __reduce__(self) -> tuple:
        """To another process: a map by its file, an array laid out there as here."""
        if isinstance(self.frames, np.memmap):
            return _map_again, (str(self.frames.filename), self.offsets, self.lengths)
        return _lay_again, (self.frames, self.offsets, self.lengths)

    def mapped(self, path: Path) -> "FeatureStore":
        """The same rows in a file, which processes share; see `in_memory_map`."""
        rows = map(self.row, range(len(self.lengths)))
        laid = self.lengths.tolist(), self.dims, str(self.frames.dtype)
        return self.in_memory_map(path, rows, *laid)

    def row(self, index: int) -> np.ndarray:
        """One row's float32[frames, dims], a view."""
        return self.frames[self.offsets[index] : self.offsets[index + 1]]


def _map_again(path: str, offsets: np.ndarray, lengths: np.ndarray) -> FeatureStore:
    frames = np.load(path, mmap_mode="r", allow_pickle=False)
    return FeatureStore(frames, offsets, lengths)


def _lay_again(
    frames: np.ndarray, offsets: np.ndarray, lengths: np.ndarray
) -> FeatureStore:
    laid = zeros(frames.shape, str(frames.dtype))
    laid[:] = frames
    laid.flags.writeable = False
    return FeatureStore(laid, offsets, lengths)


def _offsets(lengths: Sequence[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)


def _open_map(path: Path, shape: tuple[int, int], descr: str) -> np.ndarray | None:
    """Map a file of frames; None when it is not there or damaged."""
    try:
        frames = np.load(path, mmap_mode="r", allow_pickle=False)
    except (FileNotFoundError, ValueError, EOFError):
        # Also where the file is shorter than its header says.
        return None
    fits = frames.dtype == descr and frames.shape == shape
    return frames if fits and frames.flags.c_contiguous else None
