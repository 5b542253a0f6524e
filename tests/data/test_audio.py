import numpy as np
import pytest

from serjax.data.audio import UnusableAudio, read_audio


def test_a_file_is_read_as_it_was_written(write_wav, noise):
    signal = noise(1000)
    read = read_audio(write_wav("a.wav", signal))
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, signal)


def test_one_channel_is_kept_and_none_is_mixed_in(write_wav, noise):
    left, right = noise(1000, seed=1), noise(1000, seed=2)
    path = write_wav("stereo.wav", np.stack([left, right], axis=1))
    np.testing.assert_array_equal(read_audio(path), left)
    np.testing.assert_array_equal(read_audio(path, channel=1), right)


def test_a_mono_file_has_its_one_channel_whatever_is_asked_for(write_wav, noise):
    path = write_wav("mono.wav", noise(1000))
    np.testing.assert_array_equal(read_audio(path, channel=1), noise(1000))


def test_a_channel_that_is_not_there_is_refused(write_wav, noise):
    path = write_wav("stereo.wav", np.stack([noise(), noise(seed=1)], axis=1))
    with pytest.raises(UnusableAudio, match="has 2 channels, so none numbered 2"):
        read_audio(path, channel=2)


def test_a_segment_is_cut_by_seconds(write_wav, noise):
    signal = noise(16_000)
    path = write_wav("a.wav", signal)
    segment = read_audio(path, start_s=0.25, end_s=0.5)
    np.testing.assert_array_equal(segment, signal[4000:8000])
    np.testing.assert_array_equal(read_audio(path, start_s=0.75), signal[12_000:])


def test_a_segment_past_the_end_is_empty(write_wav, noise):
    path = write_wav("a.wav", noise(16_000))
    with pytest.raises(UnusableAudio, match="empty"):
        read_audio(path, start_s=2.0, end_s=3.0)


@pytest.mark.parametrize("sample_rate_hz", [8_000, 24_414, 48_000, 96_000])
def test_a_tone_keeps_its_pitch_through_resampling(write_wav, sample_rate_hz):
    time_s = np.arange(sample_rate_hz) / sample_rate_hz
    tone = 0.5 * np.sin(2 * np.pi * 1000 * time_s).astype(np.float32)
    read = read_audio(write_wav("tone.wav", tone, sample_rate_hz))
    assert abs(len(read) - 16_000) <= 1
    # One second, so that bin k of the transform is k Hz.
    spectrum = np.abs(np.fft.rfft(read[:16_000], 16_000))
    assert spectrum.argmax() == 1000
    np.testing.assert_allclose(read[100:-100].std(), 0.5 / np.sqrt(2), rtol=1e-2)


@pytest.mark.parametrize("name", ["pointer.wav", "pointer.flac", "pointer.mp3"])
def test_a_file_that_is_not_audio_does_not_decode(tmp_path, name):
    # What a git checkout without LFS holds in place of CREMA-D's audio.
    path = tmp_path / name
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n" * 2)
    with pytest.raises(UnusableAudio, match="does not decode") as refusal:
        read_audio(path)
    assert str(tmp_path) not in str(refusal.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UnusableAudio):
        read_audio(tmp_path / "none.wav")


def test_audio_under_another_ending_is_decoded_by_its_content(write_wav, noise):
    # TESS has AIFF data under .wav names.
    path = write_wav("a.aiff", noise(1000))
    path = path.rename(path.with_suffix(".wav"))
    np.testing.assert_array_equal(read_audio(path), noise(1000))


@pytest.mark.parametrize("sample_rate_hz", [16_000, 44_100])
@pytest.mark.parametrize("value", [0.0, 0.3])
def test_a_constant_signal_is_silent_also_when_resampled(
    write_wav, value, sample_rate_hz
):
    path = write_wav("a.wav", np.full(4000, value, np.float32), sample_rate_hz)
    with pytest.raises(UnusableAudio, match="silent"):
        read_audio(path)
