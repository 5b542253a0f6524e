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
from serjax.corpora.texts import Row, read_lines, read_text

_COLUMNS = {"wav": "file", "dataset": "corpus", "emo": "label", "spk": "speaker"}
_COLUMNS |= {"lang": "language", "start_time": "start", "end_time": "end"}
_IGNORED = "key type sample_rate num_frame num_frames length task channel".split()
_SLIPS = {"boredem": "boredom"}
"""Labels that its list of Emo-DB has wrong."""

_FOLD = re.compile(r".*_(train|valid|test)_fold_?\d+")
_STM = re.compile(r"<id=([^<>\n]*)>")


def read_emobox(path: Path, is_labelled: bool = True) -> list[Row]:
    """Read an EmoBox .jsonl; a fold's file (`*_train_fold_1.jsonl`) is one part.

    If it is not `is_labelled`, `file` does for `wav`, and no `emo` need be there.
    """
    speakers = _read_speakers(path)
    fold = _FOLD.fullmatch(path.stem)
    rows = []
    for where, line in read_lines(path):
        record = _read_line(line, where, is_labelled)
        cells = {"speaker": speakers.get(composed(str(record.get("key"))), "")}
        cells |= {"split": fold[1]} if fold else {}
        cells |= _cells(record, where)
        if is_labelled:
            check_columns(tuple(cells), where)
        rows.append(Row(where, cells))
    if not rows:
        raise ValueError(
            f"{path} lists nothing: expected a line of JSON per recording."
        )
    return rows


def _read_line(line: str, where: str, is_labelled: bool) -> dict[str, Any]:
    try:
        record = json.loads(line, object_pairs_hook=_refuse_twins)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where} is not JSON: {error}.") from error
    named = isinstance(record, dict) and {"wav", "file"} & set(record)
    if is_labelled and not (named and {"wav", "emo"} <= set(record)):
        raise ValueError(f"{where}: expected an object with wav and emo, as EmoBox's.")
    if not named:
        raise ValueError(f"{where}: expected an object with wav, as EmoBox's, or file.")
    if record.get("type", "raw") != "raw":
        raise ValueError(
            f"{where}: type {record['type']!r}; expected raw: features are no audio."
        )
    return record


def _cells(record: dict[str, Any], where: str) -> dict[str, str]:
    """What a line says of its recording, by the columns of a CSV manifest."""
    cells: dict[str, str] = {}
    for key, value in record.items():
        column = _COLUMNS.get(key, key.lower())
        if column in cells:
            raise ValueError(f"{where}: {column} is given twice; expected it once.")
        if isinstance(value, dict | list):
            raise ValueError(f"{where}: {key} holds several values; expected one.")
        if key not in _IGNORED:
            cells[column] = "" if value is None else str(value)
    if label := cells.get("label"):
        cells["label"] = _SLIPS.get(label, label)
    return cells


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
