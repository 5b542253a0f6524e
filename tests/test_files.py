import csv
import json
import subprocess
import sys

import pytest

from serjax.files import write_csv, write_json

HOSTILE = [
    "a,b",
    'a"b',
    "a\nb",
    "a\rb",
    "a\r\nb",
    "Jürgen 李",
    " a ",
    "a;b",
    "a\tb",
    "=1+1",
    "'a'",
]


def test_a_csv_gives_back_whatever_a_name_holds(tmp_path):
    path = tmp_path / "table.csv"
    write_csv(path, ("name", "value"), ([name, number] for name, number in ROWS))
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["name", "value"],
            *([name, "" if number is None else str(number)] for name, number in ROWS),
        ]


def test_plain_lines_end_with_a_newline_alone(tmp_path):
    path = tmp_path / "table.csv"
    write_csv(path, ("a", "b"), [("x", 1), (None, 2.5)])
    assert path.read_bytes() == b"a,b\nx,1\n,2.5\n"


def test_pandas_reads_a_csv_as_it_is(tmp_path):
    pandas = pytest.importorskip("pandas")
    path = tmp_path / "table.csv"
    write_csv(path, ("name", "value"), ROWS)
    table = pandas.read_csv(path)
    assert list(table["name"]) == HOSTILE
    assert list(table["value"])[:-1] == [*range(len(HOSTILE) - 1)]
    assert pandas.isna(table["value"].iloc[-1])


def test_json_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "result.json"
    write_json(path, {"ua": 1})
    with pytest.raises(TypeError):
        write_json(path, {"ua": object()})
    assert json.loads(path.read_text()) == {"ua": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["result.json"]


ROWS = [
    *((name, number) for number, name in enumerate(HOSTILE[:-1])),
    (HOSTILE[-1], None),
]


_WRITING = """
import sys, time
from pathlib import Path
from serjax.files import replacing
with replacing(Path(sys.argv[1])) as temporary:
    temporary.write_text("half")
    print(flush=True)
    time.sleep(60)
"""


def test_what_a_killed_process_left_is_removed_and_what_a_live_one_writes_is_not(
    tmp_path,
):
    path = tmp_path / "result.json"
    command = [sys.executable, "-c", _WRITING, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        write_json(path, {"a": 1})
        assert len(list(tmp_path.iterdir())) == 2
        process.kill()
    write_json(path, {"a": 1})
    assert list(tmp_path.iterdir()) == [path]
