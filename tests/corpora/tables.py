"""Manifests of the same rows in every format."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

KINDS = ("csv", "jsonl", "kaldi", "audformat")


def write_table(folder: Path, kind: str, rows: Sequence[tuple[str, str, str]]) -> str:
    """Write a table of rows `file, label, speaker`, all quoted in a CSV.

    Returns:
      The path that is given as the manifest; of a folder's kinds the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    match kind:
        case "csv":
            lines = ["file,label,speaker", *('"' + '","'.join(it) + '"' for it in rows)]
            path = folder / "m.csv"
            path.write_text("\n".join(lines))
        case "jsonl":
            keys = ("wav", "emo", "speaker")
            path = folder / "m.jsonl"
            lines = [json.dumps(dict(zip(keys, it, strict=True))) for it in rows]
            path.write_text("\n".join(lines))
        case "kaldi":
            path = folder
            names = ("wav.scp", "utt2emo", "utt2spk")
            for name, column in zip(names, zip(*rows, strict=True), strict=True):
                lines = [f"u{number} {it}" for number, it in enumerate(column)]
                (folder / name).write_text("\n".join(lines))
        case _:
            audformat = pytest.importorskip("audformat")
            path, db = folder, audformat.Database(folder.name)
            files, labels, speakers = zip(*rows, strict=True)
            db["emotion"] = audformat.Table(audformat.filewise_index(files))
            for column, values in {"emotion": labels, "speaker": speakers}.items():
                db.schemes[column] = audformat.Scheme("str")
                db["emotion"][column] = audformat.Column(scheme_id=column)
                db["emotion"][column].set(values)
            db.save(str(folder), storage_format="csv")
    return str(path)
