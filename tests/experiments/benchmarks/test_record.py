import msgspec
import pytest

from experiments.benchmarks.record import Record, Row, comparison_text, table_text
from serjax.files import write_json
from serjax.json_files import read_json

FACTS = {"machine": {"cpu": "A", "cores": 2}, "revision": "abc", "date": "2026-11-22"}
STEP = Row("train", 100.0, "ms", 130.0, 1.0, 1.3, True, {"all": [1, 2]})
START = Row("second start", 12345.6, "s", bar=8, aim=3)
PLAIN = Row("extraction", 2.5, "s")


def row_of(text, name):
    (line,) = (line for line in text.splitlines() if name in line)
    return line.split()


def test_a_record_is_read_as_it_was_written(tmp_path):
    path, record = tmp_path / "record.json", Record(FACTS, [STEP, START])
    write_json(path, msgspec.to_builtins(record))
    assert read_json(path, Record) == record
    path.write_text('{"facts": {}, "rows": [{"what": "x"}]}')
    with pytest.raises(ValueError, match="record.json: rows.* lacks value"):
        read_json(path, Record)


def test_a_goal_is_of_the_speedup_or_of_the_value():
    reached = [it.reached for it in (STEP, START, PLAIN)]
    assert reached == ["aim", "missed", ""]
    assert Row("train", 100.0, "ms", 110.0, 1.0, 1.3, True).reached == "bar"
    assert Row("train", 100.0, "ms", 90.0, 1.0, 1.3, True).reached == "missed"
    assert Row("train", 100.0, "ms", None, 1.0, 1.3, True).reached == ""
    assert Row("growth", -0.5, "MB", bar=8).reached == "bar"
    with pytest.raises(ValueError, match="growth.*nan.*finite"):
        Row("growth", float("nan"), "MB")


def test_the_table_has_a_line_for_each_row_with_its_goals():
    text = table_text([STEP, START, PLAIN])
    assert text.split("\n")[0].split() == (
        "serjax twin unit speedup bar aim reached".split()
    )
    assert len(text.splitlines()) == 4
    assert row_of(text, "train") == "train 100 130 ms 1.3 >= 1 >= 1.3 aim".split()
    assert row_of(text, "start")[2:] == "12,346 - s - <= 8 <= 3 missed".split()
    assert row_of(text, "extraction") == "extraction 2.5 - s - - -".split()


def test_two_records_are_compared_row_by_row():
    faster = Row("train", 80.0, "ms", 120.0, 1.0, 1.3, True)
    new = Record({**FACTS, "revision": "def"}, [faster, Row("extraction", 9.0, "min")])
    text = comparison_text(Record(FACTS, [STEP, START, PLAIN]), new)
    assert row_of(text, "train") == "train 100 80 ms 0.8 1.3 1.5".split()
    assert row_of(text, "start")[2:] == "12,346 - s - - -".split()
    assert text.splitlines()[:2] == ["old: abc, 2026-11-22", "new: def, 2026-11-22"]
    # Other units are not compared.
    assert [it.split()[1:3] for it in text.splitlines() if "extraction" in it] == [
        ["2.5", "-"],
        ["-", "9"],
    ]
    assert "machines differ" not in text
    other = Record({**FACTS, "machine": "B"}, [])
    assert "machines differ" in comparison_text(new, other)
