"""Who speaks a text, and in which mood: phones, voice and emotion -> controls.

Emotion moves f0, tempo, energy and spectral tilt; vocal tract and f0 make a speaker and
a gender; phone inventory and rhythm make a language. Log-mels are normalised per
utterance, so what is constant over an utterance vanishes: each factor acts on
movement too, which is what a model has to learn from.
"""

from typing import NamedTuple

import numpy as np

from serjax.corpora.phones import Phones
from serjax.corpora.synthesiser import FRAME_S, Controls

SPEAKER_SPREAD = 1.0
"""Scales how much speakers of one gender differ, in voice and in habits."""

UTTERANCE_SPREAD = 0.7
"""Scales how much utterances of one speaker and emotion differ."""


class Emotion(NamedTuple):
    """How a mood departs from neutral speech; all zeros is neutral.

    Attributes:
      f0_st: mean of f0, in semitones.
      range_st: excursion of f0 on accents, in semitones.
      final_st: rise of f0 (fall if negative) towards the end, in semitones.
      tempo: rate of speech, natural logarithm.
      level_db: level of the voice, in dB.
      accent_db: level contrast between stressed and other syllables, in dB.
      swell_db: rise of level (fall if negative) from start to end, in dB.
      tilt_db: flatter (positive) spectrum, in dB per octave; stronger on accents.
      breath_db: aspiration, in dB.
      tremor_st: trembling of f0 at 6 Hz, in semitones.
    """

    f0_st: float = 0.0
    range_st: float = 0.0
    final_st: float = 0.0
    tempo: float = 0.0
    level_db: float = 0.0
    accent_db: float = 0.0
    swell_db: float = 0.0
    tilt_db: float = 0.0
    breath_db: float = 0.0
    tremor_st: float = 0.0

    def scaled(self, strength: float) -> "Emotion":
        """The same mood, felt more or less strongly."""
        return Emotion(*(strength * value for value in self))

    def plus(self, *others: "Emotion") -> "Emotion":
        """Several moods at once."""
        return Emotion(*map(sum, zip(self, *others, strict=True)))


# How much one utterance differs from the next for no reason that anyone labels.
_DRAWN = Emotion(1.0, 0.8, 1.0, 0.08, 1.5, 1.0, 1.5, 0.6)


class Voice(NamedTuple):
    """A speaker: the voice, and habits that are mistaken for moods."""

    f0_hz: float
    tract: float
    habit: Emotion


def draw_voice(gender: str, rng: np.random.Generator) -> Voice:
    """Draw a speaker of a gender."""
    draws = rng.normal(0.0, SPEAKER_SPREAD, 8)
    f0_hz, tract = (205.0, 1.14) if gender == "female" else (115.0, 0.98)
    habit = Emotion(
        range_st=0.8 * draws[2],
        final_st=0.5 * draws[3],
        tempo=0.08 * draws[4],
        level_db=1.5 * draws[5],
        tilt_db=0.8 * draws[6],
        breath_db=2.0 * draws[7],
    )
    return Voice(f0_hz * 2 ** (1.6 * draws[0] / 12), tract + 0.03 * draws[1], habit)


def plan(
    phones: Phones, voice: Voice, emotion: Emotion, rng: np.random.Generator
) -> Controls:
    """Speak a text in a mood; habits of the voice and of this utterance are added."""
    drawn = Emotion(*(_DRAWN[:8] * rng.normal(0.0, UTTERANCE_SPREAD, 8)))
    mood = emotion.plus(voice.habit, drawn)
    jitter = rng.normal(0.0, 0.1 * UTTERANCE_SPREAD, len(phones.duration_s))
    seconds = phones.duration_s * np.exp(jitter - mood.tempo)
    counts = np.maximum(np.round(seconds / FRAME_S).astype(int), 2)
    at = np.repeat(np.arange(len(counts)), counts)
    time = np.linspace(0.0, 1.0, len(at))
    accent = _smooth(phones.stress[at], 9)
    seconds_in = np.arange(len(at)) * FRAME_S
    tremor = mood.tremor_st * np.sin(2 * np.pi * (6 * seconds_in + rng.random()))
    f0_st = mood.f0_st - 2.0 * time + (2.0 + mood.range_st) * accent + tremor
    f0_st = f0_st + mood.final_st * np.maximum(time - 0.4, 0.0) / 0.6
    weak_db = -np.maximum(3.0 + mood.accent_db, 0.0) * (1 - accent)
    level_db = mood.level_db + weak_db + mood.swell_db * (time - 0.5)
    edge = np.minimum(np.arange(len(at)), np.arange(len(at))[::-1]) * FRAME_S
    level_db = level_db - 20.0 * np.maximum(0.03 - edge, 0.0) / 0.03
    formants = _smooth(phones.formants_hz[at], 7) * voice.tract
    fourth = np.full((len(at), 1), 3700.0 * voice.tract)
    effort = 0.5 + accent + 0.05 * (level_db - mood.level_db)
    return Controls(
        f0_hz=voice.f0_hz * 2 ** (f0_st / 12),
        voiced_db=_smooth(np.maximum(phones.voiced_db[at], -60.0), 3) + level_db,
        noise_db=_smooth(np.maximum(phones.noise_db[at], -60.0), 3) + level_db,
        noise_hz=phones.noise_hz[at] * voice.tract,
        breath_db=np.full(len(at), mood.breath_db),
        tilt_db=-9.0 + mood.tilt_db * effort,
        formants_hz=np.concatenate([formants, fourth], axis=1),
    )


def _smooth(values: np.ndarray, width: int) -> np.ndarray:
    """Moving average over frames: articulators have mass."""
    margins = [(width // 2, width // 2), (0, 0)][: values.ndim]
    padded = np.pad(values, margins, "edge")
    views = np.lib.stride_tricks.sliding_window_view(padded, width, axis=0)
    return views.mean(axis=-1)
