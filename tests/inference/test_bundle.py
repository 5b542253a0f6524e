import dataclasses
import io
import json
import pickle
import zipfile

import jax
import numpy as np
import pytest
from safetensors import numpy as safetensors

from serjax.inference import bundle
from serjax.inference.bundle import PARTS, read_bundle, write_bundle
from serjax.inference.onnx import make_model
from serjax.inference.stream import Classifier
from serjax.records.run_config import FeatureFacts
from tests.inference.made import make_trained, with_params

RECORD, WEIGHTS, CARD = PARTS


@pytest.fixture(scope="module")
def trained():
    return make_trained(encoder="cnn", data="/secret/corpora", workdir="/secret/run")


@pytest.fixture
def path(trained, tmp_path):
    path = tmp_path / "model.serjax"
    write_bundle(path, trained, "# Card\n", {"seed": 3})
    return path


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path, parts, compression=zipfile.ZIP_STORED):
    """Write other parts: pairs of a name, or of all that zip tells of it, and bytes."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in parts:
            archive.writestr(name, content)


def change_record(path, **changed):
    parts = contents(path)
    record = json.loads(parts[RECORD])
    settings = {**record["settings"], **changed.pop("settings", {})}
    parts[RECORD] = json.dumps({**record, "settings": settings, **changed}).encode()
    rewrite(path, parts.items())


def change_weights(path, arrays):
    import hashlib

    weights = arrays if isinstance(arrays, bytes) else safetensors.save(arrays)
    rewrite(path, {**contents(path), WEIGHTS: weights}.items())
    change_record(path, weights_sha256=hashlib.sha256(weights).hexdigest())


def refusal(path):
    with pytest.raises(ValueError, match="is no bundle that can be used") as raised:
        read_bundle(path)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def assert_same(found, expected):
    same = jax.tree.map(np.array_equal, found.params, expected.params)
    assert jax.tree.all(same)
    for name in ("classes", "dims", "batch_size", "own_code"):
        assert getattr(found, name) == getattr(expected, name)


def test_a_bundle_holds_the_model_and_no_path(trained, path):
    found = read_bundle(path)
    assert_same(found, trained)
    assert found.config.model == trained.config.model
    assert found.config.features == trained.config.features
    parts = contents(path)
    assert parts[CARD] == b"# Card\n"
    assert b"secret" not in b"".join(parts.values())
    record = json.loads(parts[RECORD])
    assert record["facts"] == {"seed": 3}
    assert record["front_end"]["num_mels"] == trained.dims


def test_the_same_model_is_the_same_bytes(trained, path):
    before = path.read_bytes()
    write_bundle(path, trained, "# Card\n", {"seed": 3})
    assert path.read_bytes() == before


def test_what_a_stage_after_training_gave_is_kept_however_it_lies(tmp_path):
    trained = make_trained(encoder="cnn", mapped=True)
    turned = {n: np.asfortranarray(it) for n, it in trained.params["map"].items()}
    write_bundle(tmp_path / "it", with_params(trained, map=turned), "")
    assert_same(read_bundle(tmp_path / "it"), trained)


def test_moments_of_training_rows_come_along_and_are_checked(tmp_path):
    trained, path = make_trained(normalisation="train"), tmp_path / "model.serjax"
    write_bundle(path, trained, "")
    read, written = read_bundle(path).moments, trained.moments
    assert read and written and read.digest == written.digest
    change_record(path, moments=None)
    assert "moments" in refusal(path)
    change_record(path, moments={"num_frames": 5, "mean": [0.5], "squares": [1.0]})
    assert "finite numbers of each" in refusal(path)


def test_a_bundle_of_given_features_says_which_and_hears_nothing(tmp_path):
    given = FeatureFacts(source="npy", dims=6, dtype="float16", digest="ab")
    trained = dataclasses.replace(make_trained(), features=given)
    write_bundle(tmp_path / "model.serjax", trained, "")
    read = read_bundle(tmp_path / "model.serjax")
    assert read.features == given
    with pytest.raises(ValueError, match="given \\(npy, 6 a frame\\)"):
        Classifier(read)
    with pytest.raises(ValueError, match="cannot hear recordings"):
        make_model(read)


def test_weights_of_an_encoder_of_ones_own_are_kept_with_its_digest(tmp_path):
    trained = make_trained(encoder="cnn")
    params = {"mine": {"kernel": np.ones((2, 3), np.float32)}}
    trained = with_params(trained, encoder=params)
    trained = dataclasses.replace(trained, own_code={"encoder mine:Mine": "0f"})
    write_bundle(tmp_path / "it", trained, "")
    found = read_bundle(tmp_path / "it")
    assert_same(found, trained)
    with pytest.raises(ValueError, match="trained with encoder mine:Mine, and"):
        found.network()


def test_a_newer_format_is_refused(path):
    change_record(path, format=2, classes="in another form")
    assert "it is of format 2, and this serjax" in refusal(path)


@pytest.mark.parametrize("share", [0, 0.3, 0.9, 0.999])
def test_a_torn_file_is_refused(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert "no whole zip file" in refusal(path)


def test_flipped_bytes_are_never_read_as_a_model(trained, path):
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(content), 60):
        changed = bytearray(content)
        changed[place] ^= 1 << rng.integers(8)
        path.write_bytes(changed)
        try:
            found = read_bundle(path)
        except ValueError as error:
            assert "no bundle that can be used" in str(error)
        else:  # a byte of which nothing depends, as of a time
            assert_same(found, trained)


def test_a_pickle_in_disguise_is_refused(path):
    content = pickle.dumps({"weights": [1.0]})
    path.write_bytes(content)
    assert "no whole zip file" in refusal(path)
    rewrite(path, [("archive/data.pkl", content), ("archive/version", b"3")])
    assert "it holds 'archive/data.pkl', 'archive/version'; expected" in refusal(path)
    rewrite(path, [(RECORD, b"{}"), (WEIGHTS, content), (CARD, b"")])
    assert "model.json lacks format" in refusal(path)


@pytest.mark.parametrize("name", ["../../evil", "/etc/passwd", RECORD])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_other_parts_than_the_three_are_refused(path, name):
    rewrite(path, [*contents(path).items(), (name, b"evil")])
    assert f"'{name}'" in refusal(path)


def test_a_link_and_a_packed_part_are_refused(path):
    parts = contents(path)
    link = zipfile.ZipInfo(CARD)
    link.create_system, link.external_attr = 3, 0o120777 << 16
    rewrite(path, [*[it for it in parts.items() if it[0] != CARD], (link, b"/etc")])
    assert "README.md is no plain, unpacked file" in refusal(path)
    parts[WEIGHTS] = bytes(10_000_000)
    rewrite(path, parts.items(), zipfile.ZIP_DEFLATED)
    assert "is no plain, unpacked file" in refusal(path)


def test_a_size_that_is_declared_and_not_there_is_refused(path):
    out = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(out) as archive:
        size = archive.getinfo(WEIGHTS).file_size.to_bytes(4, "little")
    content = out.getvalue()
    assert content.count(size) >= 4
    path.write_bytes(content.replace(size, (1 << 31).to_bytes(4, "little")))
    assert "plain, unpacked" in refusal(path) or "no whole zip" in refusal(path)


def test_weights_of_another_network_are_refused(trained, path):
    arrays = safetensors.load(contents(path)[WEIGHTS])
    name = "heads/emotion/bias"
    change_weights(path, {**arrays, name: np.zeros(4, np.float32)})
    assert f"{name!r} have the shape [4]; expected [3]" in refusal(path)
    change_weights(path, {n: it for n, it in arrays.items() if n != name})
    assert f"{name!r} have the shape -; expected [3]" in refusal(path)
    change_weights(path, {**arrays, "more": np.zeros(4, np.float32)})
    assert "'more' have the shape [4]; expected -" in refusal(path)
    change_weights(path, {**arrays, "heads": np.zeros(4, np.float32)})
    assert "weights.safetensors" in refusal(path)
    change_weights(path, {**arrays, name: np.zeros(3, np.float64)})
    assert "'float64': expected float32" in refusal(path)
    change_weights(path, {**arrays, name: np.full(3, np.nan, np.float32)})
    assert "finite numbers alone" in refusal(path)
    change_weights(path, b"\xff" * 8 + b"{}")
    assert "weights.safetensors: " in refusal(path)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"num_mels": 10**9}, "num_mels=1000000000: expected at most 1,024"),
        ({"fft_size": 10**12}, "fft_size=1000000000000: expected at most 65,536"),
        ({"conv_features": [4] * 999}, "conv_features"),
        ({"hop_ms": 1e-9}, "hop_ms=1e-09: expected a sample or more"),
        ({"hop_ms": float("1e400")}, "model.json: hop_ms"),
        ({"encoder": "os.system"}, "encoder='os.system': expected one of"),
        ({"conv_features": [9, 9]}, "by the settings"),
        ({"hop_ms": 11.0}, "its front end is"),
        ({"cache_dir": "/evil"}, "model.json sets cache_dir, which is the user's own"),
        ({"of_next_year": 1}, "Unknown setting 'of_next_year'"),
    ],
)
def test_settings_that_no_model_had_are_refused(path, changed, told):
    change_record(path, settings=changed)
    if changed == {"hop_ms": float("inf")}:  # which JSON has no word for
        text = contents(path)[RECORD].replace(b"Infinity", b"1e400")
        rewrite(path, {**contents(path), RECORD: text}.items())
        told = "hop_ms=inf"
    assert told in refusal(path)


def test_a_file_that_is_too_large_is_refused(path, monkeypatch):
    monkeypatch.setattr(bundle, "_MOST_BYTES", 100)
    assert "it has over 100 bytes" in refusal(path)


def test_a_model_that_could_not_be_read_again_is_not_written(trained, tmp_path):
    head = {"emotion": {**trained.params["heads"]["emotion"]}}
    head["emotion"]["bias"] = np.full(3, np.inf, np.float32)
    with pytest.raises(ValueError, match="'heads/emotion/bias'.*finite numbers"):
        write_bundle(tmp_path / "it", with_params(trained, heads=head), "")
    assert not (tmp_path / "it").exists()
