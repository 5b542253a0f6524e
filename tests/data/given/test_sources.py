"""Tables and Kaldi's archives: what they hold, and what is refused of them."""

import gzip
import pickle

import kaldiio
import numpy as np
import pytest

from serjax.data.audio import UnusableAudio
from serjax.data.given.kaldi import KaldiArchives
from serjax.data.given.store import open_source
from serjax.data.given.table import FeatureTable
from tests.data.given.conftest import write_table

HEADER = ["file", "start", "end", "F0", "loudness"]


def frames_of(source):
    """What a source has, by the name and the times of its entries."""
    return {
        (it.name, it.start_s, it.end_s): source.read([it]).tolist()
        for it in source.entries
    }


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_table_as_audinterface_writes_it_is_read(tmp_path, delimiter):
    half = "0.5" if delimiter == "," else "0,5"
    rows = [["./a.wav", "0 days", "0 days 00:00:03.098500000", half, 2]]
    rows += [
        ["b.wav", "0 days 00:00:00.010000", "NaT", 3, 4],
        ["c,.wav", "", "", 5, ""],
    ]
    path = write_table(tmp_path / "f.csv", HEADER, rows, delimiter)
    source = FeatureTable(path)
    found = frames_of(source)
    assert found["a.wav", 0.0, 3.0985] == [[0.5, 2]]
    assert found["b.wav", 0.01, None] == [[3, 4]]
    assert np.isnan(found["c,.wav", 0.0, None][0][1])
    assert source.frame_shift_ms is None


def test_rows_of_a_recording_tell_the_shift_of_frames(load, tmp_path, files, make):
    rows = [
        [f"{name}.wav", 0.02 * n, 0.02 * n + 0.025, *frame]
        for name in files
        for n, frame in enumerate(make(name).tolist())
    ]
    header = ["", *HEADER[:3], *"abcde"]
    rows = [[number, *row] for number, row in enumerate(rows)]
    path = write_table(tmp_path / "corpora" / "f.csv", header, rows)
    data = load(features=path, normalisation="none")
    assert data.features["source"] == "csv"
    assert data.features["frame_shift_ms"] == 20
    for row, utterance in enumerate(data.utterances):
        expected = make(utterance.file.removesuffix(".wav"))
        np.testing.assert_array_equal(data.store.row(row), expected)
        assert data.recordings[row].duration_s == pytest.approx(0.02 * len(expected))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name,f0\na,1\n", "no column file"),
        ("file,start,end\na,0,1\n", "no column beside file,start,end"),
        ("file,f0\n", "has no row"),
        ("", "no column file"),
        ("file,f0\na,1,2\n", "line 2 has 3 cells, but the head names 2"),
        ("file,f0\na,high\n", "line 2: .*'high'; expected a number"),
        ("file,start,f0\na,x,1\n", "line 2: start 'x'"),
        ("file,start,end,f0\na,2,1,1\n", "line 2: .* 0 <= start < end"),
        ("file,f0\n,1\n", "line 2: its cell of file is empty"),
        ("file,f0\na,\xff\n", "no CSV in UTF-8"),
        ('file,f0\n"a"b,1\n', "line 2 is no CSV"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused(tmp_path, text, told):
    (tmp_path / "f.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=told):
        open_source(tmp_path / "f.csv")


@pytest.mark.parametrize("half", [False, True])
def test_a_parquet_file_of_pandas_is_read(tmp_path, half):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    times = pandas.to_timedelta([0.0, 0.25], unit="s")
    ends = pandas.to_timedelta([1.5, None], unit="s")
    index = pandas.MultiIndex.from_arrays([["a.wav", "b.wav"], times, ends])
    index.names = HEADER[:3]
    values = np.array([[0.5, 1], [2, 3]], np.float16 if half else np.float64)
    frame = pandas.DataFrame(values, index, HEADER[3:])
    frame.to_parquet(tmp_path / "f.parquet")
    source = open_source(tmp_path / "f.parquet")
    expected = {("a.wav", 0.0, 1.5): [[0.5, 1]], ("b.wav", 0.25, None): [[2, 3]]}
    assert frames_of(source) == expected
    assert (source.read(source.entries[:1]).dtype == np.float16) == half
    frame["emotion"] = "happy"
    frame.to_parquet(tmp_path / "f.parquet")
    with pytest.raises(ValueError, match="column 'emotion' is of .*string"):
        open_source(tmp_path / "f.parquet")
    (tmp_path / "f.parquet").write_bytes(b"PAR1")
    with pytest.raises(ValueError, match="is no parquet file"):
        open_source(tmp_path / "f.parquet")


@pytest.fixture
def write_kaldi(tmp_path):
    """Writes arrays by key as an archive with its feats.scp, and further files."""

    def write(arrays, **files):
        ark, scp = tmp_path / "feats.ark", tmp_path / "feats.scp"
        kaldiio.save_ark(str(ark), arrays, scp=str(scp))
        for name, text in files.items():
            (tmp_path / name.replace("_scp", ".scp")).write_text(text)
        return tmp_path

    return write


def test_archives_are_joined_by_what_lies_beside_them(write_kaldi, tmp_path):
    one, two = np.ones((3, 2), np.float32), np.zeros((1, 2), np.float32)
    folder = write_kaldi({"s-1": one, "s-2": two})
    assert [it.name for it in open_source(folder).entries] == ["s-1", "s-2"]
    write_kaldi(
        {"s-1": one, "s-2": two},
        wav_scp=f"r {tmp_path}/r.wav\n",
        segments="s-1 r 0.5 2\ns-2 r 3 -1\n",
        frame_shift="0.01\n",
    )
    source = open_source(folder / "feats.scp")
    name = f"{tmp_path}/r.wav"
    assert frames_of(source) == {
        (name, 0.5, 2.0): one.tolist(),
        (name, 3.0, None): [[0, 0]],
    }
    assert source.frame_shift_ms == 10


def test_nothing_of_an_archive_is_run_or_unpickled(tmp_path, write_kaldi):
    class Evil:
        def __reduce__(self):
            return (tmp_path / "proof").touch, ()

    folder = write_kaldi({"a": np.ones((2, 2), np.float32)})
    (folder / "evil.ark").write_bytes(b"PKL" + pickle.dumps(Evil()))
    whole = (folder / "feats.ark").read_bytes()
    (folder / "short.ark").write_bytes(whole[:-3])
    (folder / "zipped.ark").write_bytes(gzip.compress(whole))
    scp = "a short.ark:2\nb evil.ark\nc zipped.ark\nd gone.ark:5\ne feats.ark:9999\n"
    (folder / "feats.scp").write_text(scp.replace(" ", f" {folder}/"))
    source = KaldiArchives(folder / "feats.scp")
    told = [
        "ends early",
        "no matrix of floats",
        "no matrix",
        "cannot be read",
        "no mat",
    ]
    for entry, reason in zip(source.entries, told, strict=True):
        with pytest.raises(UnusableAudio, match=reason):
            source.read([entry])
    assert not (tmp_path / "proof").exists()
    for place in ("touch proof |", "feats.ark:2[0:1]"):
        (folder / "feats.scp").write_text(f"a {place}\n")
        with pytest.raises(ValueError, match="is a command or a range"):
            open_source(folder)
