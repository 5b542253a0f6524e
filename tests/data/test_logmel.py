import dataclasses

import librosa
import numpy as np
import pytest

from serjax.config import FeatureSettings
from serjax.data import logmel
from serjax.data.audio import UnusableAudio
from serjax.data.logmel import log_mel, num_frames

SETTINGS = FeatureSettings()


@pytest.mark.parametrize("num_samples", [512, 671, 672, 16_000, 48_017])
def test_log_mel_equals_librosa(noise, num_samples):
    signal = noise(num_samples)
    expected = np.log(
        librosa.feature.melspectrogram(
            y=signal,
            sr=16_000,
            n_fft=512,
            win_length=400,
            hop_length=160,
            n_mels=40,
            center=False,
        )
        + 1e-6
    ).T
    frames = log_mel(signal, SETTINGS)
    assert frames.dtype == np.float32
    assert frames.shape == (1 + (num_samples - 512) // 160, 40)
    assert len(frames) == num_frames(num_samples, SETTINGS)
    np.testing.assert_allclose(frames, expected, atol=1e-4, rtol=0)


def test_a_tone_lies_in_the_coefficient_around_its_frequency():
    tone = np.sin(2 * np.pi * 2000 * np.arange(16_000) / 16_000).astype(np.float32)
    centres_hz = librosa.mel_frequencies(n_mels=42, fmin=0, fmax=8000)[1:-1]
    loudest = log_mel(tone, SETTINGS).mean(axis=0).argmax()
    assert loudest == np.abs(centres_hz - 2000).argmin()


def test_the_settings_reach_the_spectrogram(noise):
    settings = FeatureSettings(
        sample_rate_hz=8000, num_mels=23, window_ms=20, hop_ms=5, fft_size=256
    )
    assert log_mel(noise(8000), settings).shape == (1 + (8000 - 256) // 40, 23)
    louder_floor = dataclasses.replace(SETTINGS, log_floor=1.0)
    assert log_mel(noise(), louder_floor).min() >= 0


@pytest.mark.parametrize(
    ("signal", "reason"),
    [
        (np.zeros(0), "empty"),
        (np.arange(511) / 511, "too short: 511 samples"),
        (np.zeros(8000), "silent"),
        (np.full(8000, 0.25), "silent"),
        (np.r_[np.arange(8000), np.nan], "not finite"),
        (np.r_[np.arange(8000), np.inf], "not finite"),
    ],
)
def test_a_signal_without_speech_is_refused(signal, reason):
    with pytest.raises(UnusableAudio, match=reason):
        log_mel(signal.astype(np.float32), SETTINGS)


def test_samples_too_large_for_their_energy_are_refused(noise):
    with (
        np.errstate(over="ignore", invalid="ignore"),
        pytest.raises(UnusableAudio, match="overflows"),
    ):
        log_mel(noise() * np.float32(1e30), SETTINGS)


def test_filters_that_are_damaged_on_disk_are_made_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(logmel, "users_cache", lambda: tmp_path)
    window, bank = logmel.window_and_filters(SETTINGS)
    (kept,) = tmp_path.rglob("*.npz")
    whole = kept.read_bytes()
    for content in (whole[:900], whole[:900] + b"x" + whole[901:], b"", whole):
        kept.write_bytes(content)
        again = logmel.window_and_filters(SETTINGS)
        np.testing.assert_array_equal(again[0], window)
        np.testing.assert_array_equal(again[1], bank)
    expected = librosa.filters.mel(sr=16_000, n_fft=512, n_mels=40)
    np.testing.assert_array_equal(bank, expected)
