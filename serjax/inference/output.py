"""The table that predictions are written to, row by row, and gone on with.

Beside `x.csv` stand `x.csv.settings.json`, which tells what its rows are of, and
`x.skipped.csv`, which lists what was left out at the last start.
"""

import csv
import fcntl
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from serjax.corpora import Skip, Utterance
from serjax.errors import InUse
from serjax.files import cell_text, csv_line, write_json
from serjax.inference.stream import Answer
from serjax.json_files import read_json

Key = tuple[str, str, str]
"""File, start and end of a row, as they are written; '' for a whole file."""


class Output:
    """A CSV or JSONL file of predictions that rows are appended to; close it.

    Attributes:
      done: keys of the rows that are there.
      skips: the first that were written since it was opened.
      num_skipped: skips that were written since it was opened.
      skipped_path: where they are.

    Args:
      path: ends in .csv or .jsonl; its folder is made if need be.
      classes: the emotions.
      identity: all that the rows depend on, as JSON values.

    Raises:
      ValueError: another ending; or what is there is of something else.
      InUse: another process writes there.
    """

    def __init__(
        self, path: Path, classes: Sequence[str], identity: dict[str, Any]
    ) -> None:
        if path.suffix not in (".csv", ".jsonl"):
            raise ValueError(
                f"--out={path}: expected a name that ends in .csv or .jsonl."
            )
        self.path, self._classes = path, classes
        self._is_csv = path.suffix == ".csv"
        self.skipped_path = path.with_suffix(".skipped.csv")
        self.skips: list[Skip] = []  # the first of them
        self.num_skipped = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        settings = path.with_name(f"{path.name}.settings.json")
        self._file = path.open("a+b")
        try:
            _lock(self._file, path)
            content = self._whole_lines()
            there = _read_identity(path, settings) if content else identity
            self.done = self._read_keys(content)
            if self.done:
                _check_identity(path, there, identity)
            else:
                self._file.truncate(0)  # a head alone
                write_json(settings, identity)
        except BaseException:
            self._file.close()
            raise
        self.skipped_path.unlink(missing_ok=True)
        if self._is_csv and not self.done:
            scores = (f"score_{name}" for name in classes)
            self._append([csv_line(("file", "start", "end", "label", *scores))])

    def __enter__(self) -> "Output":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def has(self, utterance: Utterance) -> bool:
        """Whether a stretch's row is there; standard input is another each time."""
        return utterance.file != "-" and _key(utterance) in self.done

    def write(self, results: Iterable[Answer | Skip]) -> None:
        """Append rows, and list skips; what was given is in the files at the end."""
        results = list(results)
        answers = [it for it in results if isinstance(it, Answer)]
        self._append([self._line(it) for it in answers])
        self.done.update(_key(it.utterance) for it in answers)
        skips = [it for it in results if isinstance(it, Skip)]
        if skips:
            self.skips = self.skips or skips
            rows = [(it.file, it.reason) for it in skips]
            rows = rows if self.num_skipped else [("file", "reason"), *rows]
            with self.skipped_path.open("a", encoding="utf-8", newline="") as file:
                file.writelines(map(csv_line, rows))
            self.num_skipped += len(skips)

    def _append(self, lines: list[str]) -> None:
        self._file.write("".join(lines).encode())
        self._file.flush()

    def _line(self, answer: Answer) -> str:
        file, start, end = _key(answer.utterance)
        label = self._classes[int(answer.probabilities.argmax())]
        scores = answer.probabilities.tolist()
        if self._is_csv:
            return csv_line((file, start, end, label, *(f"{p:.6f}" for p in scores)))
        row = {
            "file": file,
            "start": float(start) if start else None,
            "end": float(end) if end else None,
            "label": label,
            "scores": {
                name: round(p, 6) for name, p in zip(self._classes, scores, strict=True)
            },
        }
        return json.dumps(row, ensure_ascii=False) + "\n"

    def _whole_lines(self) -> bytes:
        """What is there, without a last row that was torn, which is cut off."""
        self._file.seek(0)
        content = self._file.read()
        whole = content[: content.rfind(b"\n") + 1]
        # A name may hold a line end, in quotes.
        while self._is_csv and whole.count(b'"') % 2:
            whole = whole[: whole.rfind(b"\n", 0, -1) + 1]
        self._file.truncate(len(whole))
        return whole

    def _read_keys(self, content: bytes) -> set[Key]:
        try:
            text = content.decode()
            if self._is_csv:
                rows = csv.reader(io.StringIO(text, newline=""), strict=True)
                next(rows, None)
                return {(cell_text(row[0]), row[1], row[2]) for row in rows}
            found = map(json.loads, text.split("\n")[:-1])
            return {
                (row["file"], _text(row["start"]), _text(row["end"])) for row in found
            }
        except (ValueError, LookupError, TypeError, csv.Error) as error:
            raise ValueError(
                f"{self.path} is not as it was written: {error}. Choose another --out, "
                "or remove it."
            ) from error


def _key(utterance: Utterance) -> Key:
    if not utterance.is_segment:
        return utterance.file, "", ""
    return utterance.file, _text(utterance.start_s), _text(utterance.end_s)


def _text(seconds: float | None) -> str:
    return "" if seconds is None else str(float(seconds))


def _read_identity(path: Path, settings: Path) -> dict[str, Any]:
    try:
        return read_json(settings, dict[str, Any])
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{path} holds something, and {settings.name}, which would tell of which "
            "model, cannot be read. Choose another --out, or remove it."
        ) from error


def _check_identity(
    path: Path, there: dict[str, Any], identity: dict[str, Any]
) -> None:
    names = dict.fromkeys([*identity, *there])
    differences = [
        f"{name}={there.get(name)} there, {identity.get(name)} now"
        for name in names
        if there.get(name) != identity.get(name)
    ]
    if differences:
        raise ValueError(
            f"{path} holds rows of another prediction: {'; '.join(differences)}. "
            "Choose another --out, or remove it."
        )


def _lock(file: Any, path: Path) -> None:
    """Keep other processes from writing the file, until it is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InUse(
            f"{path} is being written by another process. Wait for its end, or choose "
            "another --out."
        ) from error
    except OSError:
        pass  # a file system without locks
