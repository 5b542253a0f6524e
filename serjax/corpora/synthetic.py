"""Synthetic speech corpora: a tree per corpus, with the official names.

The embedded default: stand-ins of all eight corpora, six to train on (three languages,
both genders) and two unseen ones, read by the same readers as the real ones, traps
included. Nothing of any real recording is in them. Emotions carry over to the unseen
corpora in part only: their speakers express them in their own way, in another room.
"""

import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from serjax.corpora import layouts
from serjax.corpora.phones import LANGUAGES, draw_text
from serjax.corpora.recipes import EMOTIONS, RECIPES, Recipe
from serjax.corpora.speaking import draw_voice, plan
from serjax.corpora.synthesiser import record, synthesise
from serjax.corpora.traps import add_traps
from serjax.files import temporary_beside

VERSION = 5
"""Counts changes of what is written: part of the folder's name in the cache."""


def synthetic_root(cache: Path) -> Path:
    """Folder of the synthetic corpora in a cache; written at the first call.

    Two processes may write at once: the second finds the first's and drops its own.
    """
    root = cache / f"synthetic-{VERSION}"
    if root.is_dir():
        return root
    cache.mkdir(parents=True, exist_ok=True)
    made = temporary_beside(root)
    made.mkdir()
    try:
        write_synthetic_corpora(made)
        try:
            made.rename(root)
        except OSError:
            if not root.is_dir():
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return root


def write_synthetic_corpora(folder: Path, seed: int = 0) -> Path:
    """Write all synthetic corpora below a folder, each in one of its own.

    The same seed gives the same bytes; another speaks other texts with other voices.
    """
    for corpus, recipe in RECIPES.items():
        rate = recipe.sample_rate_hz
        spoken = list(_speak(corpus, recipe, seed))
        if corpus == "epst":
            layouts.write_sessions(folder / corpus, spoken, rate)
            continue
        for name, _, wave in spoken:
            if corpus == "emovo":
                # Its other channel is opposed, so that the mean of both is weak.
                wave = np.stack([wave, -0.8 * wave], axis=1)
            layouts.write_wav(folder / corpus / name, wave, rate)
        if corpus == "iemocap":
            layouts.write_dialogues(folder / corpus, spoken, rate)
    add_traps(folder)
    return folder


def _speak(corpus: str, recipe: Recipe, seed: int) -> Iterator[layouts.Spoken]:
    """Synthesise a corpus, speaker by speaker."""
    language = LANGUAGES[recipe.language]
    texts = [draw_text(language, _rng(seed, corpus, "text", it)) for it in range(14)]
    takes = [
        (label, take, EMOTIONS[mood].scaled(recipe.strength).plus(recipe.manner))
        for label, (mood, count) in recipe.counts.items()
        for take in range(count)
    ]
    rate = recipe.sample_rate_hz
    for speaker, gender in recipe.speakers.items():
        voice = draw_voice(gender, _rng(seed, corpus, "speaker", speaker))
        for index, (label, take, emotion) in enumerate(takes):
            name, text = layouts.place(corpus, speaker, label, take, index)
            # EPST's utterances share the name of their recording.
            unique = (name, index) if corpus == "epst" else (name,)
            rng = _rng(seed, corpus, *unique)
            controls = plan(texts[text], voice, emotion, rng)
            speech = synthesise(controls, rate, rng)
            wave = record(speech, recipe.recording, rate, rng)
            yield layouts.Spoken(name, label, wave)


def _rng(seed: int, *parts: object) -> np.random.Generator:
    """A generator of its own for each thing drawn: nothing depends on an order."""
    return np.random.default_rng([seed, zlib.crc32("/".join(map(str, parts)).encode())])
