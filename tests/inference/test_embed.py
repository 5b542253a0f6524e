"""Of recordings on disk, unlike the other tests of training: the readers take part."""

import numpy as np
import pytest

from serjax.config import make_config
from serjax.inference.embed import embed


@pytest.mark.parametrize(
    ("epoch", "key"), [("best", "embeddings"), ("last", "embeddings_last")]
)
def test_a_runs_own_recordings_are_embedded_as_it_did(trained, recordings, epoch, key):
    config = make_config(data=str(recordings / "emodb"))
    embedded = embed(str(trained), config, epoch, progress=False)
    files = [utterance.file for utterance in embedded.utterances]
    assert len(files) == 18  # those of training, too
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
    trained, by_speaker, recordings
):
    config = make_config(data=str(recordings))
    runs = trained, by_speaker
    by_itself, together = (embed(it, config, progress=False) for it in runs)
    assert by_itself.notes == ()
    needs, few = together.notes
    assert "needs speech and speaker identities" in needs
    assert "7 of 7 speakers have fewer" in few
    change = together.predictions.embeddings - by_itself.predictions.embeddings
    assert abs(change).max() > 1e-3
