"""The paper's tables, with our numbers and the paper's side by side."""

from collections.abc import Sequence

from serjax.analysis.paper import ABBREVIATIONS, Paper, read_paper
from serjax.config import ATTRIBUTES
from serjax.records.folder import StudyFiles
from serjax.reporting import elements
from serjax.reporting.elements import Cell, Table
from serjax.reporting.formatting import EPOCHS
from serjax.reporting.paper_captions import describe, notes, warnings
from serjax.reporting.paper_cells import Key, name_part, our_cell, paper_cell

_WITH_ATTRIBUTES = [name for name in ABBREVIATIONS if name != "baseline"]


def paper_section(study: StudyFiles) -> elements.Section:
    """Lay out a study as the paper does: Tables 2 and 3, every set, in-domain.

    The paper's number stands beside ours wherever it prints one.
    """
    paper = read_paper()
    unseen = [part for part in study.parts if part != "test"]
    others = [part for part in paper.unseen if part not in unseen]
    tables = []
    if unseen:
        parts = [*unseen, *others]
        tables += [
            _table_as_printed(study, paper, "Table 2", "single", parts),
            _table_as_printed(study, paper, "Table 3", "several", parts),
        ]
        title = "As in the paper's supplement, every attribute set on unseen corpora"
        tables += [
            _table_of_sets(study, paper, "supplement", title, parts, epoch)
            for epoch in EPOCHS
        ]
    if study.finished:
        title = "Every attribute set on the in-domain test set"
        tables += [
            _table_of_sets(study, paper, "in-domain", title, ["test"], epoch)
            for epoch in EPOCHS
        ]
    introduction = elements.Text(
        f"The paper's numbers are those of {paper.citation}: single runs, trained and "
        "tested on its own corpora. Ours differ from them by the data, by the training "
        "and by the luck of the seeds."
    )
    blocks = [introduction, *map(elements.Warning, warnings(study, paper)), *tables]
    return elements.Section("paper-tables", "The paper's tables", blocks)


def _table_as_printed(
    study: StudyFiles, paper: Paper, source: str, how_many: str, parts: Sequence[str]
) -> Table:
    """Lay out Table 2 or 3: a column per attribute set, approaches below each other."""
    sets = paper.sets(source)
    rows: list[list[Cell]] = []
    keys: list[Key] = []
    for part in parts:
        for approach, name in ABBREVIATIONS.items():
            head = [Cell(name_part(part)), Cell(name)]
            # The baseline has no attributes: its number stands in every column.
            columns = ["-" if approach == "baseline" else it for it in sets]
            for epoch in EPOCHS:
                line = [Key(part, approach, it, epoch) for it in columns]
                keys += line
                if part in study.parts:
                    cells = [our_cell(study, key) for key in line]
                    rows.append([*head, Cell(f"ours, {epoch}"), *cells])
            printed = [paper.numbers.get((part, approach, it)) for it in columns]
            if any(printed):
                rows.append([*head, Cell("paper"), *map(paper_cell, printed)])
    title = f"The paper's {source}, {how_many} attributes"
    return Table(
        source.lower().replace(" ", "-"),
        describe(study, paper, title, keys)
        + " The baseline has no attributes: its number is repeated.",
        ["corpus", "approach", "numbers", *sets],
        rows,
        num_names=3,
        notes=[*notes(study, paper, keys)],
    )


def _table_of_sets(
    study: StudyFiles,
    paper: Paper,
    name: str,
    title: str,
    parts: Sequence[str],
    epoch: str,
) -> Table:
    """Lay out all attribute sets below each other, with a column per approach."""
    ran = {run.set_name for run in study.runs if run.approach in _WITH_ATTRIBUTES}
    rows: list[list[Cell]] = []
    keys: list[Key] = []
    for part in parts:
        sets = {it.set_name for it in paper.numbers.values() if it.part == part}
        sets |= ran | {"-"} if part in study.parts else set()
        for set_name in sorted(sets, key=_set_order):
            is_baseline = set_name == "-"
            attributes = "none (baseline)" if is_baseline else set_name
            row = [Cell(name_part(part)), Cell(attributes)]
            for column in _WITH_ATTRIBUTES:
                approach = "baseline" if is_baseline else column
                keys.append(key := Key(part, approach, set_name, epoch))
                row += [our_cell(study, key), paper_cell(paper.numbers.get(key[:3]))]
            rows.append(row)
    short = [ABBREVIATIONS[approach] for approach in _WITH_ATTRIBUTES]
    heads = [head for name in short for head in (name, f"{name}, paper")]
    return Table(
        name if epoch == "best" else f"{name}-{epoch}",
        describe(study, paper, title, keys),
        ["corpus", "attributes", *heads],
        rows,
        num_names=2,
        notes=[*notes(study, paper, keys)],
    )


def _set_order(set_name: str) -> tuple:
    names, letters = set_name.split("+"), [*ATTRIBUTES]
    places = [letters.index(n) if n in letters else len(letters) for n in names]
    return set_name != "-", len(names), places, set_name
