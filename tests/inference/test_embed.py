"""Of recordings on disk, unlike the other tests of training: the readers take part."""

import shutil

import numpy as np
import pytest
import soundfile

from serjax.config import make_config
from serjax.data import load_dataset
from serjax.inference.embed import embed
from serjax.training import run
from tests.training.made import SIZES

NAMES = {
    "emodb": [f"{n:02}a01{e}a" for n in (3, 8, 9, 10, 11, 12) for e in "WNF"],
    "tess": [f"OAF_back_{emotion}" for emotion in ("angry", "neutral", "happy")],
}


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def trained(recordings, tmp_path_factory):
    """A finished run on Emo-DB whose best epoch is not its last, and its data."""
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


@pytest.mark.parametrize(
    ("epoch", "key"), [("best", "embeddings"), ("last", "embeddings_last")]
)
def test_a_runs_own_recordings_are_embedded_as_it_did(trained, recordings, epoch, key):
    config = make_config(data=str(recordings / "emodb"))
    embedded = embed(str(trained), config, epoch, progress=False)
    files = [utterance.file for utterance in embedded.utterances]
    assert len(files) == len(NAMES["emodb"])  # those of training, too
    with np.load(trained / "embeddings.npz") as kept:
        rows = [files.index(file) for file in kept["files"]]
        actual = embedded.predictions.embeddings[rows]
        np.testing.assert_allclose(actual, kept[key], atol=1e-5)
        assert abs(kept["embeddings"] - kept["embeddings_last"]).max() > 1e-3


def test_a_corpus_with_other_speakers_and_classes_is_embedded(
    trained, recordings, tmp_path
):
    config = make_config(data=str(recordings / "tess"), label_map="four-class")
    embedded = embed(trained, config, progress=False)
    assert [it.emotion for it in embedded.utterances] == [
        "anger",
        "happiness",
        "neutral",
    ]
    assert embedded.classes == ("negative", "neutral", "positive")
    assert embedded.predictions.probabilities.shape == (3, 3)
    embedded.write(str(tmp_path / "embeddings.npz"))
    with np.load(tmp_path / "embeddings.npz") as kept:
        assert list(kept["classes"]) == list(embedded.classes)
        np.testing.assert_array_equal(
            kept["embeddings"], embedded.predictions.embeddings
        )


def test_data_of_which_nothing_is_usable_are_refused(trained, tmp_path):
    (tmp_path / "03a01Wa.wav").write_bytes(b"")
    with pytest.raises(ValueError, match="No recording is usable"):
        embed(trained, make_config(data=str(tmp_path)), progress=False)


def test_what_is_no_finished_run_with_checkpoints_is_refused(
    trained, recordings, tmp_path
):
    config = make_config(data=str(recordings))
    with pytest.raises(ValueError, match="no finished run"):
        embed(tmp_path, config)
    for name in ("config.json", "result.json"):
        (tmp_path / name).write_bytes((trained / name).read_bytes())
    with pytest.raises(ValueError, match="no checkpoint from which"):
        embed(tmp_path, config)
    (tmp_path / "checkpoints" / "epoch-1").mkdir(parents=True)
    with pytest.raises(ValueError, match="epoch-1 is damaged: it has no SHA256SUMS"):
        embed(tmp_path, config)


def test_statistics_of_a_speaker_are_of_the_recordings_given(
    trained, recordings, tmp_path
):
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    record = (run / "config.json").read_text()
    assert record.count('"coefficient"') == 1
    changed = record.replace('"coefficient"', '"speaker"')
    (run / "config.json").write_text(changed)
    config = make_config(data=str(recordings))
    by_itself, by_speaker = (embed(it, config, progress=False) for it in (trained, run))
    assert by_itself.notes == ()
    needs, few = by_speaker.notes
    assert "needs speech and speaker identities" in needs
    assert "7 of 7 speakers have fewer" in few
    change = by_speaker.predictions.embeddings - by_itself.predictions.embeddings
    assert abs(change).max() > 1e-3
