"""How long an MP3 is whose first frame does not tell.

libsndfile takes the length of such a file from its size and its first frame's bit rate,
and reads no further: with a bit rate that varies, it may stop at a third.
"""

import mmap
from pathlib import Path

# ISO 11172-3 and 13818-3, layer III, in kbit/s: by MPEG-1 or not, then by index.
_KBITS = (
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
)
_RATES_HZ = (44_100, 48_000, 32_000)
_TAGS = (b"Xing", b"Info", b"VBRI")


def num_mpeg_samples(path: str | Path) -> int | None:
    """Count the samples per channel of an MP3 by its frames' headers.

    None where it tells its length itself, or where frames do not follow one another.
    """
    with (
        open(path, "rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        position = _after_id3(data)
        told = any(tag in data[position : position + 200] for tag in _TAGS)
        if told or _frame(data, position) is None:
            return None
        count = 0
        while (frame := _frame(data, position)) is not None:
            num_bytes, num_samples = frame
            position += num_bytes
            # The last may be cut.
            count += num_samples if position <= len(data) else 0
        rest = data[position:]
    is_end = not rest.strip(b"\0") or rest.startswith((b"TAG", b"APETAGEX", b"LYRICS"))
    return count if is_end else None


def _after_id3(data: mmap.mmap) -> int:
    """Where the tag at the start ends: its length is in seven bits of each byte."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    a, b, c, d = data[6:10]
    return 10 + (a << 21 | b << 14 | c << 7 | d) + (10 if data[5] & 0x10 else 0)


def _frame(data: mmap.mmap, position: int) -> tuple[int, int] | None:
    """Bytes and samples of the frame at a position; None if none starts there."""
    head = int.from_bytes(data[position : position + 4])
    version, layer = head >> 19 & 3, head >> 17 & 3
    bits, rate, padding = head >> 12 & 15, head >> 10 & 3, head >> 9 & 1
    is_frame = head >> 21 == 0x7FF and version != 1 and layer == 1
    if not is_frame or rate == 3 or bits in (0, 15):
        return None
    is_mpeg1 = version == 3
    num_samples = 1152 if is_mpeg1 else 576
    rate_hz = _RATES_HZ[rate] // {3: 1, 2: 2, 0: 4}[version]
    num_bits = _KBITS[is_mpeg1][bits] * 1000
    return num_samples // 8 * num_bits // rate_hz + padding, num_samples
