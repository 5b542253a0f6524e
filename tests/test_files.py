import csv
import io
import json
import re
import subprocess
import sys

import hypothesis
import pytest
from hypothesis import strategies

from serjax.files import cell_text, csv_line, write_csv, write_json

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
        assert [list(map(cell_text, line)) for line in csv.reader(file)] == [
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
    assert list(map(cell_text, table["name"])) == HOSTILE
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


@hypothesis.given(strategies.text())
def test_any_text_comes_back_and_no_spreadsheet_runs_it(text):
    ((written, _),) = _read(csv_line([text, "x"]))
    assert cell_text(written) == text
    is_number = re.fullmatch(
        r"[+-]?(\d+\.?\d*|\.\d+|inf)(e[+-]?\d+)?", text, re.I | re.A
    )
    assert is_number or text == "-" or not re.match(r"[=+\-@\t\r\n]", written)


@hypothesis.given(
    strategies.text(alphabet="'=+-@\t\r\n;,\"1e. ", max_size=6),
    strategies.text(alphabet="'=+-@\t\r\n;,\"1e. ", max_size=6),
)
def test_texts_of_the_signs_that_matter_keep_apart(one, other):
    (cells,) = _read(csv_line([one, other]))
    assert list(map(cell_text, cells)) == [one, other]


@hypothesis.given(strategies.floats(allow_nan=False) | strategies.integers())
def test_numbers_stay_numbers(number):
    ((written,),) = _read(csv_line([number]))
    assert float(written) == float(number)


def _read(line):
    return [*csv.reader(io.StringIO(line, newline=""), strict=True)]
