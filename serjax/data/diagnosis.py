"""What is wrong with a file that is no sound audio, in words."""

import os
import re
from pathlib import Path

_CONVERT = "which libsndfile does not read; convert it with ffmpeg"
# What is found under an audio file's name, by its first bytes.
_OTHERS = (
    (b"PK\x03\x04", "a ZIP archive, not audio; unpack it"),
    (b"\x1f\x8b", "compressed by gzip, not audio; unpack it"),
    (b"BZh", "compressed by bzip2, not audio; unpack it"),
    (b"\xfd7zXZ\0", "compressed by xz, not audio; unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive, not audio; unpack it"),
    (b"Rar!\x1a\x07", "a RAR archive, not audio; unpack it"),
    (b"ajkg", "compressed by shorten; convert it with `sph2pipe -f wav` or ffmpeg"),
    (b"#!AMR", f"AMR audio, {_CONVERT}"),
    (b"\x30\x26\xb2\x75", f"WMA audio or video, {_CONVERT}"),
    (b"\x1a\x45\xdf\xa3", f"a Matroska or WebM file, {_CONVERT}"),
    (b"MAC ", f"Monkey's Audio, {_CONVERT}"),
    (b"wvpk", f"WavPack audio, {_CONVERT}"),
    ((b"\xff\xf1", b"\xff\xf9"), f"AAC audio, {_CONVERT}"),
    (b"%PDF", "a PDF document, not audio"),
)
_AUDIO = (
    ((b"RIFF", b"RIFX"), "WAV"),
    (b"RF64", "RF64"),
    (b"riff\x2e\x91\xcf\x11", "W64"),
    (b"fLaC", "FLAC"),
    (b"OggS", "Ogg"),
    (b"FORM", "AIFF"),
    ((b".snd", b"dns."), "AU"),
    (b"caff", "CAF"),
    (b"NIST_1A", "SPHERE"),
    ((b"ID3", b"\xff\xfb", b"\xff\xf3"), "MP3"),
    (b"Creative Voice File", "VOC"),
)
_TEXT = (
    (
        "version https://git-lfs",
        "a Git LFS pointer, not audio; run `git lfs pull` where the corpus was cloned",
    ),
    (("<!doctype html", "<html"), "an HTML page, not audio; download the file again"),
    ("<", "XML, not audio; download the file again"),
    ("{", "JSON, not audio; download the file again"),
)

# What libsndfile says where it has nothing to say, or the wrong thing.
_EMPTY_WORDS = ("Internal", "Unspecified", "File does not exist", "Seek attempted")

# A sound file, as of a codec of telephones or of Windows in a WAV.
_UNKNOWN_ENCODING = re.compile("unimplemented format|unsupported encoding")


def diagnose(path: str | Path, told: str = "") -> str:
    """Say what a file is by its first bytes; libsndfile `told` that it does not decode.

    Its words are kept where they add to that.
    """
    told = "" if told.startswith(_EMPTY_WORDS) else told.rstrip(".")
    with open(path, "rb") as file:
        head = file.read(1024)
        size = os.fstat(file.fileno()).st_size
    if not head:
        return "the file is empty"
    if not head.strip(b"\0"):
        return f"its first {len(head)} of {size} bytes are zero; copy it again"
    for start, what in _OTHERS:
        if head.startswith(start):
            return what
    if head[257:262] == b"ustar":
        return "a tar archive, not audio; unpack it"
    if head[4:8] == b"ftyp":
        return f"an MP4, M4A or 3GP file, {_CONVERT}"
    if head.startswith(b"NIST_1A") and re.search(rb"\nsample_coding .*shorten", head):
        return "SPHERE compressed by shorten; convert it with `sph2pipe -f wav`"
    for start, kind in _AUDIO:
        if head.startswith(start):
            if _UNKNOWN_ENCODING.search(told):
                return f"a {kind} file of a rare encoding, {_CONVERT}"
            return f"a damaged {kind} file" + (f" ({told})" if told else "")
    return _diagnose_text(head) or told or "damaged, or of an unknown format"


def _diagnose_text(head: bytes) -> str | None:
    """Say what kind of text this is; None if it is none."""
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The last character may be cut.
        if error.start < len(head) - 3:
            return None
        text = head[: error.start].decode("utf-8-sig")
    if re.search(r"[^\s -\U0010ffff]", text):
        return None
    for start, what in _TEXT:
        if text.lstrip().lower().startswith(start):
            return what
    return "text, not audio"
