import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from serjax.config import FRONT_ENDS, DataSettings, FeatureSettings, make_config
from serjax.data.front_end import make_front_end
from serjax.data.normalisation import normalise
from serjax.data.recording import Recording


class Sizes:
    """A front end that reads no audio: three features from the size of a file."""

    dims = 3

    def __init__(self, settings, data):
        pass

    def describe(self):
        return {"of": "size"}

    def compute(self, path, utterance):
        size = os.path.getsize(path)
        return Recording(0, 0, size, 0.0, 0.0, 0.0), _frames(size)


class TooNarrow(Sizes):
    dims = 4


class Undefined(Sizes):
    def compute(self, path, utterance):
        recording, frames = super().compute(path, utterance)
        return recording, frames + (np.nan if "03a01Wa" in utterance.file else 0)


def _frames(size):
    """float64, as a user's own function may well give."""
    return np.arange(3.0 * (1 + size % 7)).reshape(-1, 3) ** 2 + size


@pytest.fixture
def register(monkeypatch):
    """Adds front ends of this file, by name."""

    def register(**classes):
        for name, it in classes.items():
            monkeypatch.setitem(FRONT_ENDS, name, f"{__name__}:{it.__name__}")

    return register


def test_features_of_any_width_need_no_audio(load, corpora, register):
    register(sizes=Sizes, others=Sizes)
    heard = load().identity
    for number, path in enumerate(sorted(corpora.rglob("*.wav"))):
        path.write_text("x" * (100 + number))
    data = load(front_end="sizes")
    assert not data.skipped
    assert data.store.dims == 3
    for row, utterance in enumerate(data.utterances):
        frames = _frames(os.path.getsize(data.paths[utterance.file]))
        expected = normalise(frames.astype(np.float32), "coefficient")
        np.testing.assert_array_equal(data.store.row(row), expected)
    mapped = load(front_end="sizes", memory_budget_gb=1e-9)
    np.testing.assert_array_equal(mapped.store.frames, data.store.frames)
    assert mapped.identity == data.identity
    assert len({heard, data.identity, load(front_end="others").identity}) == 3


def test_features_of_another_width_than_was_said_are_refused(load, register):
    register(narrow=TooNarrow)
    with pytest.raises(TypeError, match=r"wav: TooNarrow gave .*, 3\).* of 4 features"):
        load(front_end="narrow")


def test_features_that_are_not_finite_are_a_listed_skip(load, register):
    register(undefined=Undefined)
    (skip,) = load(front_end="undefined").skipped
    assert skip.file == "emodb/wav/03a01Wa.wav"
    assert skip.reason.startswith("not finite")


def test_an_unknown_front_end_is_refused():
    with pytest.raises(ValueError, match="front_end='mel'.* one of 'logmel'"):
        make_config(front_end="mel")


@pytest.mark.parametrize("name", FRONT_ENDS)
def test_a_front_end_crosses_to_processes(name):
    if name.startswith("egemaps"):
        pytest.importorskip("opensmile")
    front_end = make_front_end(FeatureSettings(front_end=name), DataSettings())
    copy = pickle.loads(pickle.dumps(front_end))
    assert copy.describe() == front_end.describe()
    assert copy.dims == front_end.dims


def test_settings_are_read_without_the_libraries_of_front_ends():
    code = "import serjax.config, sys; sys.exit('librosa' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
