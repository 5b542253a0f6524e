import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.data.audio import Audio
from serjax.data.logmel import log_mel
from serjax.data.normalisation import Moments, normalise
from serjax.data.signal import prepare_signal
from serjax.inference.onnx import make_model, write_onnx
from tests.inference.made import make_trained
from tests.training.made import make_recordings

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

TOLERANCE = 1e-5
LENGTHS = (13, 1, 8, 2)
CASES = {
    "the paper's": {},
    "in one direction": {
        "conv_features": (5, 4),
        "conv_width": 3,
        "pool_width": 4,
        "pool_stride": 3,
        "lstm_bidirectional": False,
        "summary": "last",
        "normalisation": "utterance",
    },
    "cnn": {"encoder": "cnn", "normalisation": "speaker", "mapped": True},
    "lstm": {"encoder": "lstm", "summary": "last", "normalisation": "none"},
    "mean-mlp": {
        "encoder": "mean-mlp",
        "mlp_features": (7, 5),
        "normalisation": "train",
    },
}


def run_onnx(model, **inputs):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    names = ["probabilities", "logits", "embedding"]
    return onnxruntime.InferenceSession(model, options).run(names, inputs)


def run_jax(trained, rows):
    """Of normalised frames, one array for each utterance."""
    lengths = jnp.array([len(it) for it in rows])
    padded = np.zeros((len(rows), 16, trained.dims), np.float32)
    for place, row in zip(padded, rows, strict=True):
        place[: len(row)] = row
    network = trained.network()

    @jax.jit
    def predict(params, features, lengths):
        embedding = network.embed(params, features, lengths)
        heads = {"params": params["heads"]}
        logits, _ = network.heads.apply(heads, embedding, train=False)
        return jax.nn.softmax(logits), logits, embedding

    return predict(trained.params, padded, lengths)


def assert_same(found, expected):
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("case", CASES)
def test_frames_give_what_the_model_gives_whatever_the_padding_holds(case):
    trained = make_trained(**CASES[case])
    rng = np.random.default_rng(1)
    rows = [rng.normal(-9, 2, (n, trained.dims)).astype(np.float32) for n in LENGTHS]
    rows[0][:, 2] = np.float32(-13.8155)  # a coefficient that never changes
    features = np.full((len(rows), 17, trained.dims), np.nan, np.float32)
    for place, row in zip(features, rows, strict=True):
        place[: len(row)] = row
    inputs = {"features": features, "lengths": np.array(LENGTHS)}
    kind, moments = trained.config.features.normalisation, trained.moments
    if kind == "speaker":
        moments = Moments.of(np.concatenate(rows))
        std = np.sqrt(moments.squares / moments.num_frames)
        for name, it in (("mean", moments.mean), ("std", std)):
            inputs[name] = np.tile(it.astype(np.float32), (len(rows), 1))
    normalised = [normalise(row, kind, moments) for row in rows]
    assert_same(run_onnx(make_model(trained), **inputs), run_jax(trained, normalised))


@pytest.mark.parametrize("normalisation", ["coefficient", "signal"])
def test_a_signal_gives_what_its_frames_give(normalisation):
    trained = make_trained(
        encoder="mean-mlp", mlp_features=(7, 5), normalisation=normalisation
    )
    settings = trained.config.features
    signal = np.random.default_rng(2).normal(0, 0.1, 512 + 15 * 160 + 99)
    signal = np.cumsum(signal).astype(np.float32)
    found = run_onnx(make_model(trained, True), signal=signal[None])
    prepared = prepare_signal(Audio(signal, make_recordings(1)[0]), settings).signal
    frames = normalise(log_mel(prepared, settings), normalisation)
    assert_same(found, run_jax(trained, [frames]))


def test_audonnx_loads_the_folder(tmp_path):
    audonnx = pytest.importorskip("audonnx")
    trained = make_trained(encoder="cnn")
    write_onnx(tmp_path, trained, "# A card\n")
    assert {it.name for it in tmp_path.iterdir()} == {
        *("model.onnx", "model.yaml", "features.onnx", "README.md")
    }
    model = audonnx.load(str(tmp_path))
    signal = np.random.default_rng(3).normal(0, 0.1, (1, 4000)).astype(np.float32)
    found = model(signal, 16_000)
    assert model.labels("probabilities") == ["negative", "neutral", "positive"]
    expected = run_onnx(make_model(trained, True), signal=signal)
    assert_same(
        [found[it] for it in ("probabilities", "logits", "embedding")], expected
    )


def test_a_file_tells_what_it_needs_and_is_the_same_each_time():
    trained = make_trained(encoder="cnn", trim_db=35)
    content = make_model(trained, True)
    facts = {it.key: it.value for it in onnx.load_from_string(content).metadata_props}
    assert json.loads(facts["classes"]) == ["negative", "neutral", "positive"]
    assert json.loads(facts["front_end"])["sample_rate_hz"] == 16_000
    assert (facts["normalisation"], facts["trim_db"]) == ("coefficient", "35")
    assert make_model(trained, True) == content


def test_an_encoder_without_an_onnx_form_is_refused_by_name():
    trained = dataclasses.replace(make_trained(), own_code={"encoder mine:Mine": "0f"})
    with pytest.raises(
        ValueError, match="encoder mine:Mine has no ONNX form; those of"
    ):
        make_model(trained)
