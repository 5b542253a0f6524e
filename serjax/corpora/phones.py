"""Texts of three languages, as rows of sound segments."""

from typing import NamedTuple

import numpy as np

_VOWELS_HZ = {
    "a": (750, 1250, 2500),
    "ae": (680, 1750, 2450),
    "e": (450, 1950, 2600),
    "i": (300, 2250, 3000),
    "o": (480, 850, 2450),
    "u": (320, 750, 2300),
    "y": (280, 1750, 2200),
    "oe": (400, 1500, 2300),
    "er": (480, 1300, 1700),
    "schwa": (500, 1450, 2500),
}
# Voicing dB, noise dB, noise centre in Hz, duration in s, formants in Hz.
_CONSONANTS = {
    "s": (-100, -6, 5500, 0.10, (400, 1700, 2600)),
    "sh": (-100, -5, 3300, 0.10, (400, 1900, 2600)),
    "x": (-100, -9, 1600, 0.08, (500, 1500, 2400)),
    "f": (-100, -16, 4500, 0.08, (400, 1100, 2300)),
    "z": (-14, -12, 5200, 0.07, (300, 1700, 2600)),
    "m": (-10, -100, 2000, 0.07, (250, 1000, 2200)),
    "n": (-10, -100, 2000, 0.06, (250, 1500, 2500)),
    "l": (-6, -100, 2000, 0.06, (350, 1100, 2700)),
    "r": (-6, -100, 2000, 0.05, (420, 1250, 1650)),
    "t": (-100, -8, 4200, 0.02, (400, 1700, 2600)),
    "k": (-100, -9, 2000, 0.025, (400, 1900, 2400)),
    "p": (-100, -13, 900, 0.015, (400, 900, 2300)),
}
_CLOSURE_S = {"t": 0.05, "k": 0.05, "p": 0.06}


class Language(NamedTuple):
    """Inventory and rhythm.

    Attributes:
      vowels: of stressed syllables.
      weak_vowels: of the others.
      consonants: with repetition for the frequent ones.
      coda: probability that a syllable ends in a consonant.
      stressed_s: duration of a stressed vowel, in seconds.
      weak_s: duration of an unstressed one; equal in a syllable-timed language.
    """

    vowels: tuple[str, ...]
    weak_vowels: tuple[str, ...]
    consonants: tuple[str, ...]
    coda: float
    stressed_s: float
    weak_s: float


LANGUAGES = {
    "en": Language(
        ("ae", "i", "o", "er", "e", "a"),
        ("schwa", "er", "i"),
        tuple("s z t k n r l m p f".split()),
        coda=0.4,
        stressed_s=0.125,
        weak_s=0.065,
    ),
    "de": Language(
        ("a", "e", "y", "oe", "o", "i"),
        ("schwa", "schwa", "e"),
        tuple("s sh x t t k n f l m r p".split()),
        coda=0.5,
        stressed_s=0.12,
        weak_s=0.06,
    ),
    "it": Language(
        ("a", "e", "i", "o", "a", "e"),
        ("a", "e", "i", "o"),
        tuple("l r n m t p k s sh z f".split()),
        coda=0.2,
        stressed_s=0.115,
        weak_s=0.08,
    ),
}


class Phones(NamedTuple):
    """A text as sound segments, all arrays of [phones].

    Attributes:
      noise_hz: centre of noise.
      formants_hz: [phones, 3], for a vocal tract of scale 1.
      stress: 1 in a stressed syllable, else 0.
    """

    duration_s: np.ndarray
    voiced_db: np.ndarray
    noise_db: np.ndarray
    noise_hz: np.ndarray
    formants_hz: np.ndarray
    stress: np.ndarray


def draw_text(language: Language, rng: np.random.Generator) -> Phones:
    """Draw a text of four syllables, stressed and weak in turns."""
    rows: list[tuple[float, ...]] = []

    def consonant(stress: int) -> None:
        name = language.consonants[rng.integers(len(language.consonants))]
        voiced_db, noise_db, noise_hz, duration_s, formants = _CONSONANTS[name]
        if name in _CLOSURE_S:
            rows.append((_CLOSURE_S[name], -100, -100, noise_hz, *formants, stress))
        rows.append((duration_s, voiced_db, noise_db, noise_hz, *formants, stress))

    first = int(rng.integers(2))
    for syllable in range(4):
        stress = (syllable + first) % 2
        consonant(stress)
        vowels = language.vowels if stress else language.weak_vowels
        formants = _VOWELS_HZ[vowels[rng.integers(len(vowels))]]
        seconds = language.stressed_s if stress else language.weak_s
        rows.append((seconds, 0, -100, 2000, *formants, stress))
        if rng.random() < language.coda:
            consonant(stress)
    table = np.array(rows, float)
    duration_s, voiced_db, noise_db, noise_hz = table[:, :4].T
    formants_hz, stress = table[:, 4:7], table[:, 7]
    return Phones(duration_s, voiced_db, noise_db, noise_hz, formants_hz, stress)
