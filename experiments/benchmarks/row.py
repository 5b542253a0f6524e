"""One measured figure: what all sections return, and the record and table hold."""

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Row:
    """One measured figure, with its twin's beside it where there is one.

    Attributes:
      section: module that measured it: 'step', 'epoch' ...
      what: what was measured, in words that are unique within the section.
      value: serjax's figure.
      unit: of `value` and `twin`: 'ms', 's', 'MB', 'frames computed / valid' ...
      twin: PyTorch's (or librosa's) figure, in the same run; None without one.
      bar: what must be reached; None where nothing was asked.
      aim: what would be better still.
      judged: which number is held against bar and aim: 'speedup' (twin / value, at
        least) or 'value' (at most).
      details: whatever else a reader of the JSON may want: spread, repeats, rates.
    """

    section: str
    what: str
    value: float
    unit: str
    twin: float | None = None
    bar: float | None = None
    aim: float | None = None
    judged: str = "value"
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def speedup(self) -> float | None:
        """How many times faster than the twin; None without one."""
        return None if self.twin is None else self.twin / self.value

    @property
    def reached(self) -> str:
        """'aim', 'bar' or 'missed'; '' where nothing was asked."""
        if self.bar is None:
            return ""
        for name, goal in (("aim", self.aim), ("bar", self.bar)):
            if goal is None:
                continue
            if self.judged == "speedup":
                if self.speedup is not None and self.speedup >= goal:
                    return name
            elif self.value <= goal:
                return name
        return "missed"
