"""A study's files of anybody's making: read, told as broken, or refused in words."""

import json
import pickle
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serjax.records.folder import read_study
from serjax.reporting.report import report
from tests.study_files import write_study

FILES = ("config.json", "result.json", "metrics.jsonl", "predictions.csv")
OTHERS = st.sampled_from(
    [None, True, -1, 10**300, 0.5, float("nan"), "", "=x", "<script>", [], {}, [[]]]
)
unpickled = []
sys.addaudithook(
    lambda event, _: unpickled.append(event) if event == "pickle.find_class" else None
)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    return write_study(
        folder, approaches=["multitask"], attribute_sets=[["corpus"]], seeds=[0]
    )


def _places(value, at=()):
    """Ways to every value within a JSON value."""
    yield at
    pairs = value.items() if isinstance(value, dict) else ()
    pairs = enumerate(value) if isinstance(value, list) else pairs
    for key, item in pairs:
        yield from _places(item, (*at, key))


def _changed(data, text):
    """A file with a byte flipped, cut short, or with a value that is another's."""
    way = data.draw(st.integers(0, 3))
    content = text.encode()
    at = data.draw(st.integers(0, len(content) - 1))
    if way == 0:
        flip = bytes([content[at] ^ data.draw(st.integers(1, 255))])
        return content[:at] + flip + content[at + 1 :]
    if way == 1:
        return content[:at]
    if way == 2 or not text.startswith("{"):
        return b"[" * 100_000
    record, _ = json.JSONDecoder().raw_decode(text)  # of metrics, the first line
    *way, last = data.draw(st.sampled_from([it for it in _places(record) if it]))
    inner = record
    for key in way:
        inner = inner[key]
    inner[last] = data.draw(OTHERS)
    return json.dumps(record).encode() + b"\n"


def _read(study, name, content):
    path = study / name
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        return read_study(study)
    except ValueError as error:
        assert name in str(error) and len(str(error)) > 20
        return None
    finally:
        path.write_bytes(before)


@given(data=st.data(), name=st.sampled_from(FILES))
def test_a_file_of_a_run_is_read_or_breaks_its_run_alone(study, data, name):
    unpickled.clear()
    name = f"runs/baseline-seed0/{name}"
    found = _read(study, name, _changed(data, (study / name).read_text()))
    assert found is not None
    assert [run.status for run in found.runs if run.name != "baseline-seed0"] == [
        "finished"
    ]
    (run,) = [run for run in found.runs if run.name == "baseline-seed0"]
    assert run.status != "broken" or len(run.error) > 8
    assert unpickled == []


@given(data=st.data())
def test_a_study_json_is_read_or_refused_by_its_name(study, data):
    text = (study / "study.json").read_text()
    _read(study, "study.json", _changed(data, text))


@given(at=st.integers(0, 10**9), bit=st.integers(0, 7))
def test_embeddings_with_a_bit_flipped_break_their_run_or_are_the_same(study, at, bit):
    name = "runs/baseline-seed0/embeddings.npz"
    content = bytearray((study / name).read_bytes())
    whole = read_study(study).runs[0].embeddings
    content[at % len(content)] ^= 1 << bit
    path = study / name
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        run = read_study(study).runs[0]
        if run.status == "finished":
            # In the names, or in what zip keeps of dates.
            np.testing.assert_array_equal(run.embeddings.best, whole.best)
            np.testing.assert_array_equal(run.embeddings.last, whole.last)
    finally:
        path.write_bytes(before)


class _Harm:
    def __reduce__(self):
        return print, ("harm",)


def test_a_pickle_in_embeddings_is_refused_and_not_loaded(study, capfd):
    path = study / "runs/baseline-seed0/embeddings.npz"
    before = path.read_bytes()
    unpickled.clear()
    with np.load(path) as arrays:
        kept = dict(arrays)
    try:
        for name in ("embeddings", "embeddings_last"):
            np.savez(path, **{**kept, name: np.array([_Harm()], object)})
            (run, *_) = read_study(study).runs
            assert run.status == "broken"
        path.write_bytes(pickle.dumps(_Harm()))
        assert read_study(study).runs[0].status == "broken"
    finally:
        path.write_bytes(before)
    assert unpickled == []
    assert "harm" not in capfd.readouterr().out
    pickle.loads(pickle.dumps(_Harm()))
    assert unpickled.pop() == "pickle.find_class"  # the hook sees one


def test_a_run_whose_result_lacks_a_number_is_broken_in_the_report(study):
    path = study / "runs/baseline-seed0/result.json"
    before = path.read_text()
    path.write_text(before.replace('"alpha_last"', '"alpha_lasu"'))
    try:
        page = report(study).read_text()
        assert "baseline-seed0" in page
        assert "result.json lacks alpha_last" in page
    finally:
        path.write_text(before)
