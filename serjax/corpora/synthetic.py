"""Synthetic speech corpora: a tree per corpus, with the official names.

The embedded default. Three corpora to train on (RAVDESS-, Emo-DB- and EMOVO-like: three
languages, both genders) and an unseen one (TESS-like), read by the same readers as the
real ones. Nothing of any real recording is in them. Emotions carry over to the unseen
corpus in part only: its speakers express them in their own way, in another room.
"""

import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from serjax.corpora.phones import LANGUAGES, draw_text
from serjax.corpora.recipes import EMOTIONS, RECIPES, Recipe
from serjax.corpora.speaking import draw_voice, plan
from serjax.corpora.synthesiser import record, synthesise

VERSION = 4
"""Counts changes of what is written: part of the folder's name in the cache."""

# Texts by the names that the corpora give them.
_CODES = "a01 a02 a04 a05 a07 b01 b02 b03 b09 b10".split()
_SENTENCES = "b1 b2 b3 l1 l2 l3 l4 n1 n2 n3 n4 n5 d1 d2".split()
_WORDS = "back bar bite boat chair dog fall gas hush jug keen luck mood note".split()


def synthetic_root(cache: Path) -> Path:
    """Folder of the synthetic corpora in a cache; written at the first call.

    Two processes may write at once: the second finds the first's and drops its own.

    Args:
      cache: where everything cached lives, as `serjax.cache.cache_root` gives it.
    """
    root = cache / f"synthetic-{VERSION}"
    if root.is_dir():
        return root
    cache.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{root.name}-", dir=cache))
    try:
        write_synthetic_corpora(made)
        made.chmod(0o755)
        try:
            made.rename(root)
        except OSError:
            if not root.is_dir():
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return root


def write_synthetic_corpora(folder: Path, seed: int = 0) -> Path:
    """Write all synthetic corpora below a folder.

    Args:
      folder: where; made if absent. A folder per corpus appears in it.
      seed: another seed speaks other texts with other voices.

    Returns:
      The folder. The same seed gives the same bytes.
    """
    for corpus, recipe in RECIPES.items():
        language = LANGUAGES[recipe.language]
        texts = [
            draw_text(language, recipe.num_syllables, _rng(seed, corpus, "text", text))
            for text in range(recipe.num_texts)
        ]
        for speaker, gender in recipe.speakers.items():
            voice = draw_voice(gender, _rng(seed, corpus, "speaker", speaker))
            for label, take, mood in _takes(recipe):
                name, text = _name(corpus, speaker, label, take)
                rng = _rng(seed, corpus, name)
                emotion = EMOTIONS[mood].scaled(recipe.strength).plus(recipe.manner)
                controls = plan(texts[text % recipe.num_texts], voice, emotion, rng)
                rate = recipe.sample_rate_hz
                speech = synthesise(controls, rate, rng)
                wave = record(speech, recipe.recording, rate, rng)
                _write(folder / corpus / name, wave, recipe)
    return folder


def _takes(recipe: Recipe) -> Iterator[tuple[str, int, str]]:
    for label, (mood, count) in recipe.counts.items():
        for take in range(count):
            yield label, take, mood


def _name(corpus: str, speaker: str, label: str, take: int) -> tuple[str, int]:
    """Official name of a recording below its corpus, and the number of its text."""
    if corpus == "ravdess":
        text, repetition = take % 2, 1 + take // 2
        fields = f"03-01-{label}-01-{1 + text:02d}-{repetition:02d}-{speaker}"
        return f"Actor_{speaker}/{fields}.wav", text
    # Elsewhere texts differ between labels and speakers, as they do between takes.
    text = (zlib.crc32(f"{speaker}{label}".encode()) + take) % 14
    if corpus == "emodb":
        text %= 10
        return f"wav/{speaker}{_CODES[text]}{label}{'abcdefgh'[take]}.wav", text
    if corpus == "emovo":
        return f"{speaker}/{label}-{speaker}-{_SENTENCES[text]}.wav", text
    word = _WORDS[text]
    # One file of the real corpus has this name, too.
    prefix = "OA" if (speaker, word, label) == ("OAF", "bite", "neutral") else speaker
    return f"{speaker}_{label}/{prefix}_{word}_{label}.wav", text


def _rng(seed: int, *parts: object) -> np.random.Generator:
    """A generator of its own for each thing drawn: nothing depends on an order."""
    return np.random.default_rng([seed, zlib.crc32("/".join(map(str, parts)).encode())])


def _write(path: Path, wave: np.ndarray, recipe: Recipe) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if recipe.num_channels == 2:
        # As in EMOVO: the other channel is opposed, so that the mean of both is weak.
        wave = np.stack([wave, -0.8 * wave], axis=1)
    samples = np.round(wave * 32767).astype("<i2")
    wavfile.write(os.fspath(path), recipe.sample_rate_hz, samples)
