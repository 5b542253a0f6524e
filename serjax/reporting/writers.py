"""Tables as files: Markdown, CSV, LaTeX.

Names of corpora, speakers and attributes come from outside: each format escapes them.
"""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from serjax.files import csv_line, write_text
from serjax.reporting.elements import Cell, Table

_MARKDOWN = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>|~&#$"})

_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "`": r"\textasciigrave{}",
        # Without the T1 encoding these four print as other signs.
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': r"\char34{}",
        # After a row's end these two would be taken for the end's own arguments.
        "[": "{[}",
        "*": "{*}",
        "\N{PLUS-MINUS SIGN}": r"$\pm$",
        "\N{MINUS SIGN}": "$-$",
        "\N{MULTIPLICATION SIGN}": r"$\times$",
        "\N{DAGGER}": r"$\dagger$",
        "\N{DOUBLE DAGGER}": r"$\ddagger$",
        "\N{GREEK SMALL LETTER ALPHA}": r"$\alpha$",
        "\N{LESS-THAN OR EQUAL TO}": r"$\leq$",
        "\N{GREATER-THAN OR EQUAL TO}": r"$\geq$",
        **{c: f"\\{c}" for c in "{}$&#%_"},
    }
)


def write_tables(folder: Path, tables: Iterable[Table]) -> None:
    """Write every table as `<name>.md`, `<name>.csv` and `<name>.tex`.

    Raises:
      ValueError: a table's name is no file name, or two have the same.
    """
    written: set[str] = set()
    for table in tables:
        if table.name in written or not re.fullmatch(r"[\w-][\w.-]*", table.name):
            raise ValueError(
                f"Table {table.name!r}: expected a name of letters, digits and hyphens "
                "that no other table of the report has; rename it."
            )
        written.add(table.name)
        writers = {".md": to_markdown, ".csv": to_csv, ".tex": to_latex}
        for suffix, write in writers.items():
            write_text(folder / f"{table.name}{suffix}", write(table))


def to_markdown(table: Table) -> str:
    """Write a table as GitHub's Markdown: caption, table, notes as a list."""

    def cell(it: Cell) -> str:
        text = markdown_text(it.text)
        return f"**{text}**" if it.bold and text else text

    num_numbers = len(table.columns) - table.num_names
    lines = [
        map(markdown_text, table.columns),
        [":--"] * table.num_names + ["--:"] * num_numbers,
        *(map(cell, row) for row in table.rows),
    ]
    blocks = [
        _paragraph(table.caption),
        "\n".join("| " + " | ".join(cells) + " |" for cells in lines),
        "\n".join(f"- {_paragraph(note)}" for note in table.notes),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def to_csv(table: Table) -> str:
    """Write a table's numbers, in full; words where there is no number.

    A column that has intervals is followed by `<column> low` and `<column> high`.
    """
    columns = []
    for index, name in enumerate(table.columns):
        cells = [row[index] for row in table.rows]
        columns.append([name, *map(_csv_text, cells)])
        if any(cell.interval for cell in cells):
            ends = [cell.interval or (None, None) for cell in cells]
            lows, highs = zip(*ends, strict=True)
            columns.append([f"{name} low", *map(_number, lows)])
            columns.append([f"{name} high", *map(_number, highs)])
    return "".join(map(csv_line, zip(*columns, strict=True)))


def to_latex(table: Table) -> str:
    r"""Write a table for LaTeX with `\usepackage{booktabs}`.

    Letters outside ASCII stay UTF-8: pdflatex knows those of European languages,
    lualatex all that its font has.
    """

    def line(cells: Iterable[str]) -> str:
        return "    " + " & ".join(cells) + r" \\"

    def cell(it: Cell) -> str:
        text = _latex(it.text)
        return rf"\textbf{{{text}}}" if it.bold and text else text

    cells = zip(*(row[table.num_names :] for row in table.rows), strict=True)
    width = sum(max(len(it.text) for it in column) for column in cells)
    size = "footnotesize" if width <= 100 else "tiny"
    alignment = "l" * table.num_names + "r" * (len(table.columns) - table.num_names)
    lines = [
        r"\begin{table}",
        # Small, narrow and out into both margins: six columns of means with their
        # intervals, or with three seeds' values, fit the page of an article.
        rf"  \centering\{size}\setlength{{\tabcolsep}}{{4pt}}",
        rf"  \caption{{{_latex(table.caption)}}}",
        rf"  \label{{tab:{table.name}}}",
        rf"  \makebox[\linewidth]{{\begin{{tabular}}{{{alignment}}}",
        r"    \toprule",
        line(map(_latex, table.columns)),
        r"    \midrule",
        *(line(map(cell, row)) for row in table.rows),
        r"    \bottomrule",
        r"  \end{tabular}}",
    ]
    if table.num_apart:
        lines.insert(-2 - table.num_apart, r"    \midrule")
    if table.notes:
        notes = "\n\n".join(f"    {_latex(note)}" for note in table.notes)
        lines += [r"  \begin{flushleft}\footnotesize", notes, r"  \end{flushleft}"]
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def _one_line(text: str) -> str:
    """Fold white space to single spaces, and drop control characters."""
    text = " ".join(text.split())
    return "".join(c for c in text if unicodedata.category(c) != "Cc")


def markdown_text(text: str) -> str:
    """Text as it stands in a line or a cell of Markdown, without any effect."""
    return _one_line(text).translate(_MARKDOWN)


def _paragraph(text: str) -> str:
    """Escape also what at the start of a line would make a list of it."""
    return re.sub(r"^(\d*)([-+.)])", r"\1\\\2", markdown_text(text))


def _latex(text: str) -> str:
    # A hyphen before a number is a minus; two hyphens would be joined to a dash.
    text = re.sub(r"(?<![\w-])-(?=[\d.])", "\N{MINUS SIGN}", _one_line(text))
    return re.sub("-(?=-)", "-{}", text.translate(_LATEX))


def _csv_text(cell: Cell) -> str:
    """The number in full; a count, and what has no number, as it is read."""
    if cell.value is None or cell.text.isdecimal():
        return cell.text
    return _number(cell.value)


def _number(number: float | None) -> str:
    """Write four decimals; small p-values so that they are no zeros."""
    if number is None:
        return ""
    return f"{number:z.4f}" if abs(number) >= 0.001 or not number else f"{number:.3e}"
