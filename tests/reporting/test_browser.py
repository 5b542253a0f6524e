import importlib.util
from pathlib import Path

import pytest

from serjax.reporting import drawing
from serjax.reporting.elements import (
    Cell,
    Drawer,
    Figure,
    Links,
    Section,
    Table,
    Text,
    Warning,
)
from serjax.reporting.page import render
from serjax.reporting.report import report
from tests.reporting.browser import visit
from tests.study_files import write_study


def make_figure(name):
    from matplotlib.figure import Figure as Canvas

    with drawing.style():
        canvas = Canvas(figsize=(9, 3))
        for axes in canvas.subplots(1, 2):
            axes.plot([1, 2, 3], "o-", label="UA")
            axes.legend()
    svg = drawing.to_svg(canvas)
    return Figure(name, "UA by epoch.", "A line that rises from 1 to 3.", svg)


TABLE = Table(
    "table-2",
    "UA in percent.",
    ["approach", "UA", "p"],
    [
        [Cell("reversal"), Cell("9.5 ± 1.0", 9.5), Cell("-")],
        [Cell("Äther"), Cell("-"), Cell("0.5", 0.5)],
        [Cell("baseline"), Cell("54.7 ± 1.2", 54.7, bold=True), Cell("1e-5", 1e-5)],
        [Cell("zebra"), Cell("10.0", 10.0), Cell("0.04", 0.04)],
    ],
)


LONG = Table(
    "long",
    "UA in percent.",
    ["approach", "set", "UA"],
    [
        [Cell(name), Cell(set_name), Cell(f"{number}.0", number)]
        for number, set_name in enumerate("CSGLX")
        for name in ("multitask", "reversal", "ganin")
    ],
    num_names=2,
)


@pytest.fixture(scope="module")
def page():
    drawer = Drawer("one", "One run", [make_figure("in-drawer"), Text("Text.")])
    blocks = [Warning("Few speakers."), TABLE, make_figure("first"), drawer, LONG]
    blocks += [
        Drawer(name, f"All of {name}", [Text(name)], part=name)
        for name in ("test", "tess")
    ]
    links = Links("What not to trust", [("One seed.", "table-long")])
    lead = Text("No approach differs.", lead=True)
    answer = Section("answer", "The answer", [lead, links])
    return render("A study", [answer, Section("results", "Results", blocks)])


@pytest.fixture(scope="module")
def study_page(tmp_path_factory):
    folder = write_study(
        tmp_path_factory.mktemp("study"),
        attribute_sets=[["corpus"]],  # axe takes long on more
        failed=["reversal-C-seed1"],
        collapsed=["baseline-seed1"],
        speakers=("Zoë", "<script>alert(1)</script>"),
    )
    return report(folder).read_text(encoding="utf-8")


def test_a_click_sorts_up_another_down_a_third_restores(page, tmp_path):
    found = visit(
        page,
        """
        const table = document.querySelector("table");
        const heads = [...table.tHead.rows[0].cells];
        const press = (column) => {
          heads[column].querySelector("button").click();
          const names = [...table.tBodies[0].rows].map((row) => row.cells[0].innerText);
          return [names, heads.map((head) => head.getAttribute("aria-sort"))];
        };
        return [0, 1, 1, 1, 2].map(press);
        """,
        tmp_path,
    ).found
    original = ["reversal", "Äther", "baseline", "zebra"]
    # Words as a dictionary has them, not by code; numbers by value, not by digits; what
    # has no value stays below.
    assert found == [
        [["Äther", "baseline", "reversal", "zebra"], ["ascending", None, None]],
        [["reversal", "zebra", "baseline", "Äther"], [None, "ascending", None]],
        [["baseline", "zebra", "reversal", "Äther"], [None, "descending", None]],
        [original, [None, None, None]],
        [["baseline", "zebra", "Äther", "reversal"], [None, None, "ascending"]],
    ]


def test_nothing_is_asked_of_a_network_and_the_console_is_silent(study_page, tmp_path):
    script = 'return performance.getEntriesByType("resource").map((it) => it.name)'
    came = visit(study_page, script, tmp_path)
    assert came.found == []
    assert came.console == []


def test_every_figure_has_size(page, tmp_path):
    found = visit(
        page,
        """
        document.querySelectorAll("details").forEach((it) => { it.open = true; });
        return [...document.querySelectorAll("figure svg")].map((svg) => {
          const box = svg.getBoundingClientRect();
          const inside = svg.querySelector("path").getBoundingClientRect();
          return [box.width, box.height, inside.width];
        });
        """,
        tmp_path,
    ).found
    assert len(found) == 2
    assert all(size > 100 for sizes in found for size in sizes)


@pytest.mark.parametrize("name", ["page", "study_page"])
def test_a_phone_scrolls_tables_and_never_the_page(name, request, tmp_path):
    shown, page_width, widest = visit(
        request.getfixturevalue(name),
        """
        document.querySelectorAll("details").forEach((it) => { it.open = true; });
        const tables = [...document.querySelectorAll(".scroll")];
        return [
          document.documentElement.clientWidth,
          document.documentElement.scrollWidth,
          Math.max(...tables.map((it) => it.scrollWidth)),
        ];
        """,
        tmp_path,
        width=360,
    ).found
    assert page_width == shown <= 360
    assert widest > 360


def test_a_link_into_a_closed_drawer_opens_it(page, tmp_path):
    script = """
        const before = document.getElementById("drawer-one").open;
        location.hash = "#figure-in-drawer";
        await new Promise((done) => setTimeout(done, 100));
        return [before, document.getElementById("drawer-one").open];
    """
    assert visit(page, script, tmp_path).found == [False, True]


def test_filters_by_keyboard_leave_what_was_asked_for(page, tmp_path):
    script = """
        const [part, approach, set] = document.querySelectorAll("nav select");
        const choose = (select, value) => {
          select.focus();
          select.value = value; // what an arrow's press does, and its event
          select.dispatchEvent(new Event("change", { bubbles: true }));
        };
        const left = () => [
          document.activeElement.previousSibling.textContent,
          [...document.querySelectorAll("#table-long tbody tr:not([hidden])")]
            .map((row) => row.innerText || row.textContent).length,
          document.querySelector("nav output").textContent,
          ["test", "tess"].map((it) => document.getElementById(`drawer-${it}`).hidden),
        ];
        choose(approach, "reversal");
        const found = [left()];
        choose(set, "G");
        found.push(left());
        choose(part, "tess");
        choose(approach, "");
        return [...found, left()];
    """
    assert visit(page, script, tmp_path).found == [
        ["Approach", 5, "6 of 19 rows", [False, False]],
        ["Set", 1, "2 of 19 rows", [False, False]],
        ["Approach", 3, "7 of 19 rows", [True, False]],
    ]


def test_all_that_is_folded_is_open_on_paper_and_folds_again(page, tmp_path):
    script = """
        const closed = "main details:not([open])";
        const folded = () => document.querySelectorAll(closed).length;
        const counts = [folded()];
        for (const name of ["beforeprint", "afterprint"]) {
          window.dispatchEvent(new Event(name));
          counts.push(folded());
        }
        return counts;
    """
    assert visit(page, script, tmp_path).found == [4, 0, 4]


@pytest.mark.parametrize(("width", "is_open"), [(1200, True), (390, False)])
def test_the_contents_stay_in_view_and_are_folded_on_a_phone(
    page, width, is_open, tmp_path
):
    script = """
        const contents = document.querySelector("nav details");
        const first = contents.open;
        window.scrollTo(0, document.body.scrollHeight);
        await new Promise((done) => setTimeout(done, 100));
        const box = document.querySelector("nav").getBoundingClientRect();
        return [first, scrollY > 100 && box.top >= 0 && box.top < 100];
    """
    assert visit(page, script, tmp_path, width=width).found == [is_open, True]


def test_the_first_screen_has_the_answer_the_picture_and_the_doubts(
    study_page, tmp_path
):
    script = """
        const found = document.querySelectorAll(".lead, #figure-answer svg, .links a");
        return [...found].map((it) => [
          it.tagName.toLowerCase(), Math.round(it.getBoundingClientRect().bottom),
          document.getElementById((it.hash || "#answer").slice(1)) !== null,
        ]);
    """
    found = visit(study_page, script, tmp_path, width=1280).found
    assert [name for name, *_ in found[:3]] == ["p", "svg", "a"] and len(found) <= 7
    assert all(bottom < 800 and is_there for _, bottom, is_there in found)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_word_stands_out_from_its_ground(page, dark, tmp_path):
    # WCAG 2.2, 1.4.3: 4.5 to 1; also where axe cannot tell, as in figures.
    lowest, words, seen_dark = visit(
        page,
        """
        document.querySelectorAll("details").forEach((it) => { it.open = true; });
        const light = (colour) => {
          const [r, g, b] = colour.match(/[0-9.]+/g).map((it) => it / 255)
            .map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const ground = (it) => {
          const colour = getComputedStyle(it).backgroundColor;
          return colour === "rgba(0, 0, 0, 0)" ? ground(it.parentElement) : colour;
        };
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const ratios = [];
        while (walk.nextNode()) {
          const it = walk.currentNode.parentElement;
          if (!walk.currentNode.data.trim() || it.closest("script")) continue;
          const style = getComputedStyle(it);
          const ink = it.closest("svg") ? style.fill : style.color;
          const both = [light(ink), light(ground(it))].sort((a, b) => b - a);
          ratios.push((both[0] + 0.05) / (both[1] + 0.05));
        }
        const dark = matchMedia("(prefers-color-scheme: dark)").matches;
        return [Math.min(...ratios), ratios.length, dark];
        """,
        tmp_path,
        dark=dark,
    ).found
    assert seen_dark == dark
    assert words > 30
    assert lowest >= 4.5


def test_axe_finds_no_violation(page, tmp_path):
    spec = importlib.util.find_spec("axe_core_python")
    if spec is None or spec.origin is None:
        pytest.skip("axe-core-python, of the extra `test`, is not installed")
    axe = Path(spec.origin).with_name("axe.min.js").read_text(encoding="utf-8")
    script = """;
        document.querySelectorAll("details").forEach((it) => { it.open = true; });
        const kinds = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
        const done = await axe.run({ runOnly: kinds, resultTypes: ["violations"] });
        const passed = done.passes.map((rule) => rule.id);
        return [passed, done.violations.map((rule) => [
          rule.id, rule.help, rule.nodes.slice(0, 3).map((node) => node.html)])];
    """
    passed, violations = visit(page, axe + script, tmp_path).found
    assert violations == []
    assert {"color-contrast", "document-title", "heading-order"} <= {*passed}
