import csv

import numpy as np
import pytest
import soundfile

import serjax
from serjax.data import UnusableAudio
from serjax.inference import stream
from serjax.inference.embed import embed
from serjax.inference.trained import read_trained


@pytest.fixture(scope="module")
def model(trained):
    return serjax.load_model(trained)


def own_rows(trained, recordings):
    """Files of the run's predictions.csv, their probabilities and embeddings."""
    with (trained / "predictions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    scores = [[float(it) for n, it in row.items() if n[:2] == "p_"] for row in rows]
    with np.load(trained / "embeddings.npz") as kept:
        embeddings = kept["embeddings"]
    return [recordings / "emodb" / row["file"] for row in rows], scores, embeddings


def test_a_runs_own_numbers_come_back(model, trained, recordings):
    files, scores, embeddings = own_rows(trained, recordings)
    answers = model.predict(files)
    actual = [[*it.scores.values()] for it in answers]
    np.testing.assert_allclose(actual, scores, atol=1e-5)
    np.testing.assert_allclose(model.embed(files), embeddings, atol=1e-5)
    assert model.classes == ("negative", "neutral", "positive")
    assert model.attributes == {"gender": "adversarial"}
    for it in answers:
        assert it.label == max(it.scores, key=it.scores.__getitem__)


def test_in_batches_of_the_runs_shape_they_are_the_same_bits(
    model, trained, recordings, monkeypatch
):
    files, _, embeddings = own_rows(trained, recordings)
    monkeypatch.setattr(stream, "padded_length", lambda num_frames: 40)
    np.testing.assert_array_equal(model.embed(files), embeddings)


def test_an_array_is_treated_as_a_file_is(model, recordings, tmp_path):
    path = recordings / "emodb" / "03a01Wa.wav"
    sound, rate_hz = soundfile.read(path, dtype="int16")
    expected = model.predict(path)
    for array in (sound, sound / 2**15, sound.astype(np.int32) << 16):
        assert model.predict(array, rate_hz) == expected
    noise = np.random.default_rng(0).uniform(-1, 1, (24_000, 2))
    soundfile.write(tmp_path / "stereo.wav", noise, 48_000, "FLOAT")
    from_file, from_array = model.embed([tmp_path / "stereo.wav", noise], 48_000)
    np.testing.assert_array_equal(from_array, from_file)


@pytest.mark.parametrize(
    ("array", "rate_hz", "message"),
    [
        (np.ones(9), None, "sample_rate_hz=None; expected the array's"),
        (np.ones(9), 44_100.5, "sample_rate_hz=44100.5; expected the array's"),
        (np.ones((2, 9)), 16_000, "Give array.T"),
        (np.ones(9, np.uint8), 16_000, "is uint8.9.; expected .samples."),
        (np.empty(0), 16_000, "array 0 is unusable: empty"),
        (np.array([0.0, np.nan] * 999), 16_000, "not finite"),
        (np.arange(9_000.0), 16_000, "out of range"),
        (3.5, 16_000, "is of type float; expected a path"),
        ([], 16_000, "holds none"),
        ("absent.wav", None, "absent.wav is unusable: no such file"),
    ],
)
def test_what_is_no_sound_is_refused(model, array, rate_hz, message):
    with pytest.raises(ValueError, match=message):
        model.predict(array, rate_hz)


def test_statistics_of_speakers_are_of_the_recordings_given(by_speaker, recordings):
    model = serjax.load_model(by_speaker)
    data = serjax.make_config(data=str(recordings))
    expected = embed(by_speaker, data, progress=False)
    files = [recordings / it.file for it in expected.utterances]
    speakers = [it.speaker for it in expected.utterances]
    actual = model.embed(files, speakers=speakers)
    np.testing.assert_allclose(actual, expected.predictions.embeddings, atol=1e-5)
    with pytest.raises(ValueError, match="normalisation=speaker: statistics of"):
        model.predict(files)
    with pytest.raises(ValueError, match="expected 'one', or 21 names"):
        model.predict(files, speakers=["a"])


def test_an_unusable_recording_among_others_is_named(model, recordings, tmp_path):
    (tmp_path / "none.wav").write_bytes(b"")
    with pytest.raises(UnusableAudio, match="none.wav is unusable: does not decode"):
        model.predict([recordings / "emodb" / "03a01Wa.wav", tmp_path / "none.wav"])


def test_a_file_is_read_as_a_bundle(tmp_path):
    (tmp_path / "model.serjax").write_bytes(b"no bundle")
    with pytest.raises(ValueError, match="model.serjax"):
        read_trained(tmp_path / "model.serjax")


def test_a_bundle_has_no_other_epoch(tmp_path):
    (tmp_path / "model.serjax").write_bytes(b"")
    with pytest.raises(ValueError, match="epoch=last: .* has one model alone"):
        read_trained(tmp_path / "model.serjax", "last")
