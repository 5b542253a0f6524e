import json
import pickle

import numpy as np
import pytest

from serjax.config import make_config
from serjax.data import load_dataset
from tests.data.given.conftest import write_npy


def rows_of(data):
    names = [it.file.removesuffix(".wav") for it in data.utterances]
    return dict(zip(names, map(data.store.row, range(len(names))), strict=True))


def test_a_folder_is_joined_by_relative_path_or_by_stem(load, feats, make, tmp_path):
    data = load(features=feats, normalisation="none")
    assert len(data.utterances) == 36 and not data.skipped
    for name, frames in rows_of(data).items():
        np.testing.assert_array_equal(frames, make(name))
    for path in [*feats.rglob("*.npy")]:
        path.rename(feats / path.name)
    by_stem = load(features=feats, normalisation="none")
    assert by_stem.identity == data.identity
    assert by_stem.features == data.features
    assert json.loads(json.dumps(data.features))["dims"] == 5
    mapped = load(features=feats, normalisation="none", memory_budget_gb=1e-9)
    np.testing.assert_array_equal(mapped.store.frames, data.store.frames)
    first = next(feats.glob("03*.npy"))
    np.save(first, np.load(first) + 1)
    changed = load(features=feats, normalisation="none")
    assert changed.identity != data.identity
    assert changed.features["digest"] != data.features["digest"]


def test_training_rows_alone_say_how_all_are_normalised(load, feats):
    data, raw = load(features=feats), load(features=feats, normalisation="none")
    train = np.concatenate([raw.store.row(it) for it in raw.rows("train")])
    for row in range(36):
        expected = (raw.store.row(row) - train.mean(0)) / train.std(0)
        np.testing.assert_allclose(data.store.row(row), expected, atol=1e-4)
    np.testing.assert_allclose(data.moments.mean, train.mean(0), rtol=1e-6)
    mapped = load(features=feats, memory_budget_gb=1e-9)
    np.testing.assert_array_equal(mapped.store.frames, data.store.frames)
    assert raw.moments is None


def test_half_precision_stays_so_in_memory_and_never_overflows(load, files, tmp_path):
    for number, name in enumerate(files):
        frames = np.full((3, 2), number, np.float16)
        frames[:, 1] = 60_000 if name.startswith("tess") else 0  # never in training
        write_npy(tmp_path / "feats" / f"{name}.npy", frames)
    data = load(features=tmp_path / "feats")
    assert data.store.frames.dtype == np.float16
    assert data.features["dtype"] == "float16"
    assert np.isfinite(data.store.frames).all()
    there = pickle.loads(pickle.dumps(data.store)).frames
    np.testing.assert_array_equal(there, data.store.frames, strict=True)
    mapped = load(features=tmp_path / "feats", memory_budget_gb=1e-9)
    np.testing.assert_array_equal(mapped.store.frames, data.store.frames)
    assert mapped.store.frames.dtype == np.float16


def test_stretches_have_names_with_their_times(tmp_path, make):
    lines = ["file,start,end,label,speaker"]
    for number, emotion in enumerate(("angry", "happy", "neutral") * 5):
        start = 2 * number + 0.25
        lines.append(f"long.wav,{start},{start + 1.5},{emotion},s{number // 3}")
        name = f"long_{start:.3f}_{start + 1.5:.3f}"
        write_npy(tmp_path / "feats" / f"{name}.npy", make(name)[0])
    (tmp_path / "mine.csv").write_text("\n".join(lines))
    config = make_config(manifest=tmp_path / "mine.csv", features=tmp_path / "feats")
    data = load_dataset(config.replace(normalisation="none"), progress=False)
    # No recording is there, and an array of one dimension is one frame.
    assert not (tmp_path / "long.wav").exists()
    assert {*data.store.lengths} == {1}
    assert data.recordings[0].duration_s == 1.5
    expected = make("long_2.250_3.750")[0]
    at = [it.start_s for it in data.utterances].index(2.25)
    np.testing.assert_array_equal(data.store.row(at)[0], expected)


def damage(feats):
    """Does something wrong to each of some files; returns what their skips say."""
    paths = sorted((feats / "emodb" / "wav").glob("*.npy"))
    frames = np.load(paths[0])
    np.save(paths[0], np.where(frames == frames.max(), np.nan, frames))
    np.save(paths[1], np.array([{}, {}], object), allow_pickle=True)
    np.save(paths[2], frames[:, :4])
    paths[3].write_bytes(paths[3].read_bytes()[:-1])
    np.save(paths[4], np.full((2, 5), 1e300))
    np.save(paths[5], np.empty((0, 5), np.float32))
    np.save(paths[6], np.zeros((2, 3, 5)))
    np.save(paths[7], np.array(["a", "b"]))
    paths[8].write_bytes(b"\x80\x04N.")
    np.save(paths[9].with_suffix(".wav.npy"), frames)
    paths[10].unlink()
    told = ["not finite", "array of objects", "4 features, where most have 5"]
    told += ["it ends early: ", "not finite", "an array of (0, 5)", "of (2, 3, 5)"]
    told += ["of <U1", "no .npy", "two of the features are its", "no features of it"]
    return [*zip(paths, told, strict=False)]


def test_what_cannot_be_used_is_a_skip_with_its_reason(load, feats):
    wrong = damage(feats)
    data = load(features=feats)
    reasons = {it.file: it.reason for it in data.skipped}
    assert len(reasons) == len(wrong) == 11
    for path, told in wrong:
        name = path.relative_to(feats).with_suffix(".wav").as_posix()
        assert told in reasons[name], reasons[name]


def test_where_most_are_missing_a_prefix_that_differs_is_told(load, feats, tmp_path):
    (tmp_path / "more" / "old").mkdir(parents=True)
    feats.rename(tmp_path / "more" / "old" / "place")
    told = (
        "36 of 36 .*'emodb/wav/03a01Fa.wav', the features 'old/place/emodb/wav/03a01F"
    )
    with pytest.raises(ValueError, match=told + ".*Give --features_root=old/place"):
        load(features=tmp_path / "more")
    data = load(features=tmp_path / "more", features_root="old/place")
    assert not data.skipped
    inner = tmp_path / "more" / "old" / "place"
    with pytest.raises(ValueError, match="36 of 36 .* Give --features_root=emodb"):
        load(features=inner / "emodb")
    with pytest.raises(ValueError, match="No usable recording of the .* corpus tess"):
        load(features=inner / "emodb", features_root="emodb")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"features": "absent"},
            "features=absent does not exist; expected a folder of",
        ),
        ({"features": ""}, "holds no .npy"),
        ({"augment": "noise"}, "augment='noise': expected none with features"),
        ({"trim_db": 30}, "trim_db=30: expected 0 with features"),
        ({"normalisation": "signal"}, "normalisation='signal': expected another with"),
    ],
)
def test_what_needs_recordings_is_refused(load, feats, tmp_path, settings, told):
    (tmp_path / "nothing").mkdir()
    settings = {"features": feats, **settings}
    settings["features"] = settings["features"] or tmp_path / "nothing"
    with pytest.raises(ValueError, match=told):
        load(**settings)
