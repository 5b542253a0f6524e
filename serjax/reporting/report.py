"""A study's report, from its files alone: one page, with its tables and figures."""

import os
import re
from collections.abc import Callable
from pathlib import Path

from serjax.errors import StorageFailed
from serjax.files import replacing, write_text
from serjax.paths import expand
from serjax.records.folder import StudyFiles, read_study
from serjax.reporting.adversary import adversary_section
from serjax.reporting.answer import answer_section
from serjax.reporting.breakdowns import breakdowns_section
from serjax.reporting.corpora import data_section
from serjax.reporting.elements import Drawer, Figure, Section, Table
from serjax.reporting.environment import environment_section
from serjax.reporting.knowledge import knowledge_section
from serjax.reporting.opening import question_section
from serjax.reporting.page import named_elements, render
from serjax.reporting.paper_tables import paper_section
from serjax.reporting.projection import projection_section
from serjax.reporting.protocol import protocol_section
from serjax.reporting.results import results_section
from serjax.reporting.run_drawers import run_section, runs_section
from serjax.reporting.speakers import speakers_section
from serjax.reporting.writers import write_tables

# In the order of the page: answer, results, mechanism, then data and protocol. Each
# gives None where it has nothing to say.
_SECTIONS: tuple[Callable[[StudyFiles], Section | None], ...] = (
    answer_section,
    question_section,
    results_section,
    paper_section,
    speakers_section,
    breakdowns_section,
    adversary_section,
    knowledge_section,
    projection_section,
    runs_section,
    data_section,
    protocol_section,
    environment_section,
)


_SECTIONS_OF_A_RUN = (
    run_section,
    breakdowns_section,
    adversary_section,
    data_section,
    protocol_section,
    environment_section,
)


def report(workdir: str | Path) -> Path:
    """Write the report of a study, or of a run: finished, under way or broken off.

    Args:
      workdir: the study's folder, or the run's own. `report.html`, `tables/` and
        `figures/` are written there; what else is in it stays as it is.

    Returns:
      The path of `report.html`.

    Raises:
      ValueError: there is no study, or its study.json cannot be read. A run whose files
        cannot be read is reported as broken, with the reason.
      OSError: its folder cannot be written to; the report before stands.
    """
    return write_report(read_study(Path(expand(workdir, "workdir"))))


def write_report(study: StudyFiles) -> Path:
    """Write the report of a study that has been read: as `report` does."""
    if not os.access(study.folder, os.W_OK):
        raise StorageFailed(
            f"{study.folder} cannot be written to, and the report is written there. "
            "Copy the study to where you may write, and give the copy"
        )
    makers = _SECTIONS_OF_A_RUN if study.is_run else _SECTIONS
    sections = [section for make in makers if (section := make(study))]
    page = render(f"{study.folder.resolve().name}: report", sections)
    # Tables and figures of single runs have no files.
    blocks = [
        block
        for section in sections
        for block in section.blocks
        if not (section.name == "runs" and isinstance(block, Drawer))
    ]
    elements = list(named_elements(blocks))
    path = study.folder / "report.html"
    earlier = _files_of(path)
    tables = [element for element in elements if isinstance(element, Table)]
    write_tables(study.folder / "tables", tables)
    for element in elements:
        if isinstance(element, Figure):
            folder = study.folder / "figures"
            write_text(folder / f"{element.name}.svg", element.svg)
            for suffix, content in element.files.items():
                with replacing(folder / f"{element.name}{suffix}") as temporary:
                    temporary.write_bytes(content)
    write_text(path, page)
    # What a report no longer has would else lie beside what it has.
    for gone in earlier - _files_of(path):
        gone.unlink(missing_ok=True)
    return path


def _files_of(page: Path) -> set[Path]:
    """The tables and figures of the page that is there, by its anchors."""
    if not page.exists():
        return set()
    ids = re.findall(r' id="(table|figure)-([\w.-]+)"', page.read_text("utf-8"))
    suffixes = {"table": (".md", ".csv", ".tex"), "figure": (".svg", ".png", ".pdf")}
    return {
        page.parent / f"{kind}s" / f"{name}{suffix}"
        for kind, name in ids
        for suffix in suffixes[kind]
    }
