import csv
import dataclasses
import io

import numpy as np
import pytest

from serjax.records.predictions import (
    Embeddings,
    Rows,
    read_embeddings,
    read_rows,
    write_embeddings,
    write_rows,
)

ROWS = Rows(
    files=np.array(["=a.wav", "b, c.wav", "ä\u2028.wav"]),
    parts=np.array(["valid", "test", "ood"]),
    attributes={
        "corpus": np.array(["emodb", "emodb", "tess"]),
        "speaker": np.array(["emodb/1", "", "'-x"]),
        "p_age": np.array(["7", "8", ""]),
    },
    labels=np.array([0, 1, 1]),
    predicted=np.array([1, 1, 0]),
    probabilities=np.array([[0.25, 0.75], [0.5, 0.5], [1, 0]]),
    classes=("negative", "-"),
    stretches={"start": ["0.5", "", ""], "end": ["", "", "2"]},
)
EMBEDDINGS = Embeddings(np.eye(3, 4, dtype=np.float32), np.zeros((3, 4), np.float32))


def test_rows_are_read_as_they_were_written(tmp_path):
    write_rows(tmp_path, ROWS)
    read = read_rows(tmp_path)
    assert list(read.attributes) == list(ROWS.attributes)
    for name, column in ROWS.attributes.items():
        np.testing.assert_array_equal(read.attributes[name], column)
    for name in ("files", "parts", "labels", "predicted", "probabilities"):
        np.testing.assert_array_equal(getattr(read, name), getattr(ROWS, name))
    assert (read.classes, read.stretches) == (ROWS.classes, ROWS.stretches)
    assert read.of("test").tolist() == [False, True, False]
    assert read.of("tess").tolist() == [False, False, True]


def test_the_file_has_its_columns_in_their_order(tmp_path):
    write_rows(tmp_path, ROWS)
    header, first, *_ = (tmp_path / "predictions.csv").read_text("utf-8").split("\n")
    assert header == (
        "file,part,corpus,speaker,p_age,emotion,predicted,p_negative,p_-,start,end"
    )
    assert first == "'=a.wav,valid,emodb,emodb/1,7,negative,-,0.250000,0.750000,0.5,"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "file,part\nx",
        "file,part,corpus,emotion,predicted,p_a\nx,test,y,b,a,1\n",  # no class b
        "file,part,corpus,emotion,predicted,p_a\nx,test,y,a,a,one\n",
        "file,part,corpus,emotion,predicted,p_a\n",
        "file,part,emotion,predicted\nx,test,a,a\n",
        f"file,part\n{'x' * (csv.field_size_limit() + 1)},test\n",
        "file,part\n\0,\udcff\n",
    ],
)
def test_other_tables_are_not_whole(content, tmp_path):
    data = content.encode(errors="surrogateescape")
    (tmp_path / "predictions.csv").write_bytes(data)
    with pytest.raises(ValueError, match="predictions.csv is not whole: .+"):
        read_rows(tmp_path)


def test_embeddings_are_read_as_they_were_written(tmp_path):
    write_embeddings(tmp_path, ROWS, EMBEDDINGS)
    read = read_embeddings(tmp_path, 3)
    for ours, theirs in ((EMBEDDINGS.best, read.best), (EMBEDDINGS.last, read.last)):
        np.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == theirs.dtype
    with np.load(tmp_path / "embeddings.npz") as arrays:
        names = ["files", "starts_s", "parts", "embeddings", "embeddings_last"]
        assert arrays.files == names
        assert arrays["files"].tolist() == ROWS.files.tolist()
        assert arrays["starts_s"].tolist() == [0.5, 0, 0]


def test_embeddings_of_other_rows_are_refused(tmp_path):
    write_embeddings(tmp_path, ROWS, EMBEDDINGS)
    with pytest.raises(ValueError, match=r"it is float32\[3, 4\]; expected 4 rows"):
        read_embeddings(tmp_path, 4)


@pytest.mark.parametrize("field", ["best", "last"])
@pytest.mark.parametrize(
    "other",
    [
        np.array(0.0),
        np.zeros(0),
        np.zeros((3, 4, 1), np.float32),
        np.zeros((3, 4), bool),
        np.zeros((3, 4), "datetime64[s]"),
        np.zeros((3, 4), [("a", "f4")]),
        np.array([[None]] * 3),
    ],
)
def test_arrays_of_another_kind_are_refused(field, other, tmp_path):
    changed = dataclasses.replace(EMBEDDINGS, **{field: other})
    write_embeddings(tmp_path, ROWS, changed)
    with pytest.raises(ValueError, match="embeddings.npz is not whole"):
        read_embeddings(tmp_path, 3)


def _npy(header):
    """The start of an array's file whose header is anybody's."""
    text = header.ljust(118).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 half of it",
        b"\x80\x04N.",
        _npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4)}") + bytes(48),
        _npy("{'descr': ("),
        _npy("[" * 99),
    ],
)
def test_what_is_no_such_archive_is_refused(content, tmp_path):
    (tmp_path / "embeddings.npz").write_bytes(content)
    with pytest.raises(ValueError, match="embeddings.npz is not whole: .+"):
        read_embeddings(tmp_path, 3)
    # And within an archive.
    buffer = io.BytesIO()
    np.savez(buffer, embeddings=np.zeros(9))
    member = buffer.getvalue()
    at = member.index(b"\x93NUMPY")
    (tmp_path / "embeddings.npz").write_bytes(
        member[:at] + content[:80] + member[at + len(content[:80]) :]
    )
    with pytest.raises(ValueError, match="embeddings.npz is not whole: .+"):
        read_embeddings(tmp_path, 3)


def test_what_is_not_there_is_told_as_such(tmp_path):
    for read in (read_rows, lambda folder: read_embeddings(folder, 3)):
        with pytest.raises(FileNotFoundError):
            read(tmp_path)
