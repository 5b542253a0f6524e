"""What the paper prints: its tables, and the numbers in its text."""

import dataclasses
import functools
import importlib.resources
import tomllib

from serjax.methods import BASELINE, METHODS, PAPER_APPROACHES

ABBREVIATIONS = {BASELINE: BASELINE}
ABBREVIATIONS |= {name: METHODS[name].symbol for name in PAPER_APPROACHES[1:]}
"""The paper's names of the approaches, in its order."""


@dataclasses.dataclass(frozen=True)
class Printed:
    """A number that the paper prints, of a single run.

    Attributes:
      source: the table or section that it is from.
      part: `tess`, `crema-d`, or `test` for its in-domain test set.
      approach: one of `ABBREVIATIONS`.
      set_name: the attributes, `C+S`; `-` for the baseline's none.
      ua: in percent.
      bold: whether it is printed in bold: as better than the baseline.
      note: what else the paper says of it.
    """

    source: str
    part: str
    approach: str
    set_name: str
    ua: float
    bold: bool
    note: str = ""


@dataclasses.dataclass(frozen=True)
class Paper:
    """The paper's results.

    Attributes:
      numbers: (part, approach, set name) -> what it prints, in its order.
      reversal_beats_both: the sets with which, so its Sec. 5, reversal beats the
        baseline on both unseen corpora.
    """

    citation: str
    classes: tuple[str, ...]
    numbers: dict[tuple[str, str, str], Printed]
    reversal_beats_both: tuple[str, ...]

    @property
    def unseen(self) -> tuple[str, ...]:
        """Its unseen corpora."""
        parts = dict.fromkeys(printed.part for printed in self.numbers.values())
        return tuple(part for part in parts if part != "test")

    def sets(self, source: str) -> tuple[str, ...]:
        """The attribute sets of `Table 2` or `Table 3`, in the order of its columns."""
        printed = (it for it in self.numbers.values() if it.source == source)
        return tuple(dict.fromkeys(it.set_name for it in printed))

    @property
    def inconsistent(self) -> tuple[Printed, ...]:
        """Numbers of the tables whose bold is not what the baseline makes of them."""
        return tuple(
            it
            for it in self.numbers.values()
            if it.source.startswith("Table")
            and it.bold != (it.ua > self.numbers[it.part, "baseline", "-"].ua)
        )


@functools.cache
def read_paper() -> Paper:
    """Read `paper.toml`."""
    package = importlib.resources.files("serjax.analysis")
    content = tomllib.loads(package.joinpath("paper.toml").read_text("utf-8"))
    numbers = {}
    for row in content["row"]:
        uas, bold = row.pop("ua"), row.pop("bold", ())
        for name, ua in uas.items():
            it = Printed(**row, set_name=name, ua=ua, bold=name in bold)
            numbers[it.part, it.approach, name] = it
    sets = tuple(content["reversal_beats_both"])
    return Paper(content["citation"], tuple(content["classes"]), numbers, sets)
