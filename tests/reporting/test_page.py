import re
from html.parser import HTMLParser

import pytest

from serjax.reporting.elements import (
    Cell,
    Drawer,
    Figure,
    Listing,
    Section,
    Table,
    Text,
    Warning,
)
from serjax.reporting.page import render

VOID = {"meta", "link", "br"}
SVG = """<svg viewBox="0 0 90 60" xmlns="http://www.w3.org/2000/svg">
<metadata><rdf>someone</rdf></metadata>
<defs><style type="text/css">*{stroke: red}</style>
<clipPath id="p1"><rect x="1.234567" y="0"/></clipPath><path id="m1" d="M 0.123456 1"/>
</defs>
<!-- a remark -->
<g id="axes_1" clip-path="url(#p1)"><use xlink:href="#m1"/><text>0.123456</text></g>
</svg>"""
FIGURES = [Figure(f"{k}", "Caption.", 'Seen "so".', SVG) for k in (1, 2)]


class Reader(HTMLParser):
    """Checks that what is opened is closed; notes ids, references and links."""

    def __init__(self, page):
        super().__init__()
        self.open, self.ids, self.references, self.tags = [], [], [], []
        self.policy = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        for name, value in attrs:
            value = value or ""
            self.ids += [value] if name == "id" else []
            if name in ("href", "xlink:href") and value.startswith("#"):
                self.references.append(value[1:])
            if name == "aria-labelledby":
                self.references.append(value)
            self.references += re.findall(r"url\(#(.*)\)", value)
            if value == "Content-Security-Policy":
                self.policy = str(dict(attrs)["content"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def page_of(*blocks):
    return render("A study", [Section("first", "First", blocks)])


def test_everything_is_closed_and_every_reference_has_its_one_id():
    table = Table("a table", "UA.", ["x", "y"], [[Cell("1"), Cell("2", 2.0)]])
    page = page_of(table, *FIGURES, Drawer("d", "Drawer", [Text("t"), Warning("w")]))
    reader = Reader(page)
    assert len(set(reader.ids)) == len(reader.ids)
    assert set(reader.references) <= set(reader.ids)
    assert {"table-a-table", "figure-1", "f0-p1", "f0-m1", "f1-p1"} <= set(reader.ids)


def test_markup_in_any_text_is_shown_and_not_obeyed():
    bad = '<script>alert("1")</script>&'
    table = Table("t", bad, [bad], [[Cell(bad, bold=True)]], notes=[bad])
    svg = '<svg viewBox="0 0 1 1"></svg>'
    page = render(
        bad,
        [
            Section("s", bad, [Text(bad), Warning(bad), Listing([bad]), table]),
            Section("r", bad, [Figure("f", bad, bad, svg), Drawer("d", bad, [])]),
        ],
    )
    assert bad not in page
    assert [tag for tag, _ in Reader(page).tags].count("script") == 1
    assert page.count("&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;&amp;") == 16


def test_a_figure_keeps_its_words_and_loses_what_would_leak():
    page = page_of(*FIGURES)
    for gone in ("rdf", "stroke: red", "a remark", "axes_1", "1.234567"):
        assert gone not in page
    assert page.count("<text>0.123456</text>") == 2  # a word, not a coordinate
    assert page.count('d="M 0.12 1"') == 2
    for name in "12":
        label = f'role="img" aria-labelledby="figure-{name}-see" style="width: 120px"'
        assert page.count(label) == 1  # 90 pt
        assert f'id="figure-{name}-see">Seen &#34;so&#34;.<' in page


def test_nothing_is_loaded_and_the_policy_says_so():
    page = page_of(*FIGURES)
    assert Reader(page).policy.startswith("default-src 'none'; ")
    assert not re.search(r'src="|@import|href="http|url\(http', page)


def test_headings_are_in_order_and_the_page_has_a_language_and_a_title():
    tags = Reader(page_of(Text("t"))).tags
    assert [tag for tag, _ in tags if re.fullmatch(r"h\d", tag)] == ["h1", "h2"]
    assert ("html", {"lang": "en"}) in tags
    assert "<title>A study</title>" in page_of(Text("t"))


def test_numbers_stand_to_the_right_and_names_head_their_rows():
    rows = [
        [Cell("a"), Cell("1", 1.0), Cell("x"), Cell("5.0", 5.0, bold=True)],
        [Cell("b"), Cell("2", 2.0), Cell("y"), Cell("-")],
    ]
    table = Table("t", "UA.", ["n", "seed", "w", "UA"], rows, num_names=2)
    page = page_of(table)
    assert (
        '<th scope="row">a</th><th scope="row">1</th><td class="word">x</td>'
        "<td><b>5.0</b></td>"
    ) in page
    assert "<td>-</td>" in page


def test_what_is_no_number_is_nothing_to_sort_by():
    values = (float("nan"), float("inf"), None, -1.5)
    rows = [[Cell(str(n)), Cell("x", value)] for n, value in enumerate(values)]
    page = page_of(Table("t", "UA.", ["n", "UA"], rows))
    assert re.findall(r'data-value="(.*?)"', page) == ["-1.5"]


def test_two_elements_of_one_name_are_refused():
    drawer = Drawer("1", "Drawer", [FIGURES[0]])  # its name is no figure's
    with pytest.raises(ValueError, match="share a name: figure-1\\."):
        page_of(FIGURES[0], drawer)


def test_a_figure_without_a_viewbox_is_refused():
    with pytest.raises(ValueError, match="'f' has no <svg> with a viewBox"):
        page_of(Figure("f", "", "", "<svg></svg>"))
