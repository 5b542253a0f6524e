import os
import struct
import warnings

import librosa
import numpy as np
import pytest
import soundfile

from serjax.data import audio
from serjax.data.audio import MAX_PEAK, UnusableAudio, read_audio, resample

# Format, subtype and the greatest error of a sample of noise of deviation 0.1.
FORMATS = [
    ("WAV", "PCM_U8", 2**-7),
    ("WAV", "PCM_16", 2**-15),
    ("WAV", "PCM_24", 2**-23),
    ("WAV", "PCM_32", 2**-23),
    ("WAV", "FLOAT", 0.0),
    ("WAV", "DOUBLE", 0.0),
    ("WAV", "ULAW", 0.02),
    ("WAV", "ALAW", 0.02),
    ("WAVEX", "PCM_16", 2**-15),
    ("FLAC", "PCM_16", 2**-15),
    ("FLAC", "PCM_24", 2**-23),
    ("AIFF", "PCM_S8", 2**-7),
    ("AIFF", "PCM_16", 2**-15),
    ("AIFF", "FLOAT", 0.0),
    ("AU", "PCM_16", 2**-15),
    ("AU", "ULAW", 0.02),
    ("NIST", "PCM_16", 2**-15),
    ("NIST", "ULAW", 0.02),
    ("RF64", "PCM_24", 2**-23),
    ("W64", "PCM_16", 2**-15),
    ("CAF", "PCM_16", 2**-15),
]


def _reason(path, **more):
    """Why a file is unusable, found without a warning."""
    with warnings.catch_warnings(), pytest.raises(UnusableAudio) as refusal:
        warnings.simplefilter("error")
        read_audio(path, **more)
    reason = str(refusal.value)
    assert str(path) not in reason
    assert str(path.parent) not in reason
    return reason


@pytest.fixture
def wav_header(tmp_path):
    """Writes 1 kB that begin with a WAV header."""

    def write(data_bytes=956, rate_hz=16_000, num_channels=1):
        head = b"RIFF" + struct.pack("<I", data_bytes + 36) + b"WAVEfmt "
        head += struct.pack("<IHHII", 16, 1, num_channels, rate_hz, 32_000)
        head += struct.pack("<HH", 2 * num_channels % 65_536, 16)
        head += b"data" + struct.pack("<I", data_bytes)
        path = tmp_path / "header.wav"
        path.write_bytes(head + bytes(range(239)) * 4)
        return path

    return write


def test_a_file_is_read_as_it_was_written(write_wav, noise):
    signal = noise(1000)
    audio = read_audio(write_wav("a.wav", signal))
    assert audio.signal.dtype == np.float32
    np.testing.assert_array_equal(audio.signal, signal)
    assert audio.recording.sample_rate_hz == 16_000
    assert audio.recording.num_channels == 1
    assert audio.recording.duration_s == 1000 / 16_000


@pytest.mark.parametrize(("kind", "subtype", "error"), FORMATS)
@pytest.mark.parametrize("num_channels", [1, 2])
def test_every_format_is_read_as_it_was_written(
    tmp_path, noise, kind, subtype, error, num_channels
):
    signal = noise(3000 * num_channels).reshape(-1, num_channels)
    path = tmp_path / "a.wav"
    soundfile.write(path, signal, 16_000, format=kind, subtype=subtype)
    for channel in range(num_channels):
        audio = read_audio(path, channel=channel)
        np.testing.assert_allclose(audio.signal, signal[:, channel], rtol=0, atol=error)


@pytest.mark.parametrize(
    ("kind", "subtype", "correlation"),
    [("OGG", "VORBIS", 0.9), ("OGG", "OPUS", 0.9), ("MP3", "MPEG_LAYER_III", 0.9)],
)
@pytest.mark.parametrize("rate_hz", [16_000, 48_000])
def test_lossy_formats_keep_their_length_and_their_sound(
    tmp_path, noise, kind, subtype, correlation, rate_hz
):
    time_s = np.arange(2 * rate_hz) / rate_hz
    signal = 0.3 * np.sin(2 * np.pi * 500 * time_s * (1 + time_s / 4))
    path = tmp_path / "a.ogg"
    soundfile.write(path, signal, rate_hz, format=kind, subtype=subtype)
    audio = read_audio(path, sample_rate_hz=rate_hz)
    assert audio.signal.shape == signal.shape
    assert np.corrcoef(audio.signal, signal)[0, 1] > correlation


def test_one_channel_is_kept_and_none_is_mixed_in(write_wav, noise):
    left, right = noise(1000, seed=1), noise(1000, seed=2)
    path = write_wav("stereo.wav", np.stack([left, right], axis=1))
    np.testing.assert_array_equal(read_audio(path).signal, left)
    audio = read_audio(path, channel=1)
    np.testing.assert_array_equal(audio.signal, right)
    assert audio.recording.num_channels == 2


@pytest.mark.parametrize("subtype", ["FLOAT", "PCM_16"])
def test_the_mean_of_all_channels_is_taken_where_it_is_asked_for(
    write_wav, noise, subtype
):
    channels = np.stack([noise(1000, seed=seed) for seed in range(3)], axis=1)
    path = write_wav("three.wav", channels, subtype=subtype)
    audio = read_audio(path, channel="mean")
    np.testing.assert_allclose(audio.signal, channels.mean(1), rtol=0, atol=2**-15)


def test_channels_that_are_opposed_are_silent_in_the_mean(write_wav, noise):
    path = write_wav("opposed.wav", np.stack([noise(), -noise()], axis=1))
    assert "silent" in _reason(path, channel="mean")


@pytest.mark.parametrize("channel", [1, "mean"])
def test_a_mono_file_has_its_one_channel_whatever_is_asked_for(
    write_wav, noise, channel
):
    path = write_wav("mono.wav", noise(1000))
    np.testing.assert_array_equal(read_audio(path, channel=channel).signal, noise(1000))


def test_a_channel_that_is_not_there_is_refused(write_wav, noise):
    path = write_wav("stereo.wav", np.stack([noise(), noise(seed=1)], axis=1))
    assert "has 2 channels, so none numbered 2" in _reason(path, channel=2)


def test_a_segment_is_cut_by_seconds(write_wav, noise):
    signal = noise(16_000)
    path = write_wav("a.wav", signal)
    segment = read_audio(path, start_s=0.25, end_s=0.5)
    np.testing.assert_array_equal(segment.signal, signal[4000:8000])
    rest = read_audio(path, start_s=0.75)
    np.testing.assert_array_equal(rest.signal, signal[12_000:])


UNSEEKABLE = [
    *(("WAV", subtype) for subtype in ("GSM610", "G721_32")),
    *(("WAV", f"NMS_ADPCM_{bits}") for bits in (16, 24, 32)),
    *(("AU", subtype) for subtype in ("G721_32", "G723_24", "G723_40")),
    *(("W64", "GSM610"), ("AIFF", "GSM610")),
]


@pytest.mark.parametrize(("kind", "subtype"), UNSEEKABLE)
def test_segments_are_decoded_from_the_start_where_an_encoding_cannot_seek(
    tmp_path, kind, subtype, monkeypatch
):
    time_s = np.arange(16_000) / 16_000
    signal = 0.3 * np.sin(2 * np.pi * 200 * time_s * (1 + time_s))
    path = tmp_path / "a.wav"
    soundfile.write(path, signal, 16_000, format=kind, subtype=subtype)
    whole = read_audio(path).signal
    assert np.corrcoef(whole[:16_000], signal)[0, 1] > 0.97
    for block in (audio._BLOCK, 1000):
        monkeypatch.setattr(audio, "_BLOCK", block)
        for start, end in ((0, 1600), (1601, 4000), (8000, whole.size)):
            part = read_audio(path, start / 16_000, end / 16_000, channel="mean")
            np.testing.assert_array_equal(part.signal, whole[start:end])
        assert "too short: the segment ends" in _reason(path, start_s=0.1, end_s=2)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert _reason(path, start_s=0.3).startswith("truncated")


def test_an_encoding_in_which_soundfile_cannot_seek_is_named(tmp_path, noise):
    path = tmp_path / "a.aiff"
    soundfile.write(path, noise(), 16_000, subtype="DWVW_16")
    assert _reason(path).startswith("encoded as DWVW_16")


def test_a_segment_past_the_end_is_refused(write_wav, noise):
    path = write_wav("a.wav", noise(16_000))
    assert "the segment ends at 3.00 s, and the file at 1.00 s" in _reason(
        path, start_s=2.0, end_s=3.0
    )
    assert "empty" in _reason(path, start_s=2.0)


@pytest.mark.parametrize("channel", [0, "mean"])
def test_a_file_of_several_blocks_is_read_whole(write_wav, noise, monkeypatch, channel):
    monkeypatch.setattr("serjax.data.audio._BLOCK", 300)
    signal = np.stack([noise(1000), noise(1000)], axis=1)
    audio = read_audio(write_wav("a.wav", signal), channel=channel)
    np.testing.assert_array_equal(audio.signal, signal[:, 0])


@pytest.mark.parametrize(
    "rate_hz", [8_000, 11_025, 22_050, 24_414, 44_100, 48_000, 96_000]
)
def test_a_tone_keeps_its_pitch_and_its_length_through_resampling(write_wav, rate_hz):
    time_s = np.arange(rate_hz + 17) / rate_hz
    tone = 0.5 * np.sin(2 * np.pi * 1000 * time_s).astype(np.float32)
    audio = read_audio(write_wav("tone.wav", tone, rate_hz))
    # ceil(samples * 16000 / rate), as librosa's.
    assert audio.signal.size == -(-tone.size * 16_000 // rate_hz)
    assert audio.recording.sample_rate_hz == rate_hz
    # One second, so that bin k of the transform is k Hz.
    spectrum = np.abs(np.fft.rfft(audio.signal[:16_000], 16_000))
    assert spectrum.argmax() == 1000
    np.testing.assert_allclose(audio.signal[100:-100].std(), 0.5 / 2**0.5, rtol=1e-2)


@pytest.mark.parametrize("num_samples", [1, 2, 3, 511, 1000, 1001])
def test_resampling_gives_exactly_the_length_that_it_tells(noise, num_samples):
    for rate_hz in (8_000, 11_025, 24_414, 44_100, 48_000, 96_000):
        resampled = resample(noise(num_samples), rate_hz, 16_000)
        assert resampled.size == -(-num_samples * 16_000 // rate_hz)
        assert resampled.dtype == np.float32


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Of audioread.
def test_numbers_are_those_of_librosa_at_48_khz(write_wav, noise):
    path = write_wav("a.wav", noise(48_000 + 7), 48_000, subtype="PCM_16")
    expected, _ = librosa.load(path, sr=16_000)
    np.testing.assert_allclose(read_audio(path).signal, expected, rtol=0, atol=1e-6)


def test_a_file_that_went_since_it_was_listed_is_no_file_to_leave_out(tmp_path):
    with pytest.raises(FileNotFoundError, match="none.wav"):
        _reason(tmp_path / "none.wav")


def test_what_is_no_plain_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "zero.wav").symlink_to("/dev/zero")
    for name in ("pipe.wav", "folder.wav", "zero.wav"):
        assert _reason(tmp_path / name) == "not a plain file"


def test_links_that_lead_nowhere_are_refused(tmp_path):
    (tmp_path / "dangling.wav").symlink_to("none.wav")
    (tmp_path / "itself.wav").symlink_to("itself.wav")
    assert "No such file" in _reason(tmp_path / "dangling.wav")
    assert "Too many levels of symbolic links" in _reason(tmp_path / "itself.wav")


def test_a_link_to_a_recording_is_the_recording(tmp_path, write_wav, noise):
    (tmp_path / "link.wav").symlink_to(write_wav("a.wav", noise(1000)))
    np.testing.assert_array_equal(read_audio(tmp_path / "link.wav").signal, noise(1000))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_refused(write_wav, noise):
    path = write_wav("a.wav", noise())
    path.chmod(0)
    assert "Permission denied" in _reason(path)


def test_a_name_that_is_too_long_is_refused(tmp_path):
    path = tmp_path / ("a" * 300 + ".wav")
    assert "File name too long" in _reason(path)


def test_audio_under_another_ending_is_decoded_by_its_content(write_wav, noise):
    # TESS has AIFF data under .wav names.
    path = write_wav("a.aiff", noise(1000))
    path = path.rename(path.with_suffix(".wav"))
    np.testing.assert_array_equal(read_audio(path).signal, noise(1000))


@pytest.mark.parametrize("ending", ["au", "snd", "gsm", "vox", "raw", "sd2"])
def test_an_ending_makes_no_audio_of_other_bytes(tmp_path, ending):
    # libsndfile takes them for headerless samples.
    path = tmp_path / f"a.{ending}"
    path.write_bytes(bytes(range(256)) * 10)
    assert _reason(path).startswith("does not decode")


@pytest.mark.parametrize("sample_rate_hz", [16_000, 44_100])
@pytest.mark.parametrize("value", [0.0, 0.3])
def test_a_constant_signal_is_silent_also_when_resampled(
    write_wav, value, sample_rate_hz
):
    path = write_wav("a.wav", np.full(4000, value, np.float32), sample_rate_hz)
    assert "silent" in _reason(path)


@pytest.mark.parametrize("channel", [0, "mean"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_finite_are_refused(write_wav, noise, value, channel):
    signal = np.stack([noise(), noise()], axis=1)
    signal[100] = value
    assert "not finite" in _reason(write_wav("a.wav", signal), channel=channel)


@pytest.mark.parametrize("scale", [5.0, 1e-30, 1e-42])
@pytest.mark.parametrize("rate_hz", [16_000, 48_000])
def test_samples_out_of_all_measure_have_a_measure(write_wav, noise, scale, rate_hz):
    audio = read_audio(write_wav("a.wav", noise() * np.float32(scale), rate_hz))
    assert np.isfinite(audio.signal).all()
    assert np.isfinite(audio.recording.level_db)
    assert np.isfinite(audio.recording.lead_s)


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
@pytest.mark.parametrize("scale", [127, 32_768, 2**31, 1e15, 1e30])
@pytest.mark.parametrize("rate_hz", [16_000, 48_000])
def test_samples_of_the_range_of_integers_are_refused(
    write_wav, noise, subtype, scale, rate_hz
):
    signal = noise() * np.float32(scale)
    path = write_wav("a.wav", signal, rate_hz, subtype=subtype)
    told = f"out of range: its samples reach {np.abs(signal).max():.1f} times full"
    assert _reason(path).startswith(told)
    assert _reason(path, start_s=0.1, end_s=0.15).startswith("out of range: ")


def test_of_several_channels_those_that_are_heard_must_be_in_range(write_wav, noise):
    loud = noise() * np.float32(32_768)
    path = write_wav("a.wav", np.stack([noise(), loud], axis=1))
    np.testing.assert_array_equal(read_audio(path).signal, noise())
    for channel in (1, "mean"):
        assert "out of range" in _reason(path, channel=channel)


@pytest.mark.parametrize("peak", [1.0, 1.5, 3.9])
def test_samples_a_little_over_full_scale_are_as_they_are(write_wav, noise, peak):
    signal = noise() * np.float32(peak / np.abs(noise()).max())
    audio = read_audio(write_wav("a.wav", signal))
    np.testing.assert_array_equal(audio.signal, signal)
    assert f"{MAX_PEAK:g}" == "4"


def test_one_sample_is_silent_and_few_are_read(write_wav, noise):
    assert "silent" in _reason(write_wav("one.wav", noise(1)))
    assert read_audio(write_wav("few.wav", noise(511))).signal.size == 511
    assert "empty" in _reason(write_wav("none.wav", noise(0)))


@pytest.mark.parametrize("rate_hz", [0, 1, 999, 800_000, 4_000_000_000])
def test_a_sample_rate_that_cannot_be_is_a_damaged_header(wav_header, rate_hz):
    assert "damaged" in _reason(wav_header(rate_hz=rate_hz))


@pytest.mark.parametrize("num_channels", [0, 65, 1000, 65_535])
def test_channels_that_cannot_be_are_a_damaged_header(wav_header, num_channels):
    assert "damaged" in _reason(wav_header(num_channels=num_channels))


def test_a_header_of_1_gb_in_1_kb_is_truncated(wav_header):
    reason = _reason(wav_header(data_bytes=1 << 30))
    assert reason == (
        "truncated: 956 of the 1073741824 bytes of samples that its header tells"
    )


@pytest.mark.parametrize("kind", ["FLAC", "AIFF"])
@pytest.mark.parametrize("max_duration_s", [600.0, 1e12])
def test_other_headers_of_1_gb_in_1_kb_take_no_memory(
    tmp_path, noise, kind, max_duration_s
):
    path = tmp_path / "a"
    soundfile.write(path, noise(480), 16_000, format=kind, subtype="PCM_16")
    data = path.read_bytes()
    if kind == "FLAC":  # Samples, 36 bits from here.
        data = data[:22] + struct.pack(">I", 1 << 30) + data[26:]
    else:
        at = data.index(b"SSND") + 4
        data = data[:at] + struct.pack(">I", 1 << 30) + data[at + 4 :]
    path.write_bytes(data)
    assert _reason(path, max_duration_s=max_duration_s).startswith(
        ("truncated: ", "too long: ", "does not decode: a damaged FLAC file")
    )


def test_ten_hours_are_too_long_and_are_not_read(tmp_path):
    path = tmp_path / "long.wav"
    num_bytes = 36_000 * 16_000 * 2
    soundfile.write(path, np.zeros(10, np.int16), 16_000)
    head = bytearray(path.read_bytes()[:44])
    head[40:44] = struct.pack("<I", num_bytes)
    with path.open("wb") as file:  # Sparse: the disk holds its start alone.
        file.write(head)
        file.truncate(44 + num_bytes)
    reason = _reason(path)
    assert reason == "too long: 36000 s; expected 600 or less (--max_duration_s)"
    assert "silent" in _reason(path, start_s=35_999.0)
