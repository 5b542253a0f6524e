"""A study whose speakers, labels, corpora and attributes bear markup, in a browser."""

import json
import re

import pytest

from serjax.files import cell_text
from serjax.reporting.report import report
from tests.reporting.browser import visit
from tests.study_files import write_study

HOSTILE = (
    "<script>document.title='ran'</script>",
    '"><img src=x onerror="document.title=\'ran\'">',
    "</title></style></svg><svg onload=document.title='ran'>",
    "{{ 7*7 }}{% raw %}",
    "$x^2$ \\frac{a}{b} \\input{/etc/passwd}",
    "=1+1|'cmd'!A0 `x` [a](javascript:alert(1))",
    "a\u202eb",
    "-->]]><!--",
)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = write_study(
        tmp_path_factory.mktemp("study"),
        approaches=["reversal"],
        attribute_sets=[["corpus"]],
        seeds=[0],
        trained=HOSTILE[:3],
        unseen=HOSTILE[3:5],
        speakers=HOSTILE[4:],
        epochs=2,
    )
    about = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    about["not_applicable"] = dict.fromkeys(HOSTILE, HOSTILE[0])
    about["data"]["skipped"] = dict.fromkeys(HOSTILE, 1)
    about["data"]["confounds"] = about["data"]["notes"] = [*HOSTILE]
    (folder / "study.json").write_text(json.dumps(about), encoding="utf-8")
    report(folder)
    return folder


def test_no_script_of_a_name_runs_and_names_are_shown_as_written(study, tmp_path):
    page = (study / "report.html").read_text(encoding="utf-8")
    # The page's policy would stop what got through: elements are counted as well.
    came = visit(
        page,
        """
        document.querySelectorAll("details").forEach((it) => { it.open = true; });
        await new Promise((done) => setTimeout(done, 200));
        return [document.title, document.images.length,
                document.querySelectorAll("body script").length,
                document.querySelectorAll("[onload], [onerror]").length,
                document.body.innerText];
        """,
        tmp_path,
    )
    title, images, scripts, handlers, text = came.found
    assert (title, images, handlers) == (f"{study.name}: report", 0, 0)
    assert scripts == 2  # the page's own, and this test's
    for name in HOSTILE:
        assert name in text


def test_tables_hold_no_markup_that_acts(study):
    tables = [*(study / "tables").iterdir()]
    assert {path.suffix for path in tables} == {".csv", ".md", ".tex"}
    seen = 0
    for path in tables:
        text = path.read_text(encoding="utf-8")
        seen += "input" in text
        if path.suffix == ".md":
            assert "<script" not in text.replace("\\<", "")
            assert "<img" not in text.replace("\\<", "")
            assert "[a](" not in text and "{{" not in text
        elif path.suffix == ".tex":
            assert "\\input" not in text and "\\frac" not in text
            assert not re.search(r"(?<!\\)\$x", text)
        else:
            assert not any(line.startswith(("=", "@")) for line in text.splitlines())
            assert cell_text("'=1") == "=1"
    assert seen > 3
