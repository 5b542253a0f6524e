import numpy as np
import pytest

from serjax.data.joined import FeatureStore

MELS = 2
ROWS = [np.full((n, MELS), n, np.float32) for n in (3, 1, 4)]
LENGTHS = [3, 1, 4]


def _assert_joined(store):
    np.testing.assert_array_equal(store.offsets, [0, 3, 4, 8])
    np.testing.assert_array_equal(store.lengths, LENGTHS)
    assert store.offsets.dtype == np.int64
    assert store.lengths.dtype == np.int32
    assert store.frames.dtype == np.float32
    for index, row in enumerate(ROWS):
        np.testing.assert_array_equal(store.row(index), row)


def test_rows_lie_end_to_end():
    _assert_joined(FeatureStore.join(ROWS, MELS))
    _assert_joined(FeatureStore.in_memory(iter(ROWS), LENGTHS, MELS))
    assert FeatureStore.join([], MELS).frames.shape == (0, MELS)


def test_rows_lie_end_to_end_in_a_memory_map(tmp_path):
    path = tmp_path / "joined" / "rows.npy"
    store = FeatureStore.in_memory_map(path, iter(ROWS), LENGTHS, MELS)
    assert isinstance(store.frames, np.memmap)
    _assert_joined(store)
    np.testing.assert_array_equal(np.load(path), np.concatenate(ROWS))
    assert [it.name for it in path.parent.iterdir()] == ["rows.npy"]


def test_a_memory_map_that_is_there_is_taken_as_it_is(tmp_path):
    path = tmp_path / "rows.npy"
    FeatureStore.in_memory_map(path, iter(ROWS), LENGTHS, MELS)
    before = path.stat().st_mtime_ns
    unread = (pytest.fail("read again") for _ in ROWS)
    _assert_joined(FeatureStore.in_memory_map(path, unread, LENGTHS, MELS))
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "damage", ["truncated", "emptied", "overwritten", "doubles", "shape", "order"]
)
def test_a_damaged_memory_map_is_written_again(tmp_path, damage):
    path = tmp_path / "rows.npy"
    FeatureStore.in_memory_map(path, iter(ROWS), LENGTHS, MELS)
    content = path.read_bytes()
    arrays = {
        "doubles": np.zeros((8, MELS)),
        "shape": np.zeros((8, MELS + 1), np.float32),
        "order": np.zeros((MELS, 8), np.float32).T,
    }
    if damage in arrays:
        np.save(path, arrays[damage])
    else:
        texts = {"truncated": content[:-1], "emptied": b"", "overwritten": b"x" * 300}
        path.write_bytes(texts[damage])
    _assert_joined(FeatureStore.in_memory_map(path, iter(ROWS), LENGTHS, MELS))
    assert path.read_bytes() == content


def test_a_memory_map_is_written_whole_or_not_at_all(tmp_path):
    def rows():
        yield ROWS[0]
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        FeatureStore.in_memory_map(tmp_path / "rows.npy", rows(), LENGTHS, MELS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["array", "map"])
def test_what_runs_share_cannot_be_changed(tmp_path, kind):
    path = tmp_path / "rows.npy"
    store = (
        FeatureStore.join(ROWS, MELS)
        if kind == "array"
        else FeatureStore.in_memory_map(path, ROWS, LENGTHS, MELS)
    )
    with pytest.raises(ValueError, match="read-only"):
        store.frames[0] = 1
