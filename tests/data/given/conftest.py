"""Features of the small tree of recordings, in all forms that serjax reads."""

import csv

import numpy as np
import pytest

SPEAKERS = ["03", "08", "09", "10", "11"]


@pytest.fixture
def files():
    """Names of the recordings, without ending."""
    emodb = [
        f"{s}a0{text}{emotion}a" for s in SPEAKERS for text in "12" for emotion in "WNF"
    ]
    emotions = ("angry", "neutral", "happy")
    tess = [f"{it}_{emotion}" for it in ("OAF_back", "YAF_bar") for emotion in emotions]
    return [*(f"emodb/wav/{it}" for it in emodb), *(f"tess/{it}" for it in tess)]


@pytest.fixture
def corpora(tmp_path, files):
    """The recordings, as empty files: five speakers of Emo-DB, two of TESS."""
    for name in files:
        path = tmp_path / "corpora" / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "corpora"


@pytest.fixture
def make():
    """Makes some frames of a recording, told from all others'."""

    def make(name, dtype=np.float32, dims=5):
        rng = np.random.default_rng([*name.encode()])
        return (3 + rng.standard_normal((rng.integers(2, 9), dims))).astype(dtype)

    return make


@pytest.fixture
def feats(tmp_path, files, make):
    """A folder of .npy by relative paths; returns it."""
    for name in files:
        write_npy(tmp_path / "feats" / f"{name}.npy", make(name))
    return tmp_path / "feats"


def write_npy(path, array, **more):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, array, **more)


def write_table(path, header, rows, delimiter=","):
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *rows])
    return path
