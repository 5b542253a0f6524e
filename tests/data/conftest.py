"""Small recordings and rows for the tests of the data room."""

import numpy as np
import pytest
import soundfile

from serjax.corpora.utterance import Utterance

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
