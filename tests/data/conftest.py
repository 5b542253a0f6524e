"""Small recordings and rows for the tests of the data room."""

import numpy as np
import pytest
import soundfile

from serjax.config import make_config
from serjax.corpora.utterance import Utterance
from serjax.data import load_dataset

CLASSES = ("negative", "neutral", "positive")


@pytest.fixture
def noise():
    """Makes float32 noise of so many samples."""

    def make(num_samples=8000, seed=0):
        rng = np.random.default_rng(seed)
        return (0.1 * rng.standard_normal(num_samples)).astype(np.float32)

    return make


@pytest.fixture
def write_wav(tmp_path):
    """Writes a signal below `tmp_path`; returns its path."""

    def write(name, signal, sample_rate_hz=16_000, subtype="FLOAT"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, signal, sample_rate_hz, subtype=subtype)
        return path

    return write


@pytest.fixture
def make_corpus():
    """Makes rows of a corpus: per speaker one row of each class."""

    def make(corpus, genders, **more):
        return [
            Utterance(
                file=f"{corpus}/{number:02}{emotion}.wav",
                corpus=corpus,
                label=emotion,
                emotion=emotion,
                speaker=f"{corpus}/{number:02}",
                gender=gender,
                language="en",
                **more,
            )
            for number, gender in enumerate(genders)
            for emotion in CLASSES
        ]

    return make


# Emo-DB's names: speaker, text, emotion (W anger, N neutral, F happiness), version.
SPEAKERS = ["03", "08", "09", "10", "11"]


@pytest.fixture
def corpora(tmp_path, write_wav, noise):
    """A tree with five Emo-DB speakers and two TESS speakers; returns its folder."""
    names = [
        f"emodb/wav/{s}a0{t}{e}a.wav" for s in SPEAKERS for t in (1, 2) for e in "WNF"
    ]
    names += [
        f"tess/{s}_{w}_{e}.wav"
        for s in ("OAF", "YAF")
        for w in ("back", "bar")
        for e in ("angry", "neutral", "happy")
    ]
    for seed, name in enumerate(names):
        write_wav(f"corpora/{name}", noise(3000 + 10 * seed, seed=seed))
    return tmp_path / "corpora"


@pytest.fixture
def load(corpora, tmp_path):
    """Loads the tree with some settings changed."""

    def load(readers=None, **settings):
        config = make_config(
            data=str(corpora), cache_dir=str(tmp_path / "c"), **settings
        )
        return load_dataset(config, progress=False, readers=readers)

    return load
