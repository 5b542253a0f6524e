"""Recordings, and a run on them: the one that all tests of inference share."""

import shutil

import numpy as np
import pytest
import soundfile

from serjax.config import make_config
from serjax.data import load_dataset
from serjax.training import run
from tests.training.made import SIZES

NAMES = {
    "emodb": [f"{n:02}a01{e}a" for n in (3, 8, 9, 10, 11, 12) for e in "WNF"],
    "tess": [f"OAF_back_{emotion}" for emotion in ("angry", "neutral", "happy")],
}


@pytest.fixture(scope="session")
def recordings(tmp_path_factory):
    """Noise of several lengths with the names of Emo-DB and of TESS."""
    folder = tmp_path_factory.mktemp("recordings")
    noise = np.random.default_rng(0)
    for corpus, names in NAMES.items():
        (folder / corpus).mkdir()
        for name in names:
            sound = 0.1 * noise.standard_normal(noise.integers(2000, 6000))
            soundfile.write(folder / corpus / f"{name}.wav", sound, 16000)
    return folder


@pytest.fixture(scope="session")
def trained(recordings, tmp_path_factory):
    """A finished run on Emo-DB whose best epoch is not its last."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    config = make_config(
        preset="paper",
        data=str(recordings / "emodb"),
        num_mels=7,  # the data's settings below do not say so
        epochs=3,
        num_buckets=1,
        batch_size=4,
        # Such steps that the best epoch comes early.
        learning_rate=0.5,
        approach="adversarial",
        attributes=("gender",),
        workdir=str(folder),
        **SIZES,
    )
    dataset = load_dataset(config, progress=False)
    result = run.train(config, dataset, report=None)
    assert result["best_epoch"] + 1 < result["epochs_run"]
    return folder


@pytest.fixture
def by_speaker(trained, tmp_path):
    """The same run, as if it had been normalised over speakers."""
    folder = tmp_path / "by_speaker"
    shutil.copytree(trained, folder)
    record = (folder / "config.json").read_text()
    assert record.count('"coefficient"') == 1
    changed = record.replace('"coefficient"', '"speaker"')
    (folder / "config.json").write_text(changed)
    return folder
