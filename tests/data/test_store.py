import dataclasses
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from serjax.config import FeatureSettings
from serjax.data import store
from serjax.data.audio import read_audio
from serjax.data.features import log_mel, normalise
from serjax.data.store import store_features

SETTINGS = FeatureSettings()


@pytest.fixture
def rows(make_corpus, write_wav, noise):
    """Six rows of two speakers, with their recordings of different lengths."""
    utterances = make_corpus("toy", ["female", "male"])
    for number, utterance in enumerate(utterances):
        write_wav(utterance.file, noise(4000 + 500 * number, seed=number))
    return utterances


@pytest.fixture
def computed(monkeypatch):
    """Files whose features were computed, in no order."""
    files = []
    compute = store.compute_features

    def count(root, utterance, *rest):
        files.append(utterance.file)
        return compute(root, utterance, *rest)

    monkeypatch.setattr(store, "compute_features", count)
    return files


def _store(tmp_path, rows, settings=SETTINGS, **more):
    return store_features(tmp_path, rows, settings, tmp_path / "cache", **more)


def test_each_row_holds_its_normalised_log_mel(tmp_path, rows):
    stored = _store(tmp_path, rows)
    assert stored.utterances == tuple(rows)
    assert not stored.skipped
    assert stored.store.frames.dtype == np.float32
    for index, utterance in enumerate(rows):
        signal = read_audio(tmp_path / utterance.file)
        expected = normalise(log_mel(signal, SETTINGS), "coefficient")
        np.testing.assert_array_equal(stored.store.row(index), expected)
        assert stored.store.lengths[index] == len(expected)


def _maps(tmp_path):
    return sorted((tmp_path / "cache" / "joined").rglob("*"))


def test_past_a_budget_features_lie_in_a_memory_map_that_runs_share(tmp_path, rows):
    held = _store(tmp_path, rows).store
    size = held.frames.nbytes
    fitting = _store(tmp_path, rows, memory_budget_bytes=size).store
    assert not isinstance(fitting.frames, np.memmap)
    assert _maps(tmp_path) == []
    mapped = _store(tmp_path, rows, memory_budget_bytes=size - 1).store
    assert isinstance(mapped.frames, np.memmap)
    for name in ("frames", "offsets", "lengths"):
        ours, theirs = getattr(mapped, name), getattr(held, name)
        np.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == theirs.dtype
    (path,) = _maps(tmp_path)
    before = path.stat().st_mtime_ns
    again = _store(tmp_path, rows, memory_budget_bytes=0).store
    np.testing.assert_array_equal(again.frames, held.frames)
    assert [it.stat().st_mtime_ns for it in _maps(tmp_path)] == [before]


def test_other_rows_have_a_memory_map_of_their_own(
    tmp_path, rows, write_wav, noise, computed
):
    def mapped(rows, **more):
        return _store(tmp_path, rows, memory_budget_bytes=0, **more).store

    first = mapped(rows)
    reverse = mapped(rows[::-1])
    np.testing.assert_array_equal(reverse.row(0), first.row(5))
    assert len(_maps(tmp_path)) == 2
    assert len(computed) == len(rows)
    # The same length and another content.
    write_wav(rows[0].file, noise(4000, seed=99))
    changed = mapped(rows)
    assert np.abs(changed.row(0) - first.row(0)).max() > 0.1
    mapped(rows, settings=dataclasses.replace(SETTINGS, log_floor=1e-5))
    assert len(_maps(tmp_path)) == 4


def test_a_memory_map_has_no_rows_of_recordings_that_are_skipped(
    tmp_path, rows, write_wav
):
    write_wav(rows[2].file, np.zeros(4000, np.float32))
    stored = _store(tmp_path, rows, memory_budget_bytes=0)
    assert [skip.file for skip in stored.skipped] == [rows[2].file]
    assert stored.utterances == (*rows[:2], *rows[3:])
    alone = _store(tmp_path, [rows[3]]).store
    np.testing.assert_array_equal(stored.store.row(2), alone.frames)


def test_a_file_that_goes_while_it_is_read_is_an_error(tmp_path, rows, monkeypatch):
    _store(tmp_path, rows)
    read, asked = store._read, []

    def read_once(path, num_mels):
        asked.append(path)
        return read(path, num_mels) if asked.count(path) == 1 else None

    monkeypatch.setattr(store, "_read", read_once)
    with pytest.raises(ValueError, match="cannot be read now. Start again"):
        _store(tmp_path, rows)


def test_features_are_computed_once_and_used_again(tmp_path, rows, computed, capfd):
    first = _store(tmp_path, rows)
    assert sorted(computed) == sorted(row.file for row in rows)
    assert "features" in capfd.readouterr().err
    computed.clear()
    second = _store(tmp_path, rows)
    assert computed == []
    np.testing.assert_array_equal(first.store.frames, second.store.frames)
    assert capfd.readouterr().err == ""


def test_a_renamed_recording_is_not_computed_again(tmp_path, rows, computed):
    _store(tmp_path, rows)
    computed.clear()
    (tmp_path / rows[0].file).rename(tmp_path / "elsewhere.wav")
    moved = [dataclasses.replace(rows[0], file="elsewhere.wav"), *rows[1:]]
    assert len(_store(tmp_path, moved).utterances) == len(rows)
    assert computed == []


def test_another_content_under_the_same_name_is_computed(
    tmp_path, rows, computed, write_wav, noise
):
    before = _store(tmp_path, rows)
    computed.clear()
    write_wav(rows[0].file, noise(4000, seed=99))
    after = _store(tmp_path, rows)
    assert computed == [rows[0].file]
    assert np.abs(after.store.row(0) - before.store.row(0)).max() > 0.1


@pytest.mark.parametrize(
    "changed",
    [
        {"settings": dataclasses.replace(SETTINGS, normalisation="utterance")},
        {"settings": dataclasses.replace(SETTINGS, log_floor=1e-5)},
        {"channel": 1},
    ],
)
def test_other_settings_have_other_features(tmp_path, rows, computed, changed):
    _store(tmp_path, rows)
    computed.clear()
    _store(tmp_path, rows, **changed)
    assert len(computed) == len(rows)


def test_segments_of_one_recording_are_rows_of_their_own(
    tmp_path, make_corpus, write_wav, noise
):
    whole = make_corpus("toy", ["female"])[0]
    write_wav(whole.file, noise(16_000))
    halves = [
        dataclasses.replace(whole, end_s=0.5),
        dataclasses.replace(whole, start_s=0.5),
    ]
    stored = _store(tmp_path, halves).store
    np.testing.assert_array_equal(stored.lengths, [1 + (8000 - 512) // 160] * 2)
    assert np.abs(stored.row(0) - stored.row(1)).max() > 0.1


@pytest.mark.parametrize("damage", ["truncated", "emptied", "overwritten", "nan"])
def test_a_damaged_file_of_the_store_is_computed_again(
    tmp_path, rows, computed, damage
):
    intact = _store(tmp_path, rows).store.frames
    computed.clear()
    path = min((tmp_path / "cache").rglob("*.npy"))
    content = path.read_bytes()
    if damage == "nan":
        np.save(path, np.full((3, 40), np.nan, np.float32))
    else:
        path.write_bytes(
            {"truncated": content[:-10], "emptied": b"", "overwritten": b"x" * 300}[
                damage
            ]
        )
    np.testing.assert_array_equal(_store(tmp_path, rows).store.frames, intact)
    assert len(computed) == 1
    assert path.read_bytes() == content


def test_a_store_may_be_filled_by_several_at_once(tmp_path, rows):
    alone = store_features(tmp_path, rows, SETTINGS, tmp_path / "alone").store.frames
    with ThreadPoolExecutor(4) as threads:
        runs = list(threads.map(lambda _: _store(tmp_path, rows), range(4)))
    for run in runs:
        np.testing.assert_array_equal(run.store.frames, alone)
    files = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert len(files) == len(rows)


def test_a_write_that_fails_leaves_nothing_half_written(tmp_path, rows, monkeypatch):
    def fail(*paths):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        _store(tmp_path, rows, progress=False)
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_bad_recordings_are_skipped_and_listed_with_their_reasons(
    tmp_path, rows, write_wav, noise
):
    reasons = {
        rows[0].file: "does not decode: ",
        rows[1].file: "empty: no samples",
        rows[2].file: "silent: every sample has the same value",
        rows[3].file: "too short: 511 samples at 16000 Hz, and one frame needs 512",
        rows[4].file: "not finite: holds NaN or infinite samples",
    }
    (tmp_path / rows[0].file).write_text("no audio")
    write_wav(rows[1].file, np.zeros(0, np.float32))
    write_wav(rows[2].file, np.zeros(4000, np.float32))
    write_wav(rows[3].file, noise(511))
    write_wav(rows[4].file, np.r_[noise(4000), np.float32(np.nan)])
    gone = dataclasses.replace(rows[5], file="toy/gone.wav")
    reasons[gone.file] = "cannot be read: No such file"

    stored = _store(tmp_path, [*rows, gone])
    assert stored.utterances == (rows[5],)
    assert len(stored.digests) == len(stored.store.lengths) == 1
    assert [skip.file for skip in stored.skipped] == list(reasons)
    for skip in stored.skipped:
        assert skip.reason.startswith(reasons[skip.file])
