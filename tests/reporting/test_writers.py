import csv
import io
import math
import re

import pytest

from serjax.reporting.elements import Cell, Table
from serjax.reporting.writers import to_csv, to_latex, to_markdown, write_tables

HOSTILE = [
    "<script>alert(1)</script>",
    "a|b",
    "a\\|b\\",
    "R&D",
    "a_b__c*d*",
    "`code`",
    "[link](http://example.org)",
    "![x](y)",
    "~~gone~~",
    "$x$ #5 50 %",
    "{curly} ^ ~ \\input{/etc/passwd}",
    '"quoted", and; more',
    "&lt;b&gt;",
    "**",
    "- item",
    "1. item",
    "[1cm] row",
    "*",
    "---",
    "Grüße",
    "名前",
    "\N{GRINNING FACE}",
    "e" * 300,
]
FORMULAS = ["=cmd()", "+cmd()", "-cmd()", "@sum", "\tx", "\rx", "=1+1", "-1+1", "+-1"]


def make_table(rows, columns=("name", "value"), **more):
    return Table("table", "A caption.", columns, rows, **more)


def read_csv(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def read_markdown(text):
    """The cells of the table and the text around it, as a Markdown reader sees them."""
    markdown_it = pytest.importorskip("markdown_it")
    tokens = markdown_it.MarkdownIt("commonmark").enable("table").parse(text)
    tokens = [token for token in tokens if token.type != "paragraph_close"]
    inside, cells, around = False, [], []
    for token in tokens:
        inside = (inside or token.type == "table_open") and token.type != "table_close"
        if token.type == "inline":
            kinds = {child.type for child in token.children}
            assert kinds <= {"text", "text_special", "strong_open", "strong_close"}
            plain = "".join(child.content for child in token.children)
            (cells if inside else around).append((plain, "strong_open" in kinds))
    return cells, around, [token.type for token in tokens]


def test_markdown_shows_caption_table_bold_and_notes():
    table = make_table(
        [[Cell("GR"), Cell("54.7 ± 1.2 †", 54.7, bold=True)]], notes=["† A note."]
    )
    assert to_markdown(table) == (
        "A caption.\n\n"
        "| name | value |\n| :-- | --: |\n| GR | **54.7 ± 1.2 †** |\n\n"
        "- † A note.\n"
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_markdown_shows_a_hostile_name_as_it_is(name):
    table = Table("t", name, [name, "value"], [[Cell(name), Cell(name, bold=True)]])
    table = Table(**{**vars(table), "notes": [name]})
    cells, around, types = read_markdown(to_markdown(table))
    assert cells == [(name, False), ("value", False), (name, False), (name, True)]
    assert around == [(name, False), (name, False)]
    assert types.count("bullet_list_open") == 1
    assert "ordered_list_open" not in types


def test_latex_is_smaller_where_columns_of_numbers_are_wide():
    wide, narrow = Cell("52.5 (51.0, 54.0, 52.4)", 52.5), Cell("52.5 ± 1.5", 52.5)
    for cell, size in ((wide, "tiny"), (narrow, "footnotesize")):
        columns = ["name", *"abcdef"]
        table = make_table([[Cell("GR"), *[cell] * 6]], columns)
        assert rf"\centering\{size}\setlength" in to_latex(table)


def test_a_line_break_in_a_name_does_not_break_the_line():
    name = "a\r\nb\u2028c\x07\x00"
    table = make_table([[Cell(name), Cell("1", 1.0)]], notes=[name])
    assert "| a b c | 1 |\n" in to_markdown(table)
    assert r"a b c & 1 \\" in to_latex(table)


def test_csv_has_numbers_in_full_and_words_where_there_is_none():
    rows = [
        [Cell("GR"), Cell("54.7", 54.71239, bold=True)],
        [Cell("AD"), Cell("failed")],
        [Cell("MTL"), Cell("0.000", 0.0000123)],
        [Cell("n"), Cell("3", 3.0)],
        [Cell("zero"), Cell("0.0", 0.0)],
        [Cell("baseline"), Cell("-")],
    ]
    assert to_csv(make_table(rows)) == (
        "name,value\nGR,54.7124\nAD,failed\nMTL,1.230e-05\nn,3\nzero,0.0000\nbaseline,-\n"
    )


def test_csv_has_an_interval_in_columns_of_its_own_beside_the_value():
    rows = [
        [Cell("a"), Cell("1 ± 2", 1.0, interval=(-1.0, 3.0)), Cell("5.0", 5.0)],
        [Cell("b"), Cell("2.0", 2.0), Cell("6.0", 6.0)],
        [Cell("c"), Cell("-"), Cell("7.0", 7.0)],
    ]
    assert read_csv(to_csv(make_table(rows, ["name", "UA", "n"]))) == [
        ["name", "UA", "UA low", "UA high", "n"],
        ["a", "1.0000", "-1.0000", "3.0000", "5.0000"],
        ["b", "2.0000", "", "", "6.0000"],
        ["c", "-", "", "", "7.0000"],
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_csv_reads_back_a_hostile_name(name):
    table = make_table([[Cell(name), Cell("1.0", 1.0)]], columns=[name, "value"])
    name = f"'{name}" if name.startswith("-") else name
    assert read_csv(to_csv(table)) == [[name, "value"], [name, "1.0000"]]


@pytest.mark.parametrize("text", FORMULAS)
def test_csv_keeps_a_spreadsheet_from_running_a_name(text):
    cells = [Cell(text), Cell("1.0", 1.0, interval=(0.0, 2.0))]
    header, row = read_csv(to_csv(make_table([cells], columns=["name", text])))
    assert header == ["name", f"'{text}", f"'{text} low", f"'{text} high"]
    assert row[0] == f"'{text}"


@pytest.mark.parametrize("text", ["-", "-1", "+1.5", "-.5", "-1e-3", "1", "C+S", "n=3"])
def test_csv_leaves_numbers_and_harmless_words_alone(text):
    table = make_table([[Cell(text), Cell("-2.5", -2.5)]])
    assert read_csv(to_csv(table))[1] == [text, "-2.5000"]


def test_csv_reads_back_as_numbers():
    pandas = pytest.importorskip("pandas")
    rows = [[Cell("=a"), Cell("-1.5", -1.5)], [Cell("b"), Cell("?", math.nan)]]
    frame = pandas.read_csv(io.StringIO(to_csv(make_table(rows))))
    assert frame["value"].dtype == float
    assert frame["value"][0] == -1.5
    assert math.isnan(frame["value"][1])


def test_latex_is_a_booktabs_table():
    table = make_table(
        [[Cell("S+G"), Cell("54.7 ± 1.2 †", 54.7, bold=True)], [Cell("L"), Cell("-1")]],
        notes=["† One.", "Two."],
    )
    assert to_latex(table) == (
        r"""\begin{table}
  \centering\footnotesize\setlength{\tabcolsep}{4pt}
  \caption{A caption.}
  \label{tab:table}
  \makebox[\linewidth]{\begin{tabular}{lr}
    \toprule
    name & value \\
    \midrule
    S+G & \textbf{54.7 $\pm$ 1.2 $\dagger$} \\
    L & $-$1 \\
    \bottomrule
  \end{tabular}}
  \begin{flushleft}\footnotesize
    $\dagger$ One.

    Two.
  \end{flushleft}
\end{table}
"""
    )


@pytest.mark.parametrize("name", [*HOSTILE, *FORMULAS])
def test_latex_takes_no_command_from_a_hostile_name(name):
    hostile = Table("t", name, [name, "v"], [[Cell(name), Cell("1")]], notes=[name])
    tame = Table("t", "X", ["X", "v"], [[Cell("X"), Cell("1")]], notes=["X"])
    # Where the tame one has X the hostile one has only these: plain characters, signs
    # behind a backslash, and commands that print one sign.
    written = (
        r"(?:[^\\{}$&#%_~^<>|\[\]*\"\n]|\]|\\[{}$&#%_]|\{[\[*]\}|-\{\}|\$-\$"
        r"|\\(?:textbackslash|textasciitilde|textasciicircum|textasciigrave"
        r"|textless|textgreater|textbar|char34)\{\})+"
    )
    pattern = written.join(map(re.escape, to_latex(tame).split("X")))
    assert re.fullmatch(pattern, to_latex(hostile))


def test_a_latex_row_never_opens_with_an_argument_of_the_row_before():
    rows = [[Cell(text), Cell("1")] for text in ("a", "[3cm]", "*")]
    lines = to_latex(make_table(rows)).splitlines()
    assert r"    {[}3cm] & 1 \\" in lines
    assert r"    {*} & 1 \\" in lines


def test_two_hyphens_stay_two_in_latex_and_a_minus_is_a_minus():
    table = make_table([[Cell("--roles=a:-1"), Cell("-0.5")], [Cell("x-1"), Cell("-")]])
    text = to_latex(table)
    assert r"-{}-roles=a:$-$1 & $-$0.5 \\" in text
    assert r"x-1 & - \\" in text


def test_a_table_without_rows_is_still_one_in_every_format():
    table = make_table([])
    assert to_csv(table) == "name,value\n"
    assert to_markdown(table).endswith("| name | value |\n| :-- | --: |\n")
    assert "\\midrule\n    \\bottomrule" in to_latex(table)


def test_tables_are_written_in_three_formats_and_nothing_else(tmp_path):
    tables = [
        Table("table-2", "Größe \N{GRINNING FACE}", ["ü"], [[Cell("±")]]),
        Table("table-3", "Another.", ["a"], [[Cell("b")]]),
    ]
    write_tables(tmp_path / "tables", tables)
    write_tables(tmp_path / "tables", tables)
    names = sorted(path.name for path in (tmp_path / "tables").iterdir())
    assert names == [
        f"table-{number}.{ending}"
        for number in (2, 3)
        for ending in ("csv", "md", "tex")
    ]
    text = (tmp_path / "tables" / "table-2.md").read_bytes().decode("utf-8")
    assert text == to_markdown(tables[0])


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "a\nb", "a b"])
def test_a_name_that_is_no_file_name_is_refused(name, tmp_path):
    with pytest.raises(ValueError, match="rename it"):
        write_tables(tmp_path, [Table(name, "c", ["a"], [[Cell("b")]])])


def test_two_tables_of_one_name_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no other table"):
        write_tables(tmp_path, [make_table([]), make_table([])])
