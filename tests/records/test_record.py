import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serjax.config import Config
from serjax.json_files import check_json
from serjax.records.failure import Failure
from serjax.records.folder import read_run, read_study
from serjax.records.metrics import read_metrics
from serjax.records.record import Record
from tests.made_records import make_result_record, make_run_config, make_study_record

RECORDS: dict[str, Record] = {
    "config.json": make_run_config(Config()),
    "result.json": make_result_record(),
    "study.json": make_study_record(),
    "failure.json": Failure(
        approach="reversal",
        attributes=["gender"],
        seed=1,
        error="train_loss is nan",
        epoch=None,
        not_finite=["train_loss"],
    ),
}
LEFT_OUT_IF_EMPTY = ("own_code", "methods", "jax", "threads", "training_classes")
# Keys that came later.
SINCE = {
    "result.json": (
        *("strengths_at_best", "strengths_last", "auc", "auc_last", "ua_even"),
        *("ua_even_last", "nll", "nll_last", "nll_prior"),
        *("ua_test_by_corpus", "ua_test_by_corpus_last"),
    ),
    "study.json": ("roles", "held_out", "family", "upper_bound"),
}
KINDS = {name: type(record) for name, record in RECORDS.items()}
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda its: st.lists(its) | st.dictionaries(st.text(), its),
    max_leaves=20,
)


@pytest.mark.parametrize("name", RECORDS)
def test_each_record_is_read_as_it_was_written(name, tmp_path):
    RECORDS[name].write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert KINDS[name].read(tmp_path) == RECORDS[name]
    written = json.loads((tmp_path / name).read_text())
    assert written == RECORDS[name].to_dict()
    # Of own code, settings of JAX, or threads, nothing stands there without any.
    fields = [it for it in KINDS[name].__struct_fields__ if it not in LEFT_OUT_IF_EMPTY]
    assert list(written) == fields


@pytest.mark.parametrize("name", RECORDS)
def test_keys_that_a_record_does_not_know_are_left_out(name):
    record = RECORDS[name].to_dict()
    found = check_json({"new": {}, **record, "newer": [None]}, KINDS[name], name)
    assert found == RECORDS[name]
    assert found.to_dict() == record


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_that_lacks_what_it_always_had_is_refused_by_the_key(name, tmp_path):
    record = RECORDS[name].to_dict()
    required = {*record} - {"status", "alpha", "not_finite"}
    required -= {*SINCE.get(name, ())}
    for key in required:
        lacking = {other: it for other, it in record.items() if other != key}
        (tmp_path / name).write_text(json.dumps(lacking))
        with pytest.raises(ValueError, match=f"^{tmp_path / name} lacks {key}$"):
            KINDS[name].read(tmp_path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"seed": -1}, "seed: expected a whole number >= 0"),
        ({"seed": 10**300}, "seed: expected a whole number <= 9007199254740992"),
        ({"alpha_last": float("inf")}, "alpha_last: expected a number <= 1e+300"),
        ({"classes": []}, "classes: expected a list of length >= 1"),
        ({"ua": {"valid": "x"}}, "ua[...]: expected a number or null, got a text"),
        ({"ua": {"valid": 1}}, "wa has other parts than ua"),
        ({"classes": ["a"]}, "recall has other classes than classes"),
        (
            {"confusion": {"valid": [[1]], "test": [[1]]}},
            "confusion has other rows or columns than classes",
        ),
    ],
)
def test_what_no_run_can_come_to_is_refused(changed, message):
    record = {**RECORDS["result.json"].to_dict(), **changed}
    with pytest.raises(ValueError) as caught:
        check_json(record, KINDS["result.json"], "result.json")
    assert str(caught.value) == f"result.json: {message}"


@given(value=JSON)
@pytest.mark.parametrize("name", RECORDS)
def test_any_json_is_refused_by_the_files_name(name, value):
    with pytest.raises(ValueError, match=f"^DIR/{name}"):
        check_json(value, KINDS[name], f"DIR/{name}")


@given(data=st.data())
@pytest.mark.parametrize("name", RECORDS)
def test_a_record_with_any_value_in_it_is_read_or_refused(name, data):
    record = RECORDS[name].to_dict()
    record[data.draw(st.sampled_from([*record]))] = data.draw(JSON)
    try:
        found = check_json(record, KINDS[name], f"DIR/{name}")
    except ValueError as error:
        assert str(error).startswith(f"DIR/{name}")
    else:
        again = json.loads(json.dumps(found.to_dict()))
        assert json.dumps(check_json(again, KINDS[name], name).to_dict()) == (
            json.dumps(found.to_dict())
        )


@given(content=st.binary() | JSON.map(lambda it: json.dumps(it).encode()))
@pytest.mark.parametrize("name", ["config.json", "metrics.jsonl", "study.json"])
def test_any_bytes_are_refused_by_the_files_name(name, content, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    (folder / name).write_bytes(content + b"\n")
    readers: Any = {"config.json": read_run, "study.json": read_study}
    try:
        with pytest.raises(ValueError, match=f"^{folder}/{name}"):
            readers.get(name, read_metrics)(folder)
    finally:
        (folder / name).unlink()
