"""What a benchmark leaves: JSON, a table, and the comparison of two revisions."""

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.benchmarks.row import Row
from serjax.files import replacing

FORMAT = "serjax benchmark 1"

_COLUMNS = {
    "section": "<",
    "what": "<",
    "serjax": ">",
    "twin": ">",
    "unit": "<",
    "speedup": ">",
    "bar": ">",
    "aim": ">",
    "reached": "<",
}
_NEEDED = ("section", "what", "value", "unit", "twin", "speedup", "bar", "aim")


def make_record(rows: Sequence[Row], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Put rows and the facts about them into what JSON can hold.

    Args:
      rows: of all sections measured.
      facts: of machine, versions, revision, date and command.

    Returns:
      `format`, `facts` and `rows`, each row with its `speedup` and `reached`. A number
      in details that is not finite becomes None.

    Raises:
      ValueError: a row's figure is not finite, or two rows have one name.
    """
    names = [(row.section, row.what) for row in rows]
    for row in rows:
        if names.count((row.section, row.what)) > 1:
            raise ValueError(f"Two rows are {row.section!r}, {row.what!r}.")
        if not math.isfinite(row.value) or not math.isfinite(row.twin or 0):
            raise ValueError(
                f"Row {row.section!r}, {row.what!r} has value {row.value} and twin "
                f"{row.twin}; expected finite numbers."
            )
    extra = [{"speedup": row.speedup, "reached": row.reached} for row in rows]
    plain = [
        dataclasses.asdict(row) | more for row, more in zip(rows, extra, strict=True)
    ]
    return {"format": FORMAT, "facts": _plain(facts), "rows": _plain(plain)}


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write a record as JSON, whole or not at all."""
    text = json.dumps(record, indent=1, allow_nan=False, ensure_ascii=False)
    with replacing(path) as temporary:
        temporary.write_text(f"{text}\n", encoding="utf-8")


def read_record(path: Path) -> dict[str, Any]:
    """Read a record back.

    Raises:
      ValueError: the file is not there, or holds something else.
    """

    def refuse(fault: str) -> ValueError:
        return ValueError(
            f"{path} {fault}; expected a record that experiments.benchmark wrote."
        )

    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise refuse(f"cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise refuse(f"is not JSON: {error}") from error
    if not isinstance(record, dict) or "format" not in record:
        raise refuse("is not a record")
    if record["format"] != FORMAT:
        raise refuse(f"has format {record['format']!r}, not {FORMAT!r}")
    rows, facts = record.get("rows"), record.get("facts")
    if not isinstance(facts, dict) or not isinstance(rows, list):
        raise refuse("has no facts or no rows")
    for number, row in enumerate(rows):
        lacking = [n for n in _NEEDED if not isinstance(row, dict) or n not in row]
        if lacking:
            raise refuse(f"has a row, number {number}, without {', '.join(lacking)}")
        if not isinstance(row["value"], int | float):
            raise refuse(f"has a row, number {number}, with value {row['value']!r}")
    return record


def table_text(record: Mapping[str, Any]) -> str:
    """Text of all rows, a line for each, in aligned columns."""
    lines = [
        {
            "section": row["section"],
            "what": row["what"],
            "serjax": _number(row["value"]),
            "twin": _number(row["twin"]),
            "unit": row["unit"],
            "speedup": _number(row["speedup"]),
            "bar": _goal(row, "bar"),
            "aim": _goal(row, "aim"),
            "reached": row["reached"],
        }
        for row in record["rows"]
    ]
    return _aligned(_COLUMNS, lines)


def comparison_text(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Text of two records side by side, a line for each row that both have.

    Ratios are new / old. Of rows with a twin the speedups stand there as well: the twin
    was measured in the same run, so that they hold even where machines differ.
    """
    before, after = (
        {(r["section"], r["what"]): r for r in x["rows"]} for x in (old, new)
    )
    lines = [
        {
            "section": name[0],
            "what": name[1],
            "old": _number(before[name]["value"]),
            "new": _number(row["value"]),
            "unit": row["unit"],
            "new/old": _ratio(row["value"], before[name]["value"]),
            "speedup old": _number(before[name]["speedup"]),
            "speedup new": _number(row["speedup"]),
        }
        for name, row in after.items()
        if name in before and before[name]["unit"] == row["unit"]
    ]
    columns = {name: _COLUMNS.get(name, ">") for name in lines[0]} if lines else {}
    machines = [x["facts"].get("machine") for x in (old, new)]
    text = [f"old: {_origin(old)}", f"new: {_origin(new)}"]
    if machines[0] != machines[1]:
        text += [
            "The machines differ: only the speedups over the twin can be compared.",
            *(
                f"  {n}: {_inline(m)}"
                for n, m in zip(("old", "new"), machines, strict=True)
            ),
        ]
    text += ["", _aligned(columns, lines) if lines else "No row is in both."]
    for age, these, others in (("old", before, after), ("new", after, before)):
        alone = [
            name
            for name, row in these.items()
            if name not in others or others[name]["unit"] != row["unit"]
        ]
        if alone:
            text += ["", f"Only in the {age} one:"]
            text += [f"  {section}: {what}" for section, what in alone]
    return "\n".join(text)


def _plain(value: Any) -> Any:
    """The same in dicts, lists, strings and numbers that JSON has."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple | set | range):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, bool | int | None) else str(value)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _ratio(new: float, old: float) -> str:
    return f"{new / old:.3f}" if old else "-"


def _goal(row: Mapping[str, Any], name: str) -> str:
    if row[name] is None:
        return "-"
    return f"{'>=' if row.get('judged') == 'speedup' else '<='} {_number(row[name])}"


def _origin(record: Mapping[str, Any]) -> str:
    facts = record["facts"]
    return ", ".join(_inline(facts.get(name, "?")) for name in ("revision", "date"))


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_inline(item)}" for name, item in value.items())
    return str(value)


def _aligned(columns: Mapping[str, str], lines: Sequence[Mapping[str, str]]) -> str:
    """Lay out lines under their columns; '<' and '>' say to which side."""
    header = {name: name for name in columns}
    widths = {n: max(len(line[n]) for line in (header, *lines)) for n in columns}
    rule = "-" * (sum(widths.values()) + 2 * (len(widths) - 1))
    texts = [
        "  ".join(
            f"{line[n]:{side}{widths[n]}}" for n, side in columns.items()
        ).rstrip()
        for line in (header, *lines)
    ]
    return "\n".join([texts[0], rule, *texts[1:]])
