"""What a report is made of. Every section is built of these, and knows no HTML."""

import dataclasses
from collections.abc import Mapping, Sequence


@dataclasses.dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes:
      text: as it is read: `54.7 ± 1.2`, `reversal`, `-`.
      value: the number to sort by and to write into the CSV; None where it is a word.
      bold: above the baseline; this in all tables, and the caption says so.
      interval: lower and upper end that belong to the value; columns of their own in
        the CSV, `<column> low` and `<column> high`.
    """

    text: str
    value: float | None = None
    bold: bool = False
    interval: tuple[float, float] | None = None


@dataclasses.dataclass(frozen=True)
class Table:
    """A table: on the page sortable by each column, and as Markdown, CSV and LaTeX.

    Attributes:
      name: file name without suffix, and anchor: `table-2`.
      caption: sentences that say what the numbers are, in which unit, over what.
      columns: heads of the columns.
      rows: cells, as many as there are columns.
      num_names: how many first columns name the row (they are set to the left).
      notes: lines below it.
      num_apart: how many last rows stand apart: below a rule, and never sorted.
      part: that it is of, to filter by; '' where its rows are of several.
    """

    name: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    num_names: int = 1
    notes: Sequence[str] = ()
    num_apart: int = 0
    part: str = ""


@dataclasses.dataclass(frozen=True)
class Figure:
    """A figure, `<svg ...>` with a viewBox, words and axes in `currentColor`.

    Its name is a file's, without suffix. The description says in words how the numbers
    lie: it stands below the figure, and is what a screen reader reads. Files of other
    kinds, `.pdf`, are written beside it.
    """

    name: str
    caption: str
    description: str
    svg: str
    files: Mapping[str, bytes] = dataclasses.field(default_factory=dict)
    part: str = ""


@dataclasses.dataclass(frozen=True)
class Text:
    """A paragraph of plain text, large if `lead`. Markup in it is shown, not obeyed."""

    text: str
    lead: bool = False


@dataclasses.dataclass(frozen=True)
class Warning:
    """A sentence that must not be overlooked: what cannot be concluded, and why."""

    text: str


@dataclasses.dataclass(frozen=True)
class Listing:
    """Items below each other; commands and file names where `code`."""

    items: Sequence[str]
    code: bool = False


@dataclasses.dataclass(frozen=True)
class Links:
    """Sentences below each other under a title, each a link to an anchor, if it has."""

    title: str
    items: Sequence[tuple[str, str]]


@dataclasses.dataclass(frozen=True)
class Drawer:
    """Blocks that are closed until they are asked for, under their title."""

    name: str
    title: str
    blocks: "Sequence[Block]"
    part: str = ""


Block = Text | Warning | Listing | Links | Table | Figure | Drawer


@dataclasses.dataclass(frozen=True)
class Section:
    """A section of the page; its name is an anchor."""

    name: str
    title: str
    blocks: Sequence[Block]
