"""A run on features that are given, and its embedding as the features of another."""

import json

import numpy as np
import pytest

from serjax.config import make_config
from serjax.data import load_dataset
from serjax.records.moments import read_moments
from tests.experiments.scripts import TINY, call_script, refusal

SMALL = (*TINY, "--mlp_features=4")


@pytest.fixture(scope="module")
def feats(speech_folder, tmp_path_factory):
    """One frame of each recording, in half precision."""
    folder = tmp_path_factory.mktemp("feats")
    rng = np.random.default_rng(0)
    for path in speech_folder.rglob("*.wav"):
        np.save(folder / f"{path.stem}.npy", rng.standard_normal(6).astype(np.float16))
    return folder


@pytest.fixture(scope="module")
def run(speech_folder, feats, tmp_path_factory):
    """A finished run on them."""
    folder = tmp_path_factory.mktemp("run") / "run"
    where = f"--data={speech_folder}", f"--features={feats}", f"--workdir={folder}"
    done = call_script("train", *SMALL, *where)
    assert done.returncode == 0, done.stderr
    return folder


def test_a_run_keeps_what_its_features_were(run, feats, speech_folder):
    record = json.loads((run / "config.json").read_text())
    known = record["dataset"]["features"]
    digest = known.pop("digest")
    assert known == {
        "source": "npy",
        "dims": 6,
        "dtype": "float16",
        "frame_shift_ms": None,
    }
    settings = {
        "normalisation": "train",
        "encoder": "mean-mlp",
        "frequency_mask_bins": 0,
    }
    assert {name: record["settings"][name] for name in settings} == settings
    config = make_config(data=speech_folder, features=feats)
    data = load_dataset(config, progress=False)
    assert data.features and data.moments
    assert data.features["digest"] == digest
    np.testing.assert_array_equal(read_moments(run).mean, data.moments.mean)


def test_one_models_embedding_is_anothers_features(run, feats, speech_folder, tmp_path):
    out, data = tmp_path / "out", f"--data={speech_folder}"
    asked = (
        f"--run={run}",
        data,
        f"--workdir={tmp_path / 'drawn'}",
        f"--out_features={out}",
    )
    done = call_script("embed", *asked, f"--features={feats}")
    assert done.returncode == 0, done.stderr
    config = make_config(data=speech_folder, features=out, normalisation="none")
    again = load_dataset(config, progress=False)
    with np.load(tmp_path / "drawn" / "embeddings.npz") as kept:
        assert [*kept["files"]] == [it.file for it in again.utterances]
        np.testing.assert_array_equal(again.store.frames, kept["embeddings"])
    # As the run itself had embedded what it was tested on.
    with np.load(run / "embeddings.npz") as kept:
        files = [it.file for it in again.utterances]
        rows = [files.index(file) for file in kept["files"]]
        np.testing.assert_allclose(
            again.store.frames[rows], kept["embeddings"], atol=1e-5
        )
    assert "holds something" in refusal(
        call_script("embed", *asked, f"--features={feats}")
    )
    told = refusal(call_script("embed", *asked[:3]))
    assert (
        "The run's features are given, 6 a frame, and those of the data are a" in told
    )
    assert "is of --data" in refusal(call_script("embed", asked[0], asked[3]))


def test_an_encoder_or_a_normalisation_of_many_frames_is_refused(
    feats, speech_folder, tmp_path
):
    where = f"--data={speech_folder}", f"--features={feats}", f"--workdir={tmp_path}"
    told = refusal(call_script("train", *where, "--encoder=cnn-lstm"))
    assert "encoder='cnn-lstm': every utterance has one frame, of 6 features" in told
    told = refusal(call_script("train", *where, "--normalisation=coefficient"))
    assert "normalisation='coefficient': every utterance has one frame" in told
