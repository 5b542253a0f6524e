"""EmoBox's metadata: a line of JSON per recording (github.com/emo-box/EmoBox).

A line has `key`, `dataset`, `wav` (`downloads/emodb/wav/03a01Wa.wav`, relative to the
EmoBox folder), `emo`, and facts of the audio; `start_time` and `end_time` where a
recording holds several. Speakers stand in `data.seg.wrd.stm` beside it, or one folder
up; the language there is `en` for every corpus, and so is not taken. A line may also
name `speaker`, `gender`, `language` and further attributes itself.
"""

import json
import re
from pathlib import Path
from typing import Any

from serjax.corpora.columns import check_columns
from serjax.corpora.disk_names import composed
from serjax.corpora.rows import Row
from serjax.corpora.sources import read_text, shown_manifest

_COLUMNS = {
    "wav": "file",
    "dataset": "corpus",
    "emo": "label",
    "start_time": "start",
    "end_time": "end",
    "spk": "speaker",
    "lang": "language",
}
_IGNORED = "key type sample_rate num_frame num_frames length task channel".split()
_SLIPS = {"boredem": "boredom"}
"""Labels that its list of Emo-DB has wrong."""

_FOLD = re.compile(r".*_(train|valid|test)_fold_?\d+")
_STM = re.compile(r"<id=([^<>\n]*)>")


def read_emobox(path: Path) -> list[Row]:
    """Read an EmoBox .jsonl; a fold's file (`*_train_fold_1.jsonl`) is one part."""
    speakers = _read_speakers(path)
    fold = _FOLD.fullmatch(path.stem)
    rows = []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        where = f"{shown_manifest(path)} line {number}"
        record = _read_line(line, where)
        cells = {"speaker": speakers.get(composed(str(record.get("key"))), "")}
        cells |= {"split": fold[1]} if fold else {}
        for key, value in record.items():
            if key not in _IGNORED:
                cells[_column(key)] = "" if value is None else str(value)
        check_columns(tuple(cells), where)
        cells["label"] = _SLIPS.get(cells["label"], cells["label"])
        rows.append(Row(where, cells))
    if not rows:
        raise ValueError(
            f"{path} lists nothing: expected a line of JSON per recording."
        )
    return rows


def _read_line(line: str, where: str) -> dict[str, Any]:
    try:
        record = json.loads(line, object_pairs_hook=_refuse_twins)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where} is not JSON: {error}.") from error
    if not isinstance(record, dict) or not {"wav", "emo"} <= set(record):
        raise ValueError(f"{where}: expected an object with wav and emo, as EmoBox's.")
    if record.get("type", "raw") != "raw":
        raise ValueError(
            f"{where}: type {record['type']!r}; expected raw: features are no audio."
        )
    columns = [_column(key) for key in record if key not in _IGNORED]
    for column in columns:
        if columns.count(column) > 1:
            raise ValueError(f"{where}: {column} is given twice; expected it once.")
    for key, value in record.items():
        if isinstance(value, dict | list):
            raise ValueError(f"{where}: {key} holds several values; expected one.")
    return record


def _column(key: str) -> str:
    return _COLUMNS.get(key, key.lower())


def _refuse_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("it gives a key twice")
    return record


def _read_speakers(path: Path) -> dict[str, str]:
    """Key of a recording -> its speaker, where EmoBox's transcripts are."""
    for folder in (path.parent, path.parent.parent):
        stm = folder / "data.seg.wrd.stm"
        if stm.is_file():
            return dict(map(_key_and_speaker, _STM.findall(read_text(stm))))
    return {}


def _key_and_speaker(text: str) -> tuple[str, str]:
    """`a,lang=en,spk=b,emotion=c` -> a, b; either may hold a comma."""
    head, _, _ = text.rpartition(",emotion=")
    head, _, speaker = head.rpartition(",spk=")
    return composed(head.rpartition(",lang=")[0]), speaker
