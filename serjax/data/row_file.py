"""One row of the feature store on disk: its measures and its frames, in one file."""

import dataclasses
import functools
import hashlib
import json
import os
import struct
import zlib
from pathlib import Path

import numpy as np

from serjax.config import DataSettings, FeatureSettings
from serjax.corpora.utterance import Utterance
from serjax.data.recording import Recording
from serjax.files import replacing

# Part of every key: raise it when the same settings give other numbers.
STORE_VERSION = 3

_MARK = b"serjax-3"
# Mark, frames, mels, the measures, of which the last is the frames' checksum; then the
# head's own.
_HEAD = struct.Struct(f"<8sII{len(dataclasses.fields(Recording))}d")
_CHECKSUM = struct.Struct("<I")
_START = _HEAD.size + _CHECKSUM.size


def row_path(
    cache: Path,
    utterance: Utterance,
    digest: str,
    settings: FeatureSettings,
    data: DataSettings,
) -> Path:
    """Where a row is kept: named by all that its numbers depend on.

    Args:
      cache: folder of the store.
      utterance: its segment, and its corpus.
      digest: of the file's content.
      settings: how a spectrogram is computed.
      data: which channel is kept.
    """
    channel = data.channel_of(utterance.corpus)
    content = digest, utterance.start_s, utterance.end_s, channel, _describe(settings)
    key = hashlib.sha256(repr(content).encode()).hexdigest()[:40]
    return cache / key[:2] / key[2:]


@functools.lru_cache(maxsize=8)
def _describe(settings: FeatureSettings) -> str:
    content = {"version": STORE_VERSION, **dataclasses.asdict(settings)}
    return json.dumps(content, sort_keys=True)


def read_head(path: Path, num_mels: int) -> tuple[Recording, int] | None:
    """Read a row's measures and its number of frames; None if not there or damaged."""
    try:
        with path.open("rb") as file:
            head = _parse_head(file.read(_START), num_mels)
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return None
    if head is None or size != _START + 4 * head[1] * num_mels:
        return None
    return head


def read_frames(path: Path, num_mels: int) -> np.ndarray | None:
    """Read a row's float32[frames, mels]; None if not there or damaged."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    head = _parse_head(content[:_START], num_mels)
    frames = memoryview(content)[_START:]
    if head is None or zlib.crc32(frames) != head[0].checksum:
        return None
    return np.frombuffer(frames, np.float32).reshape(-1, num_mels)


def write_row(path: Path, recording: Recording, frames: np.ndarray) -> None:
    """Write a row, whose measures hold the frames' checksum, whole or not at all."""
    content = np.ascontiguousarray(frames, "<f4").data.cast("B")
    head = _HEAD.pack(_MARK, *frames.shape, *dataclasses.astuple(recording))
    checksum = _CHECKSUM.pack(zlib.crc32(head))
    with replacing(path, durable=False) as temporary:
        temporary.write_bytes(b"".join((head, checksum, content)))


def _parse_head(content: bytes, num_mels: int) -> tuple[Recording, int] | None:
    """Measures and number of frames."""
    if len(content) < _START:
        return None
    mark, num_frames, mels, *measures = _HEAD.unpack_from(content)
    (own,) = _CHECKSUM.unpack_from(content, _HEAD.size)
    if (mark, mels, own) != (_MARK, num_mels, zlib.crc32(content[: _HEAD.size])):
        return None
    recording = Recording(*measures)
    # All are kept as floats.
    return dataclasses.replace(
        recording,
        sample_rate_hz=int(recording.sample_rate_hz),
        num_channels=int(recording.num_channels),
        checksum=int(recording.checksum),
    ), num_frames
