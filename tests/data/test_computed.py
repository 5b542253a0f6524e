"""Front ends beside the paper's: MFCCs, eGeMAPS, a function of one's own."""

import librosa
import numpy as np
import pytest
import soundfile

from serjax.config import make_config
from serjax.data import UnusableAudio, load_dataset
from serjax.data.front_end import make_front_end


@pytest.fixture
def spectrum():
    """A front end of one's own, and its calls so far."""
    calls = []

    def spectrum(samples, rate_hz):
        calls.append(rate_hz)
        frames = samples[: samples.size // 500 * 500].reshape(-1, 500)
        return np.log(np.abs(np.fft.rfft(frames)[:, 1:4]) + 1e-3)

    return spectrum, calls


def test_mfccs_are_librosas(load):
    data = load(front_end="mfcc", normalisation="none", num_mfcc=13)
    samples, _ = soundfile.read(data.paths[data.utterances[0].file], dtype="float32")
    mel = librosa.feature.melspectrogram(
        y=samples,
        sr=16000,
        n_fft=512,
        win_length=400,
        hop_length=160,
        n_mels=40,
        center=False,
    )
    expected = librosa.feature.mfcc(S=np.log(mel + 1e-6), n_mfcc=13).T
    np.testing.assert_allclose(data.store.row(0), expected, atol=1e-3)
    with pytest.raises(ValueError, match="num_mfcc=41: expected at most num_mels, 40"):
        make_config(front_end="mfcc", num_mfcc=41)
    assert make_config(num_mfcc=20).hash() == make_config().hash()


def test_egemaps_is_descriptors_or_functionals(make_corpus, noise, write_wav):
    opensmile = pytest.importorskip("opensmile")
    path, short = write_wav("a.wav", noise(8000)), write_wav("b.wav", noise(700))
    (row, *_) = make_corpus("a", ["female"])
    levels = {"egemaps": "LowLevelDescriptors", "egemaps-functionals": "Functionals"}
    for name, level in levels.items():
        config = make_config(front_end=name)
        front_end = make_front_end(config.features, config.data)
        of = opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel[level]
        expected = opensmile.Smile(*of).process_file(path)
        _, frames = front_end.compute(path, row)
        assert frames.shape == (len(expected), front_end.dims)
        np.testing.assert_allclose(frames, expected, rtol=1e-3, atol=1e-3)
        with pytest.raises(UnusableAudio, match="eGeMAPS needs 0.0625 s"):
            front_end.compute(short, row)
    assert make_config(front_end="egemaps-functionals").model.encoder == "mean-mlp"


def test_a_function_of_ones_own_is_cached_by_its_code(
    load, spectrum, corpora, tmp_path
):
    mine, calls = spectrum

    def get(front_end=mine, **settings):
        config = make_config(data=corpora, cache_dir=tmp_path / "c", **settings)
        return load_dataset(config, progress=False, front_end=front_end)

    data = get()
    assert data.store.dims == 3 and len(calls) == 1 + 42
    assert data.features and data.features["source"].endswith(
        "spectrum.<locals>.spectrum"
    )
    assert get().identity == data.identity and len(calls) == 2 + 42
    mine.version = "2"
    assert get().identity != data.identity
    assert len(calls) == 3 + 84
    copied = get(augment="noise")
    assert len(copied.store.lengths) > 42
    assert load().identity not in (data.identity, copied.identity)
    # One frame of an utterance may be a vector.
    assert {
        *get(lambda samples, _: samples[:3], normalisation="none").store.lengths
    } == {1}


def test_a_function_that_gives_no_frames_is_refused(load, corpora):
    config = make_config(data=corpora)
    with pytest.raises(TypeError, match=r"made an array of \(\) of a second of noise"):
        load_dataset(config, front_end=lambda samples, _: samples.sum())
    asked = config.replace(features="feats")
    with pytest.raises(ValueError, match="features=feats and front_end=... are both"):
        load_dataset(asked, front_end=lambda samples, _: samples)
