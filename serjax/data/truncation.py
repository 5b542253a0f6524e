"""Samples that a file's header tells of and that the file does not hold.

libsndfile shortens what a header tells to what there is and says so in its log alone.
Not told by the formats: OGG and MP3 files cut where a page or frame ends are caught
where they hold a length or an end mark; bytes changed among raw samples never are.
"""

import os
import re
from pathlib import Path

# A size from here on stands for 'unknown': what writes to a pipe cannot come back to
# fill it in. sox leaves 0x7ffff000, ffmpeg 0xffffffff; no utterance is of 2 GiB.
_UNKNOWN = 0x7FFF0000

# WAV, AIFF, SVX and AU: the chunk of the samples itself. A wrong size of the whole
# file is no truncation.
_CHUNK = re.compile(
    r"^ *(?:data|SSND|BODY|Data Size) *: (?P<told>\d+) \(should be (?P<there>\d+)\)",
    re.MULTILINE,
)
_RF64 = re.compile(
    r"frame count (?P<there>\d+) does not match value from 'ds64' chunk of "
    r"(?P<told>\d+)"
)
# W64 has no such line. Its sizes count the 24 bytes before a chunk's content, and the
# first sample lies at 104 or later: 80 bytes come before the counted ones.
_W64 = re.compile(
    r"^Length : (?P<there>\d+)\nriff .*\nwave\n(?:.*\n)*?data : (?P<told>\d+)$",
    re.MULTILINE,
)
_VOC = "Seems to be a truncated file."
# The greatest size of an Ogg page: 27 bytes, 255 sizes, and 255 times 255 bytes.
_OGG_PAGE = 27 + 255 + 255 * 255


def missing_samples(
    path: str | Path, kind: str, log: str, num_samples: int
) -> str | None:
    """Say what a header tells of samples that are not there; None if nothing is.

    Args:
      kind: the file's format by libsndfile's name, as 'WAV'.
      log: libsndfile's log of its header, `SoundFile.extra_info`.
      num_samples: samples per channel that libsndfile finds.
    """
    units = (_CHUNK, "bytes of samples", 0), (_RF64, "samples", 0), (_W64, "bytes", 80)
    for pattern, unit, before in units:
        if found := pattern.search(log):
            there, told = int(found["there"]), int(found["told"]) + before
            if there < told < _UNKNOWN:
                return f"{there} of the {told} {unit} that its header tells"
    if _VOC in log:
        return "samples that its header tells of are missing"
    if kind == "OGG" and not _has_last_page(path):
        return "its last Ogg page is missing or cut"
    if kind == "NIST":
        with open(path, "rb") as file:
            found = re.search(rb"\nsample_count -i (\d{1,12})\s", file.read(1024))
        if found and num_samples < int(found[1]):
            return f"{num_samples} of the {int(found[1])} samples that its header tells"
    return None


def _has_last_page(path: str | Path) -> bool:
    """Whether an Ogg file's last page is there to its end and marked as the last."""
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        # Tags may follow the page.
        file.seek(max(size - 2 * _OGG_PAGE, 0))
        tail = file.read()
    page = tail[max(tail.rfind(b"OggS"), 0) :]
    if len(page) < 27:
        return False
    num_bytes = 27 + page[26] + sum(page[27 : 27 + page[26]])
    return bool(page[5] & 4) and len(page) >= num_bytes
