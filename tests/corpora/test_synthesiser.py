import numpy as np
import pytest

from serjax.corpora.synthesiser import Controls, Recording, record, synthesise

RATE_HZ = 16_000


def constant(num_frames: int = 200, **changes: float) -> Controls:
    """A held vowel (a) at 200 Hz, with some controls changed."""
    values = {
        "f0_hz": 200.0,
        "voiced_db": 0.0,
        "noise_db": -100.0,
        "noise_hz": 4000.0,
        "breath_db": -100.0,
        "tilt_db": -9.0,
        **changes,
    }
    frames = {name: np.full(num_frames, value) for name, value in values.items()}
    formants_hz = np.tile([750.0, 1250.0, 2500.0, 3700.0], (num_frames, 1))
    return Controls(**frames, formants_hz=formants_hz)


def spectrum(controls: Controls) -> np.ndarray:
    """Power per Hz, over one second."""
    wave = synthesise(controls, RATE_HZ, np.random.default_rng(0))[:RATE_HZ]
    return np.abs(np.fft.rfft(wave * np.hanning(len(wave)))) ** 2


@pytest.mark.parametrize("f0_hz", [110.0, 200.0])
def test_voiced_speech_has_power_at_multiples_of_f0_alone(f0_hz):
    power = spectrum(constant(f0_hz=f0_hz))
    for harmonic in (1, 2, 5):
        at = round(harmonic * f0_hz)
        between = round((harmonic + 0.5) * f0_hz)
        peak = power[at - 3 : at + 4].max()
        assert peak > 100 * power[between - 3 : between + 4].max()


def test_frication_is_noise_about_its_centre():
    power = spectrum(constant(voiced_db=-100.0, noise_db=0.0))
    assert power[3500:4500].mean() > 100 * power[500:1500].mean()


def test_a_recording_starts_and_ends_with_its_noise_floor():
    wave = synthesise(constant(), RATE_HZ, np.random.default_rng(0))
    recording = Recording(level_db=-20.0, floor_db=-40.0, lead_s=0.5, trail_s=0.5)
    heard = record(wave, recording, RATE_HZ, np.random.default_rng(1))
    assert len(heard) > len(wave) + 0.4 * RATE_HZ
    floor = 20 * np.log10(heard[:2000].std())
    # 60 dB under full scale; the floor itself varies by 2 dB from one to the next.
    assert -67 < floor < -53
    middle = heard[len(heard) // 2 :][:2000].std()
    assert middle > 20 * heard[:2000].std()


def test_reverberation_outlasts_the_voice():
    wave = synthesise(constant(), RATE_HZ, np.random.default_rng(0))
    levels = []
    for seconds in (0.0, 0.4):
        recording = Recording(floor_db=-90.0, trail_s=0.6, reverberation_s=seconds)
        heard = record(wave, recording, RATE_HZ, np.random.default_rng(1))
        levels.append(heard[-8000:-6000].std())
    assert levels[1] > 3 * levels[0]
