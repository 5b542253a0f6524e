import json

import msgspec
import pytest

from serjax.json_files import check_json, parse_json, read_json


class _Part(msgspec.Struct):
    speakers: int


class _File(msgspec.Struct):
    epochs: int = 1
    alpha: float = 0.5
    seed: int | None = None
    names: list[str] = []
    parts: dict[str, _Part] = {}

    def __post_init__(self):
        if self.epochs == 7:
            raise ValueError("epochs is unlucky")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"epochs": "4"}', ": epochs: expected a whole number, got a text"),
        ('{"epochs": 4.0}', ": epochs: expected a whole number, got a number"),
        ('{"epochs": true}', ": epochs: expected a whole number, got true or false"),
        ('{"epochs": null}', ": epochs: expected a whole number, got null"),
        ('{"epochs": 7}', ": epochs is unlucky"),
        ('{"seed": []}', ": seed: expected a whole number or null, got a list"),
        ('{"names": {}}', ": names: expected a list, got an object"),
        ('{"names": [0]}', r": names\[0\]: expected a text, got a whole number"),
        ('{"parts": {"a": {}}}', r": parts\[...\] lacks speakers"),
        ('{"alpha": 1e999}', None),
        ('{"alpha": NaN}', ": alpha: expected a number, got null"),
        (f'{{"alpha": 1{"0" * 400}}}', ": alpha: number out of range"),
        ("[1]", ": expected an object, got a list"),
        ("null", ": expected an object, got null"),
        ("", " is no JSON: Expecting value"),
        ('{"a": 1', " is no JSON: Expecting ',' delimiter"),
        ("[" * 100_000, " is no JSON: maximum recursion depth"),
        ('{"epochs": ' + "9" * 5000 + "}", " is no JSON: Exceeds the limit"),
    ],
)
def test_what_is_wrong_is_told_with_file_place_and_expectation(
    content, message, tmp_path
):
    path = tmp_path / "a.json"
    path.write_text(content)
    if message is None:
        assert read_json(path, _File).alpha == float("inf")
        return
    with pytest.raises(ValueError, match=f"^{path}{message}"):
        read_json(path, _File)


def test_bytes_that_are_no_utf_8_are_no_json():
    with pytest.raises(ValueError, match="^here is no JSON: 'utf-8' codec can't"):
        parse_json(b'{"a": "\xff"}', "here")


def test_lone_surrogates_are_read_as_python_writes_them():
    text = json.dumps({"names": ["d\udce4ta"]})
    found = check_json(parse_json(text.encode(), "here"), _File, "here")
    assert found.names == ["d\udce4ta"]


def test_nothing_that_is_told_quotes_what_a_file_holds():
    with pytest.raises(ValueError) as caught:
        check_json({"epochs": ["\x1b[2J" * 999]}, _File, "here")
    assert str(caught.value) == "here: epochs: expected a whole number, got a list"
