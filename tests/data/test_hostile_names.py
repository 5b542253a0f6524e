"""Names that a file system allows and a table may break on."""

import csv
import os

import numpy as np
import pytest
import soundfile

from serjax.config import make_config
from serjax.data.dataset import load_dataset
from serjax.data.tables import write_skipped, write_splits
from serjax.files import cell_text

HOSTILE = [
    "a\nb",
    "a\rb",
    "a\r\nb",
    "a\tb",
    "a,b",
    "a;b",
    'a"b',
    '"quoted"',
    "it's",
    "=1+1",
    "-1",
    "+1",
    "@a",
    "#a",
    " a ",
    "a\\b",
    "a\\nb",
    "a%sb{0}$HOME`ls`",
    "*?[a]",
    "NaN",
    "a\x07b\x1b[31m",
    "a\u2028b",
    "\ufeffa",
    "Grüße",
    "名前",
    "\U0001f600",
    "e" * 250,
]
# Emo-DB's: speaker, text, emotion (W anger, N neutral, F happiness), version.
SPEAKERS = ("03", "08", "09", "10", "11", "12", "13", "14", "15", "16")
RECORDINGS = [
    f"{speaker}a01{emotion}a.wav" for speaker in SPEAKERS for emotion in "WNF"
]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A tree whose folders and strangers bear hostile names: its data set and names."""
    root = tmp_path_factory.mktemp("hostile")
    rng = np.random.default_rng(0)
    rows, strangers = [], []
    for number, recording in enumerate(RECORDINGS):
        file = f"{HOSTILE[number % len(HOSTILE)]}/{recording}"
        (root / "data" / file).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(root / "data" / file, rng.standard_normal(3000) / 10, 16_000)
        rows.append(file)
    for name in HOSTILE:
        file = f"{name}.wav"
        (root / "data" / file).touch()
        strangers.append(file)
    # 255 bytes; not UTF-8; a link to the folder that it lies in.
    strangers.append("x" * 251 + ".wav")
    (root / "data" / strangers[-1]).touch()
    with open(os.fsencode(root / "data") + b"/caf\xe9.wav", "wb"):
        strangers.append("caf\\xe9.wav")
    (root / "data" / "loop").symlink_to(root / "data")
    config = make_config(data=str(root / "data"), cache_dir=str(root / "cache"), ood=())
    return load_dataset(config, progress=False), sorted(rows), sorted(strangers)


def test_recordings_in_hostile_folders_are_rows(loaded):
    data, rows, _ = loaded
    assert [row.file for row in data.utterances] == rows
    assert len(data.store.lengths) == len(rows)


def test_strangers_with_hostile_names_are_listed(loaded):
    data, _, strangers = loaded
    assert [skip.file for skip in data.skipped] == strangers
    reasons = {skip.file: skip.reason for skip in data.skipped}
    assert reasons["caf\\xe9.wav"] == "its name is not UTF-8; rename it"


@pytest.fixture(params=["splits", "skipped"])
def table(request, loaded, tmp_path):
    """A table that is written, and the files that it must list in order."""
    data, rows, strangers = loaded
    path = tmp_path / "table.csv"
    if request.param == "splits":
        write_splits(path, data)
    else:
        write_skipped(path, data.skipped)
    return path, rows if request.param == "splits" else strangers


def test_tables_are_read_back_by_the_csv_module(table):
    path, files = table
    with path.open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file, strict=True)]
    assert [cell_text(row["file"]) for row in rows] == files


def test_tables_are_read_back_by_pandas_as_they_are(table):
    pandas = pytest.importorskip("pandas")
    path, files = table
    written = list(pandas.read_csv(path)["file"])
    assert list(map(cell_text, written)) == files
    # What a spreadsheet would run stands behind an apostrophe: =1+1, @a.
    assert not any(text[0] in "=@\t\r" for text in written)


def test_no_line_break_in_a_table_is_bare(table):
    # What a spreadsheet takes for the end of a row, also where csv does not.
    path, files = table
    bare = 0
    quoted = False
    for character in path.read_bytes().decode():
        quoted ^= character == '"'
        bare += character in "\r\n" and not quoted
    assert bare == len(files) + 1
