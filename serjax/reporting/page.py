"""From sections to one HTML file that needs nothing beside it, not even a network."""

import base64
import collections
import hashlib
import itertools
import math
import re
from collections.abc import Iterator, Sequence
from importlib import resources

import jinja2
from markupsafe import Markup

from serjax.reporting.drawing import shorten_numbers
from serjax.reporting.elements import Block, Cell, Drawer, Figure, Section, Table

Named = Section | Table | Figure | Drawer

_PX_PER_PT = 4 / 3
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_MOST_ROWS = 12  # of a table that stands open


def render(title: str, sections: Sequence[Section]) -> str:
    """Make the page.

    Raises:
      ValueError: two elements of a kind have one name, and so one anchor.
    """
    anchors = collections.Counter(map(_anchor, named_elements(sections)))
    if twice := [anchor for anchor, count in anchors.items() if count > 1]:
        raise ValueError(
            f"Elements of the report share a name: {', '.join(twice)}. Give each "
            "table, figure, drawer and section its own."
        )
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("serjax.reporting"),
        autoescape=True,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    numbers = itertools.count()
    environment.filters.update(
        anchor=_anchor,
        is_long=lambda table: len(table.rows) > _MOST_ROWS,
        kind=_kind,
        numbers=_numbers,
        value=_value,
        picture=lambda figure: _picture(figure, next(numbers)),
    )
    script = _template("script.js")
    digest = hashlib.sha256(script.encode()).digest()
    return environment.get_template("report.html.j2").render(
        title=title,
        sections=sections,
        style=Markup(_template("style.css")),
        script=Markup(script),
        script_hash=base64.b64encode(digest).decode(),
    )


def named_elements(blocks: Sequence[Section | Block]) -> Iterator[Named]:
    """Every element with a name, and those within it."""
    for block in blocks:
        if isinstance(block, Named):
            yield block
        if isinstance(block, Section | Drawer):
            yield from named_elements(block.blocks)


def _template(name: str) -> str:
    folder = resources.files("serjax.reporting") / "templates"
    return (folder / name).read_text(encoding="utf-8")


def _kind(block: Block) -> str:
    """The macro that draws a block: its class's name in small letters."""
    return type(block).__name__.lower()


def _numbers(table: Table) -> list[bool]:
    """Which columns hold numbers; those that name a row do not, though they may."""
    return [
        column >= table.num_names
        and any(_is_number(row[column].value) for row in table.rows)
        for column in range(len(table.columns))
    ]


def _is_number(value: float | None) -> bool:
    """Whether there is something to sort by."""
    return value is not None and math.isfinite(value)


def _value(cell: Cell) -> Markup:
    """The attribute that has what a cell is sorted by; none where its text is that."""
    if not _is_number(cell.value) or _PLAIN_NUMBER.fullmatch(cell.text):
        return Markup("")
    return Markup(f' data-value="{cell.value:.6g}"')


def _anchor(element: Named) -> str:
    """An element's id, which may hold anything but spaces: `table-speakers`."""
    kind = "" if isinstance(element, Section) else f"{_kind(element)}-"
    return re.sub(r"\s", "-", f"{kind}{element.name}")


def _picture(figure: Figure, number: int) -> Markup:
    """A figure's SVG, to stand in a page with others.

    What is inside refers to itself by ids that other figures have as well: those that
    are referred to get the figure's number, the others go. So do the metadata, and a
    style that would be the whole page's.
    """
    svg = re.sub(
        r"<(metadata|style)\b.*?</\1>|<!--.*?-->", "", figure.svg, flags=re.DOTALL
    )
    svg = shorten_numbers(svg, "d|x|y|transform")
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', svg))

    def own_id(match: re.Match[str]) -> str:
        return f' id="f{number}-{match[1]}"' if match[1] in used else ""

    svg = re.sub(r'\sid="([^"]*)"', own_id, svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\1f{number}-", svg)
    box = re.search(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) [\d.]+"', svg)
    if box is None:
        raise ValueError(f"Figure {figure.name!r} has no <svg> with a viewBox.")
    width = round(_PX_PER_PT * float(box[1]))
    head = Markup('<svg role="img" aria-labelledby="{}-see" style="width: {}px"')
    head = head.format(_anchor(figure), width)
    return head + Markup(svg.replace("<svg", "", 1))
