"""One row of the feature store on disk: its measures and its frames, in one file."""

import dataclasses
import hashlib
import os
import struct
import zlib
from pathlib import Path

import numpy as np

from serjax.corpora.utterance import Utterance
from serjax.data.recording import Recording
from serjax.files import replacing

# Part of every key: raise it when the same settings give other numbers, or skips.
STORE_VERSION = 5

_MARK = b"serjax-%d" % STORE_VERSION
# Mark, frames, dims, the fields of `Recording`, of which the last is the frames'
# checksum; then the head's own.
_HEAD = struct.Struct("<8sIIII4dI")
_START = _HEAD.size + 4


def row_path(
    cache: Path, utterance: Utterance, digest: str, channel: int | str, described: str
) -> Path:
    """Where a row is kept: named by all that its numbers depend on.

    `digest` is of the file's content, `described` is how features are computed.
    """
    where = utterance.start_s, utterance.end_s, channel
    content = STORE_VERSION, digest, *where, described
    key = hashlib.sha256(repr(content).encode()).hexdigest()[:40]
    return cache / key[:2] / key[2:]


def read_head(path: Path, dims: int) -> tuple[Recording, int] | None:
    """Read a row's measures and its number of frames; None if not there or damaged."""
    try:
        with path.open("rb") as file:
            head = _parse_head(file.read(_START), dims)
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return None
    return head if head and size == _START + 4 * head[1] * dims else None


def read_frames(path: Path, dims: int) -> np.ndarray | None:
    """Read a row's float32[frames, dims]; None if not there or damaged."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    head = _parse_head(content[:_START], dims)
    frames = memoryview(content)[_START:]
    if head is None or zlib.crc32(frames) != head[0].checksum:
        return None
    return np.frombuffer(frames, np.float32).reshape(-1, dims)


def write_row(path: Path, recording: Recording, frames: np.ndarray) -> None:
    """Write a row, whose measures hold the frames' checksum, whole or not at all."""
    content = np.ascontiguousarray(frames, "<f4").data.cast("B")
    head = _HEAD.pack(_MARK, *frames.shape, *dataclasses.astuple(recording))
    checksum = zlib.crc32(head).to_bytes(4, "little")
    with replacing(path, durable=False) as temporary:
        temporary.write_bytes(b"".join((head, checksum, content)))


def _parse_head(content: bytes, dims: int) -> tuple[Recording, int] | None:
    """Measures and number of frames."""
    if len(content) < _START:
        return None
    mark, num_frames, width, *measures = _HEAD.unpack_from(content)
    own = int.from_bytes(content[_HEAD.size :], "little")
    if (mark, width, own) != (_MARK, dims, zlib.crc32(content[: _HEAD.size])):
        return None
    return Recording(*measures), num_frames
