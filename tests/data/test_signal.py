import dataclasses

import numpy as np
import pytest

from serjax.config import FRONT_ENDS, DataSettings, FeatureSettings
from serjax.data.front_end import read_utterance
from serjax.data.signal import describe_signal

PLAIN = FeatureSettings()
TRIMMED = FeatureSettings(trim_db=35)
SIGNAL = FeatureSettings(normalisation="signal")


@pytest.fixture
def utterance(make_corpus):
    return make_corpus("toy", ["female"])[0]


@pytest.fixture
def read(write_wav, utterance):
    """Writes a signal and reads it as the settings ask for."""

    def read(signal, settings):
        path = write_wav(utterance.file, signal)
        return read_utterance(path, utterance, settings, DataSettings())

    return read


def _padded(sound, quiet):
    """Half a second of `quiet` times the sound's level, the sound, and a quarter."""
    hiss = quiet * np.resize(sound, 12_000)
    return np.concatenate([hiss[:8000], sound, hiss[8000:]]).astype(np.float32)


def test_what_is_far_below_the_loudest_is_cut_at_both_ends(read, noise):
    # Of hiss, -40 dB is cut at 35, and -30 dB is not.
    sound = noise(8000)
    trimmed = read(_padded(sound, 0.01), TRIMMED)
    np.testing.assert_array_equal(trimmed.signal, sound)
    assert trimmed.recording.lead_s == trimmed.recording.trail_s == 0
    assert trimmed.recording.duration_s == 1.25
    assert read(_padded(sound, 10**-1.5), TRIMMED).signal.size == 20_000
    assert read(_padded(sound, 0.01), PLAIN).signal.size == 20_000


def test_a_pause_within_speech_is_kept(read, noise):
    signal = np.concatenate([noise(4000), np.zeros(8000), noise(4000)])
    assert read(signal.astype(np.float32), TRIMMED).signal.size == 16_000


def test_a_signal_gets_zero_mean_and_unit_variance_and_features_nothing(read, noise):
    signal = 1e-3 * noise(8000) + np.float32(0.2)
    audio = read(signal, SIGNAL)
    assert audio.signal.dtype == np.float32
    np.testing.assert_allclose(audio.signal.mean(), 0, atol=1e-6)
    np.testing.assert_allclose(audio.signal.std(), 1, rtol=1e-5)
    # Its own level still tells recordings apart.
    assert audio.recording == read(signal, PLAIN).recording


def test_trimmed_speech_is_what_gets_unit_variance(read, noise):
    both = dataclasses.replace(TRIMMED, normalisation="signal")
    audio = read(_padded(noise(8000), 0.01), both)
    np.testing.assert_allclose(audio.signal.std(), 1, rtol=1e-5)


def test_settings_of_before_describe_a_signal_as_before():
    assert describe_signal(PLAIN) == {}
    assert describe_signal(TRIMMED) == {"trim_db": 35.0}
    # Copies alone are disturbed.
    assert describe_signal(FeatureSettings(augment="noise")) == {}
    assert describe_signal(SIGNAL) == {"signal": "normalised"}


def test_features_with_and_without_lie_side_by_side(load, corpora, write_wav, noise):
    for number, path in enumerate(sorted(corpora.rglob("*.wav"))):
        write_wav(path, _padded(noise(3200, seed=number), 0.01))
    plain = load()
    cut, whole = load(trim_db=35), load(normalisation="signal")
    assert len({plain.identity, cut.identity, whole.identity}) == 3
    assert (plain.store.lengths - cut.store.lengths == 12_000 // 160).all()
    # Its energies are of unit variance, and nothing is taken off them.
    assert whole.store.frames.mean() < -1
    again = load()
    np.testing.assert_array_equal(again.store.frames, plain.store.frames)
    assert again.identity == plain.identity


def test_what_is_too_short_once_trimmed_is_a_listed_skip(load, corpora, write_wav):
    click = np.zeros(8000, np.float32)
    click[4000:4100:2] = 0.5
    write_wav(corpora / "emodb/wav/03a01Wa.wav", click)
    assert not load().skipped
    (skip,) = load(trim_db=35).skipped
    assert skip.file == "emodb/wav/03a01Wa.wav"
    assert "too short: 160 samples at 16000 Hz are left (--trim_db=35)" in skip.reason


class Loudness:
    """A front end of a user's own that hears."""

    dims = 1

    def __init__(self, settings, data):
        self.given = settings, data

    def describe(self):
        return {}

    def compute(self, path, utterance):
        audio = read_utterance(path, utterance, *self.given)
        frames = audio.signal[: audio.signal.size // 160 * 160].reshape(-1, 160)
        return audio.recording, (frames**2).mean(axis=1, keepdims=True)


def test_a_front_end_of_ones_own_hears_what_is_left(
    load, corpora, write_wav, noise, monkeypatch
):
    monkeypatch.setitem(FRONT_ENDS, "loudness", f"{__name__}:Loudness")
    for number, path in enumerate(sorted(corpora.rglob("*.wav"))):
        write_wav(path, _padded(noise(3200, seed=number), 0.01))
    assert {*load(front_end="loudness").store.lengths} == {20 + 75}
    data = load(front_end="loudness", trim_db=35, normalisation="signal")
    assert {*data.store.lengths} == {20}
    np.testing.assert_allclose(data.store.frames.mean(), 1, rtol=1e-4)
