"""JSON read as typed values; what is wrong with it in plain words.

msgspec checks types. The text itself is read by Python's json: a folder's name that is
no UTF-8 stands in settings as lone surrogates, which msgspec's own reader refuses.
"""

import json
import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_decode = json.JSONDecoder(parse_constant=lambda _: None).decode
_WORDS = {"bool": "true or false", "int": "a whole number", "float": "a number"}
_WORDS |= {"str": "a text", "array": "a list", "object": "an object"}


def read_json(path: Path, kind: type[T]) -> T:
    """Read a JSON file as a value of some type.

    Raises:
      OSError: it is not there, or cannot be read.
      ValueError: it is no JSON, or of another type; with file, place, expectation.
    """
    return check_json(parse_json(path.read_bytes(), path), kind, path)


def parse_json(content: bytes, where: Path | str) -> Any:
    """Read a JSON text; NaN and infinity, which older runs wrote, count as null."""
    try:
        return _decode(content.decode())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where} is no JSON: {error}") from error


def check_json(value: Any, kind: type[T], where: Path | str, strict: bool = True) -> T:
    """Make a JSON value one of some type, or refuse it with `where` it stands.

    If it is not `strict`, texts are read as numbers and truth values, too.
    """
    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        # As in "Expected `int | null`, got `str` - at `$.data.parts[...].speakers`".
        text, _, place = str(error).partition(" - at `$")
        at = f"{where}: {place.strip('.`')}" if place else str(where)
        if lacks := re.fullmatch(r"Object missing required field `(\w+)`", text):
            raise ValueError(f"{at} lacks {lacks[1]}") from error
        told = re.sub("`(.+?)`", _in_words, text[:1].lower() + text[1:])
        raise ValueError(f"{at}: {told}") from error


def _in_words(types: re.Match[str]) -> str:
    return " or ".join(_WORDS.get(it, it) for it in types[1].split(" | "))
