import contextlib
import dataclasses
import itertools
import math
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from serjax.config import DataSettings, FeatureSettings
from serjax.data import audio, extraction, row_file, store
from serjax.data.audio import read_audio
from serjax.data.logmel import log_mel
from serjax.data.normalisation import normalise
from serjax.data.row_file import read_frames
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
    compute = extraction.compute_features

    def count(path, utterance, *rest):
        files.append(utterance.file)
        return compute(path, utterance, *rest)

    monkeypatch.setattr(extraction, "compute_features", count)
    return files


def _store(tmp_path, rows, settings=SETTINGS, cache="cache", **more):
    paths = {row.file: tmp_path / row.file for row in rows}
    return store_features(paths, rows, settings, tmp_path / cache, **more)


def test_each_row_is_stored_as_it_is_and_joined_normalised(tmp_path, rows):
    stored = _store(tmp_path, rows)
    assert stored.utterances == tuple(rows)
    assert not stored.skipped
    assert stored.join().frames.dtype == np.float32
    kept = [read_frames(path, 40) for path in (tmp_path / "cache").glob("*/*")]
    kept = {
        zlib.crc32(frames.tobytes()): frames for frames in kept if frames is not None
    }
    assert len(kept) == len(rows)
    for index, utterance in enumerate(rows):
        audio = read_audio(tmp_path / utterance.file)
        expected = log_mel(audio.signal, SETTINGS)
        checksum = zlib.crc32(expected.tobytes())
        assert stored.recordings[index] == dataclasses.replace(
            audio.recording, checksum=checksum
        )
        np.testing.assert_array_equal(kept[checksum], expected)
        np.testing.assert_array_equal(
            stored.join().row(index), normalise(expected, "coefficient")
        )
        assert stored.join().lengths[index] == len(expected)


def _maps(tmp_path):
    return sorted((tmp_path / "cache" / "joined").rglob("*"))


def test_past_a_budget_features_lie_in_a_memory_map_that_runs_share(tmp_path, rows):
    held = _store(tmp_path, rows).join()
    size = held.frames.nbytes
    fitting = _store(tmp_path, rows, memory_budget_bytes=size).join()
    assert not isinstance(fitting.frames, np.memmap)
    assert _maps(tmp_path) == []
    mapped = _store(tmp_path, rows, memory_budget_bytes=size - 1).join()
    assert isinstance(mapped.frames, np.memmap)
    for name in ("frames", "offsets", "lengths"):
        ours, theirs = getattr(mapped, name), getattr(held, name)
        np.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == theirs.dtype
    (path,) = _maps(tmp_path)
    before = path.stat().st_mtime_ns
    again = _store(tmp_path, rows, memory_budget_bytes=0).join()
    np.testing.assert_array_equal(again.frames, held.frames)
    assert [it.stat().st_mtime_ns for it in _maps(tmp_path)] == [before]


def test_other_rows_have_a_memory_map_of_their_own(
    tmp_path, rows, write_wav, noise, computed
):
    def mapped(rows, **more):
        return _store(tmp_path, rows, memory_budget_bytes=0, **more).join()

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
    alone = _store(tmp_path, [rows[3]]).join()
    np.testing.assert_array_equal(stored.join().row(2), alone.frames)


def test_samples_out_of_range_are_a_skip_also_where_an_older_version_stored_them(
    tmp_path, rows, write_wav, noise, monkeypatch
):
    write_wav(rows[1].file, noise(9000) * np.float32(32_768))
    with monkeypatch.context() as patch:  # The version that did not look.
        patch.setattr(audio, "MAX_PEAK", np.inf)
        patch.setattr(row_file, "STORE_VERSION", 4)
        assert not _store(tmp_path, rows).skipped
    for _ in range(2):
        (skip,) = _store(tmp_path, rows).skipped
        assert (skip.file, skip.corpus) == (rows[1].file, "toy")
        assert skip.reason.startswith("out of range: its samples reach ")


def test_processes_compute_the_same_bits(tmp_path, rows, write_wav, monkeypatch):
    write_wav(rows[2].file, np.zeros(4000, np.float32))
    in_threads = _store(tmp_path, rows)
    _use_processes(monkeypatch)
    in_processes = _store(tmp_path, rows, cache="other")
    np.testing.assert_array_equal(in_processes.join().frames, in_threads.join().frames)
    assert [str(it) for it in in_processes.skipped] == [
        str(it) for it in in_threads.skipped
    ]
    assert in_processes.recordings == in_threads.recordings
    assert len(in_threads.skipped) == 1


def test_what_is_too_long_is_left_out_also_where_it_is_stored(tmp_path, rows):
    _store(tmp_path, rows)
    shorter = DataSettings(max_duration_s=0.35)
    stored = _store(tmp_path, rows, data=shorter)
    fresh = _store(tmp_path, rows, cache="fresh", data=shorter)
    assert 0 < len(stored.utterances) < len(rows)
    assert stored.utterances == fresh.utterances
    assert stored.skipped == fresh.skipped


def test_what_is_stored_needs_no_processes(tmp_path, rows, monkeypatch):
    _store(tmp_path, rows)
    _use_processes(monkeypatch)
    monkeypatch.delattr(extraction, "compute_in_processes")
    assert len(_store(tmp_path, rows).utterances) == len(rows)
    with pytest.raises(NameError, match="compute_in_processes"):
        _store(tmp_path, rows, cache="other")


def _use_processes(monkeypatch):
    """After the first file, where that had to be computed."""
    monkeypatch.setattr(extraction, "MANY_FILES", 1)
    monkeypatch.setattr(extraction, "_RECENT", 1)
    monkeypatch.setattr(extraction, "num_workers", lambda: 2)


@pytest.mark.parametrize("processes", [False, True])
def test_interrupted_extraction_goes_on_where_it_was(
    tmp_path, rows, computed, monkeypatch, processes
):
    with monkeypatch.context() as patched:
        if processes:
            _use_processes(patched)
        get_all = store.get_rows

        def interrupted(tasks):
            with contextlib.closing(get_all(tasks)) as results:
                yield from itertools.islice(results, 3)
                raise KeyboardInterrupt

        patched.setattr(store, "get_rows", interrupted)
        with pytest.raises(KeyboardInterrupt):
            _store(tmp_path, rows)
    computed.clear()
    again = _store(tmp_path, rows)
    assert len(computed) <= len(rows) - 3
    alone = _store(tmp_path, rows, cache="alone")
    np.testing.assert_array_equal(again.join().frames, alone.join().frames)


def test_features_are_computed_once_and_used_again(tmp_path, rows, computed, capfd):
    first = _store(tmp_path, rows)
    assert sorted(computed) == sorted(row.file for row in rows)
    assert "features" in capfd.readouterr().err
    computed.clear()
    second = _store(tmp_path, rows)
    assert computed == []
    np.testing.assert_array_equal(first.join().frames, second.join().frames)
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
    assert np.abs(after.join().row(0) - before.join().row(0)).max() > 0.1


@pytest.mark.parametrize(
    "changed",
    [
        {"settings": dataclasses.replace(SETTINGS, log_floor=1e-5)},
        {"data": DataSettings(channel=("1",))},
        {"data": DataSettings(channel=("toy:mean",))},
    ],
)
def test_other_settings_have_other_features(tmp_path, rows, computed, changed):
    _store(tmp_path, rows)
    computed.clear()
    _store(tmp_path, rows, **changed)
    assert len(computed) == len(rows)


def test_another_normalisation_computes_nothing_and_is_joined_anew(
    tmp_path, rows, computed
):
    settings = dataclasses.replace(SETTINGS, normalisation="utterance")
    first = _store(tmp_path, rows, memory_budget_bytes=0).join()
    computed.clear()
    for budget in (0, math.inf):
        other = _store(tmp_path, rows, settings, memory_budget_bytes=budget).join()
        raw = log_mel(read_audio(tmp_path / rows[0].file).signal, SETTINGS)
        np.testing.assert_array_equal(other.row(0), normalise(raw, "utterance"))
        np.testing.assert_array_equal(first.row(0), normalise(raw, "coefficient"))
    assert computed == []
    assert len(_maps(tmp_path)) == 2


def test_segments_of_one_recording_are_rows_of_their_own(
    tmp_path, make_corpus, write_wav, noise
):
    whole = make_corpus("toy", ["female"])[0]
    write_wav(whole.file, noise(16_000))
    halves = [
        dataclasses.replace(whole, end_s=0.5),
        dataclasses.replace(whole, start_s=0.5),
    ]
    stored = _store(tmp_path, halves).join()
    np.testing.assert_array_equal(stored.lengths, [1 + (8000 - 512) // 160] * 2)
    assert np.abs(stored.row(0) - stored.row(1)).max() > 0.1


def test_a_skipped_segment_says_where_it_is(tmp_path, rows):
    past = [
        dataclasses.replace(rows[0], start_s=9.5),
        dataclasses.replace(rows[0], start_s=0.1, end_s=0.11),
    ]
    reasons = [skip.reason for skip in _store(tmp_path, past).skipped]
    assert reasons[0].startswith("from 9.5 s to the end: empty")
    assert reasons[1].startswith("from 0.1 s to 0.11 s: too short")


def test_the_same_samples_have_one_fingerprint_in_every_encoding(
    tmp_path, rows, write_wav, noise
):
    for row, ending, subtype in zip(
        rows, ("wav", "flac", "wav"), ("PCM_16", "PCM_16", "PCM_24"), strict=False
    ):
        signal = np.round(noise(4000) * 2**15) / 2**15
        write_wav(row.file.replace("wav", ending), signal, subtype=subtype)
    same = [rows[0], dataclasses.replace(rows[1], file=rows[1].file[:-3] + "flac")]
    prints = [
        it.fingerprint for it in _store(tmp_path, [*same, rows[2], rows[3]]).recordings
    ]
    assert len(set(prints[:3])) == 1
    assert prints[3] != prints[0]


def _damage(tmp_path, change):
    """Change the content of one of the store's files; returns path and content."""
    path = min(it for it in (tmp_path / "cache").rglob("*") if it.is_file())
    content = path.read_bytes()
    path.write_bytes(change(content))
    return path, content


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:-10],
        lambda content: b"",
        lambda content: b"x" * 300,
        lambda content: content[:20] + bytes([content[20] ^ 1]) + content[21:],
    ],
)
def test_a_damaged_file_of_the_store_is_computed_again(
    tmp_path, rows, computed, change
):
    intact = _store(tmp_path, rows).join().frames
    computed.clear()
    path, content = _damage(tmp_path, change)
    np.testing.assert_array_equal(_store(tmp_path, rows).join().frames, intact)
    assert len(computed) == 1
    assert path.read_bytes() == content


def test_damaged_frames_stop_and_are_computed_at_the_next_start(
    tmp_path, rows, computed
):
    intact = _store(tmp_path, rows).join().frames
    path, content = _damage(
        tmp_path, lambda it: it[:-5] + bytes([it[-5] ^ 1]) + it[-4:]
    )
    with pytest.raises(ValueError, match=r"is damaged, or went.* Start again"):
        _store(tmp_path, rows).join()
    computed.clear()
    np.testing.assert_array_equal(_store(tmp_path, rows).join().frames, intact)
    assert len(computed) == 1
    assert path.read_bytes() == content


def test_a_store_may_be_filled_by_several_at_once(tmp_path, rows):
    alone = _store(tmp_path, rows, cache="alone").join().frames
    with ThreadPoolExecutor(4) as threads:
        runs = list(threads.map(lambda _: _store(tmp_path, rows), range(4)))
    for run in runs:
        np.testing.assert_array_equal(run.join().frames, alone)
    files = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert len(files) == len(rows)


def test_a_write_that_fails_leaves_nothing_half_written(tmp_path, rows, monkeypatch):
    def fail(self, target):
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
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
    dangling = dataclasses.replace(rows[5], file="toy/dangling.wav")
    (tmp_path / dangling.file).symlink_to(tmp_path / "nowhere")
    reasons[dangling.file] = "cannot be read: No such file"

    stored = _store(tmp_path, [*rows, dangling])
    assert stored.utterances == (rows[5],)
    assert len(stored.digests) == len(stored.join().lengths) == 1
    assert [skip.file for skip in stored.skipped] == list(reasons)
    for skip in stored.skipped:
        assert skip.reason.startswith(reasons[skip.file])
