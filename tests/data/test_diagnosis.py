import gzip
import io
import re
import struct
import tarfile
import zipfile

import pytest
import soundfile

from serjax.data.audio import UnusableAudio, read_audio
from serjax.data.diagnosis import diagnose
from serjax.data.mpeg import num_mpeg_samples

POINTER = """version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 98765
"""
SPHERE = "NIST_1A\n   1024\nsample_count -i 4\nsample_coding -s26 {}\nend_head\n"


def _zip():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.wav"), "RIFF")
    return file.getvalue()


def _tar():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.wav"))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (bytes(5000), "its first 1024 of 5000 bytes are zero"),
        (POINTER.encode(), "Git LFS pointer, not audio; run `git lfs pull`"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b"\xef\xbb\xbf\n <html lang=de>", "an HTML page"),
        (b"<?xml version='1.0'?><Error>", "XML"),
        (b'{"error": 404}', "JSON"),
        (b"Not Found\n", "text, not audio"),
        ("Größe\n".encode() * 400, "text, not audio"),
        (_zip(), "a ZIP archive"),
        (_tar(), "a tar archive"),
        (gzip.compress(b"RIFF", mtime=0), "compressed by gzip"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "a 7z archive"),
        (b"ajkg\2\0", "sph2pipe -f wav"),
        (SPHERE.format("pcm,embedded-shorten-v2.00").encode(), "sph2pipe -f wav"),
        (SPHERE.format("pcm").encode(), "a damaged SPHERE file \\(as told\\)"),
        (b"\0\0\0\x20ftypM4A \0\0\0\0", "M4A .* convert it with ffmpeg"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "WMA .* convert it with ffmpeg"),
        (b"#!AMR\n\x3c", "AMR .* convert it with ffmpeg"),
        (b"\x1a\x45\xdf\xa3\x9f\x42", "WebM .* convert it with ffmpeg"),
        (b"RIFF\0\0\0\0WAVE", "a damaged WAV file \\(as told\\)"),
        (b"fLaC\0\0", "a damaged FLAC file \\(as told\\)"),
        (b"OggS\0\2", "a damaged Ogg file \\(as told\\)"),
    ],
)
def test_a_file_is_known_by_its_first_bytes(tmp_path, content, words):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    reason = diagnose(path, "as told.")
    assert re.search(words, reason)
    with pytest.raises(UnusableAudio, match="^does not decode: "):
        read_audio(path)


@pytest.mark.parametrize("told", ["unimplemented format", "unsupported encoding"])
def test_an_encoding_that_is_not_read_is_no_damage(tmp_path, told):
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF\0\0\0\0WAVE")
    words = "a WAV file of a rare encoding, which libsndfile does not read; convert it"
    assert diagnose(path, f"File contains data in an {told}.").startswith(words)


def test_bytes_that_tell_nothing_have_libsndfile_s_words(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(bytes(range(250, 100, -1)) * 20)
    assert diagnose(path, "As told.") == "As told"
    # What it says of a damaged MP3.
    missing = "File does not exist or is not a regular file (possibly a pipe?)."
    assert diagnose(path, missing) == "damaged, or of an unknown format"
    with pytest.raises(UnusableAudio, match="^does not decode: Format not recognised$"):
        read_audio(path)


CUT = [
    ("WAV", "PCM_16"),
    ("WAV", "PCM_24"),
    ("WAV", "FLOAT"),
    ("WAV", "ULAW"),
    ("WAV", "IMA_ADPCM"),
    ("WAV", "MS_ADPCM"),
    ("WAV", "GSM610"),
    ("WAVEX", "PCM_16"),
    ("RF64", "PCM_16"),
    ("W64", "PCM_16"),
    ("AIFF", "PCM_16"),
    ("AIFF", "FLOAT"),
    ("AU", "PCM_16"),
    ("SVX", "PCM_16"),
    ("CAF", "PCM_16"),
    ("CAF", "ALAC_16"),
    ("NIST", "PCM_16"),
    ("VOC", "PCM_16"),
    ("FLAC", "PCM_16"),
    ("FLAC", "PCM_24"),
    ("OGG", "VORBIS"),
    ("OGG", "OPUS"),
    ("MP3", "MPEG_LAYER_III"),
]


@pytest.mark.parametrize(("kind", "subtype"), CUT)
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_truncated_file_is_told_from_a_whole_one(
    tmp_path, noise, kind, subtype, kept
):
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(16_000), 16_000, format=kind, subtype=subtype)
    data = path.read_bytes()
    assert read_audio(path).signal.size >= 16_000
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(UnusableAudio, match="^truncated: |^does not decode: a damaged"):
        read_audio(path)


def _sized(path, marker, size, order="<"):
    """Write a size after a marker, and after the file's first four bytes."""
    data = bytearray(path.read_bytes())
    for at in (4, data.index(marker) + 4):
        data[at : at + 4] = struct.pack(f"{order}I", size)
    path.write_bytes(data)


@pytest.mark.parametrize("size", [0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_sizes_that_a_pipe_left_unknown_are_no_truncation(tmp_path, noise, size):
    for kind, marker, order in (("WAV", b"data", "<"), ("AIFF", b"SSND", ">")):
        path = tmp_path / "a.wav"
        soundfile.write(path, noise(1000), 16_000, format=kind, subtype="PCM_16")
        _sized(path, marker, size, order)
        assert read_audio(path).signal.size == 1000


@pytest.mark.parametrize("size", [0, 99, 1 << 30])
def test_a_wrong_size_of_the_whole_is_no_truncation(tmp_path, noise, size):
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(1000), 16_000)
    data = path.read_bytes()
    path.write_bytes(data[:4] + struct.pack("<I", size) + data[8:])
    assert read_audio(path).signal.size == 1000


def test_one_byte_that_is_missing_is_a_truncation(tmp_path, noise):
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(1000), 16_000)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UnusableAudio, match="truncated: 1999 of the 2000 bytes"):
        read_audio(path)


def test_sphere_is_measured_by_its_own_count(tmp_path, noise):
    path = tmp_path / "a.sph"
    soundfile.write(path, noise(1000), 16_000, format="NIST", subtype="PCM_16")
    data = path.read_bytes()
    path.write_bytes(data.replace(b"sample_count -i 1000", b"sample_count -i 2000"))
    with pytest.raises(UnusableAudio, match="truncated: 1000 of the 2000 samples"):
        read_audio(path)


def test_a_flac_that_does_not_tell_its_length_is_named(tmp_path, noise):
    path = tmp_path / "a.flac"
    soundfile.write(path, noise(1000), 16_000)
    data = path.read_bytes()
    path.write_bytes(data[:22] + bytes(4) + data[26:])
    with pytest.raises(UnusableAudio, match="does not tell its length"):
        read_audio(path)


@pytest.fixture
def untold_mp3(tmp_path, noise):
    """Writes an MP3 of ten seconds without the first frame, which tells its length."""

    def write(mode, rate_hz=16_000, quiet=slice(0)):
        signal = noise(10 * rate_hz)
        signal[quiet] *= 1e-3
        path = tmp_path / "a.mp3"
        # The mode counts where a level is given, alone.
        soundfile.write(path, signal, rate_hz, bitrate_mode=mode, compression_level=0.5)
        assert num_mpeg_samples(path) is None
        data = path.read_bytes()
        # Another frame begins as the first does.
        path.write_bytes(data[data.index(data[:2], 2) :])
        return path, data

    return write


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_an_mp3_of_constant_bit_rate_need_not_tell_its_length(untold_mp3, rate_hz):
    path, _ = untold_mp3("CONSTANT", rate_hz)
    frame = 1152 if rate_hz > 24_000 else 576
    counted = num_mpeg_samples(path)
    assert counted is not None
    assert 0 <= counted - 10 * rate_hz < 3 * frame
    # Tags count in libsndfile's guess.
    body = path.read_bytes()
    path.write_bytes(b"ID3\3\0\0\0\0\x10\0" + bytes(2048) + body + b"TAG" + bytes(125))
    assert num_mpeg_samples(path) == counted
    audio = read_audio(path, sample_rate_hz=rate_hz)
    assert audio.signal.size == counted


def test_an_mp3_that_libsndfile_would_leave_early_is_refused(untold_mp3):
    path, data = untold_mp3("VARIABLE", quiet=slice(80_000, None))
    # What libsndfile would read of ten seconds.
    assert soundfile.info(path).duration < 7
    with pytest.raises(UnusableAudio, match="does not tell its length"):
        read_audio(path)
    path.write_bytes(data)
    assert read_audio(path).signal.size == 160_000


def test_an_mp3_that_libsndfile_thinks_longer_is_read_to_its_end(untold_mp3):
    path, _ = untold_mp3("VARIABLE", quiet=slice(80_000))
    assert soundfile.info(path).duration > 15
    assert 160_000 <= read_audio(path).signal.size < 160_000 + 3 * 576
