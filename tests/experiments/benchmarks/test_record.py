import json

import numpy as np
import pytest

from experiments.benchmarks.record import (
    comparison_text,
    make_record,
    read_record,
    table_text,
    write_record,
)
from experiments.benchmarks.row import Row

FACTS = {"machine": {"cpu": "A", "cores": 2}, "revision": "abc", "date": "2026-11-22"}
STEP = Row("step", "train", 100.0, "ms", 130.0, 1.0, 1.3, "speedup", {"all": (1, 2)})
START = Row("programs", "second start", 12345.6, "s", bar=8, aim=3)
PLAIN = Row("features", "extraction", 2.5, "s")


def row_of(text, name):
    (line,) = (line for line in text.splitlines() if name in line)
    return line.split()


def test_a_record_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "new folder" / "record.json"
    record = make_record([STEP, START], FACTS)
    write_record(path, record)
    assert read_record(path) == record
    assert record["facts"] == FACTS
    assert record["rows"][0]["speedup"] == 1.3
    assert record["rows"][0]["details"] == {"all": [1, 2]}
    assert [row["reached"] for row in record["rows"]] == ["aim", "missed"]


def test_details_of_any_kind_become_json(tmp_path):
    details = {
        8: np.float32(0.5),
        "array": np.arange(3),
        "folder": tmp_path,
        "shape": ((1, 2), range(2)),
        "unbounded": float("inf"),
        "nothing": None,
        "yes": True,
    }
    record = make_record([Row("a", "b", 1.0, "s", details=details)], {})
    assert record["rows"][0]["details"] == {
        "8": 0.5,
        "array": [0, 1, 2],
        "folder": str(tmp_path),
        "shape": [[1, 2], [0, 1]],
        "unbounded": None,
        "nothing": None,
        "yes": True,
    }
    json.dumps(record, allow_nan=False)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([Row("a", "b", float("nan"), "s")], "'a', 'b' has value nan"),
        ([Row("a", "b", 1.0, "s", float("inf"))], "twin inf"),
        ([PLAIN, PLAIN], "Two rows are 'features', 'extraction'"),
    ],
)
def test_a_figure_that_cannot_be_compared_is_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        make_record(rows, {})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        ("{", "is not JSON"),
        ("[]", "is not a record"),
        ('{"settings": {}}', "is not a record"),
        ('{"format": "serjax benchmark 99"}', "format 'serjax benchmark 99'"),
        ('{"format": "serjax benchmark 1", "rows": []}', "no facts or no rows"),
        (
            '{"format": "serjax benchmark 1", "facts": {}, "rows": [{"what": "x"}]}',
            "row, number 0, without section, value",
        ),
        (b"\xff\xfe", "is not JSON"),
    ],
)
def test_a_file_that_is_no_record_is_refused(tmp_path, content, message):
    path = tmp_path / "record.json"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=message) as error:
        read_record(path)
    assert str(path) in str(error.value)


def test_the_table_has_a_line_for_each_row_with_its_goals():
    text = table_text(make_record([STEP, START, PLAIN], FACTS))
    header, rule, *lines = text.splitlines()
    assert header.split() == (
        "section what serjax twin unit speedup bar aim reached".split()
    )
    assert set(rule) == {"-"}
    assert len(lines) == 3
    assert row_of(text, "step") == "step train 100 130 ms 1.3 >= 1 >= 1.3 aim".split()
    assert row_of(text, "start")[3:] == "12,346 - s - <= 8 <= 3 missed".split()
    assert row_of(text, "extraction") == "features extraction 2.5 - s - - -".split()


def test_two_revisions_are_compared_row_by_row():
    faster = Row("step", "train", 80.0, "ms", 120.0, 1.0, 1.3, "speedup")
    old = make_record([STEP, START, PLAIN], FACTS)
    new = make_record([faster, PLAIN], {**FACTS, "revision": "def"})
    text = comparison_text(old, new)
    assert row_of(text, "train") == "step train 100 80 ms 0.800 1.3 1.5".split()
    assert row_of(text, "extraction") == (
        "features extraction 2.5 2.5 s 1.000 - -".split()
    )
    assert "old: abc, 2026-11-22" in text
    assert "new: def, 2026-11-22" in text
    assert "machines differ" not in text
    assert text.endswith("Only in the old one:\n  programs: second start")


def test_a_comparison_says_that_the_machines_differ():
    other = {**FACTS, "machine": {"cpu": "B", "cores": 2}}
    text = comparison_text(make_record([STEP], FACTS), make_record([STEP], other))
    assert "machines differ" in text
    assert "old: cpu A, cores 2" in text
    assert "new: cpu B, cores 2" in text


def test_rows_in_other_units_are_not_compared():
    seconds = Row("step", "train", 0.1, "s")
    text = comparison_text(make_record([STEP], FACTS), make_record([seconds], FACTS))
    assert "No row is in both." in text
    assert "Only in the old one:\n  step: train" in text
    assert "Only in the new one:\n  step: train" in text
