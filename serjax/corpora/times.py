"""Times of a table's rows: the columns that hold them, and how they are written."""

import functools
import math
import re
from collections.abc import Mapping

Times = tuple[float, float | None]
"""Start and end in seconds; None is the end of the file."""

_ROLES = {
    **dict.fromkeys(("start", "begin", "onset", "tmin", "xmin"), "start"),
    **dict.fromkeys(("end", "stop", "finish", "tmax", "xmax"), "end"),
    **dict.fromkeys(("duration", "dur", "length"), "duration"),
    "offset": "offset",
}
_UNIT = r"(?:(?P<ms>ms|msecs?|milliseconds?)|s|secs?|seconds?)"
# `start`, `t_end`, `segment_start`, `end_time`, `onset_ms`, `start_time_(s)`.
_COLUMN = re.compile(
    rf"(?:(?:t|time|seg|segment|utt|utterance|clip)_)?(?P<word>{'|'.join(_ROLES)})(?:_?time)?"
    rf"(?:_?(?:in_)?[(\[]?(?:{_UNIT}|(?P<count>samples?|frames?))[)\]]?)?"
)
# `1.5`, `1.5 s`, `1500 ms`.
_NUMBER = re.compile(
    rf"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?P<unit> ?{_UNIT})?",
    re.ASCII | re.IGNORECASE,
)
# `0 days 00:00:01.5` is pandas's, `00:00:01,500` that of subtitles.
_CLOCK = re.compile(
    r"(?:(\d+) days?)?(?: ?(?:(\d+):)?(\d{1,2}):([0-5]?\d(?:[.,]\d+)?))?", re.ASCII
)


@functools.lru_cache
def time_columns(columns: tuple[str, ...]) -> dict[str, str]:
    """Find the columns of times: `start`, `end`, `duration` -> column.

    One that is named `start` or `end` is taken, whichever others there are. A duration
    is one of them only where it tells the end.

    Raises:
      ValueError: two may be the same, or one counts samples; with the reason alone.
    """
    held: dict[str, list[str]] = {}
    for name in columns:
        if match := _COLUMN.fullmatch(name):
            held.setdefault(_ROLES[match["word"]], []).append(name)
    if offsets := held.pop("offset", []):
        # An offset ends with an onset, begins with a duration, and alone may be either.
        role = "end" if "start" in held else "start" if held else "start or end"
        held[role] = [*held.get(role, ()), *offsets]
    if "start" not in held or "end" in held:
        held.pop("duration", None)
    found: dict[str, str] = {}
    for role, names in held.items():
        found[role] = role if role in names else names[0]
        is_told = role in names or (len(names) == 1 and role != "start or end")
        match = _COLUMN.fullmatch(found[role])
        if not is_told or (match and match["count"]):
            raise ValueError(
                f"the {role} cannot be told from {', '.join(names)}. Name the column "
                f"that holds it, in seconds, {role}; name other columns otherwise."
            )
    return found


def read_times(cells: Mapping[str, str]) -> Times | None:
    """Read a row's start and end; None if they are no stretch of a recording.

    Raises:
      ValueError: a text that is no time; with the reason alone.
    """
    seconds = {
        role: _seconds(column, cells[column])
        for role, column in time_columns(tuple(cells)).items()
        if cells[column]
    }
    start_s, end_s = seconds.get("start", 0.0), seconds.get("end")
    if "start" in seconds and "duration" in seconds:
        end_s = round(start_s + seconds["duration"], 9)
    last_s = math.inf if end_s is None else end_s
    return (start_s, end_s) if 0 <= start_s < last_s and end_s != math.inf else None


def _seconds(column: str, text: str) -> float:
    named = _COLUMN.fullmatch(column)
    if match := _NUMBER.fullmatch(text):
        told = match if match["unit"] else named
        return float(match["number"]) / (1000 if told and told["ms"] else 1)
    if match := _CLOCK.fullmatch(text):
        parts = (float(part.replace(",", ".")) for part in match.groups("0"))
        days, hours, minutes, seconds = parts
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    raise ValueError(
        f"{column} {text!r}; expected seconds, as 62.5, or a time, as 0:01:02.5."
    )
