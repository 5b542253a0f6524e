"""The page's section on the data: hours, utterances, speakers, and what can mislead."""

import numpy as np

from serjax.preparation.prior import describe_information, share_lines
from serjax.records.folder import Run, StudyFiles
from serjax.records.predictions import Rows
from serjax.records.study_record import DataFacts, PartFacts
from serjax.reporting import elements
from serjax.reporting.elements import Block, Cell, Table, Text, Warning
from serjax.reporting.formatting import number_cell

_FACTS = {"utterances": "d", "hours": ".2f", "speakers": "d"}


def data_section(study: StudyFiles) -> elements.Section | None:
    """Describe the data; None where nothing of them is known yet."""
    facts = data_facts(study)
    if not facts:
        return None
    blocks: list[Block] = [_parts_table(facts, study.classes)]
    if facts.corpora:
        blocks.append(_corpora_table(facts))
    blocks += _prior_blocks(study, facts)
    if not study.about:
        text = (
            "There is no study.json: the runs were trained one by one. So it is not "
            "known here which attributes coincide in these data, how long the "
            "recordings are, nor which corpora training has but testing lacks; "
            "`python -m experiments.prepare` tells."
        )
        blocks.append(Warning(text))
    blocks += map(Warning, facts.confounds)
    if facts.associations:
        blocks.append(_associations_table(facts))
    if facts.notes:
        blocks.append(elements.Listing(facts.notes))
    return elements.Section("data", "The data", [*blocks, _skipped(facts)])


def data_facts(study: StudyFiles) -> DataFacts | None:
    """What is known of the data, as study.json has it; without one, what runs tell."""
    if study.about:
        return study.about.data
    return _facts_of(study.begun[0]) if study.begun else None


def trained_corpora(study: StudyFiles) -> list[str]:
    """The corpora that training has; without a study.json those that test has."""
    facts = data_facts(study)
    corpora = facts.corpora if facts else {}
    return [name for name, parts in corpora.items() if {"train", "test"} & {*parts}]


def _facts_of(run: Run) -> DataFacts:
    dataset = run.config.dataset
    sizes = {n: size for n, size in dataset.utterances.items() if n != "ood"}
    parts = {name: PartFacts(utterances=size) for name, size in sizes.items()}
    corpora: dict[str, dict[str, PartFacts]] = {}
    for part in run.result.ua if run.status == "finished" else ():
        rows = run.rows
        mask = rows.of(part)
        parts[part] = _count(rows, mask)
        for corpus in np.unique(rows.attributes["corpus"][mask]):
            both = mask & (rows.attributes["corpus"] == corpus)
            corpora.setdefault(str(corpus), {})[part] = _count(rows, both)
    return DataFacts(
        parts=parts,
        corpora=corpora,
        confounds=[],
        associations=[],
        notes=[],
        skipped={"see skipped.csv of any run": dataset.skipped},
    )


def _count(rows: Rows, mask: np.ndarray) -> PartFacts:
    counts = np.bincount(rows.labels[mask], minlength=len(rows.classes))
    return PartFacts(
        utterances=int(mask.sum()),
        speakers=len(np.unique(rows.attributes["speaker"][mask])),
        classes=dict(zip(rows.classes, counts.tolist(), strict=True)),
    )


def _cells(facts: PartFacts) -> list[Cell]:
    return [number_cell(getattr(facts, name), form) for name, form in _FACTS.items()]


def _parts_table(facts: DataFacts, classes: tuple[str, ...]) -> Table:
    rows = []
    for part, known in facts.parts.items():
        per_class = [number_cell(known.classes.get(name), "d") for name in classes]
        rows.append([Cell(part), *_cells(known), *per_class])
    caption = (
        "Parts of the data: utterances, hours and speakers, and utterances of each "
        "class. The unseen corpora stand last."
    )
    return Table("data-parts", caption, ["part", *_FACTS, *classes], rows)


def _corpora_table(facts: DataFacts) -> Table:
    rows = [
        [Cell(corpus), Cell(part if part != corpus else "unseen"), *_cells(known)]
        for corpus, parts in facts.corpora.items()
        for part, known in parts.items()
    ]
    heads = ["corpus", "part", *_FACTS]
    return Table("data-corpora", "Corpora and their parts.", heads, rows, num_names=2)


def _prior_blocks(study: StudyFiles, facts: DataFacts) -> list[Block]:
    """Show how far the classes' shares differ; nothing where they are not known."""
    seen = {
        name: parts["train"].classes
        for name, parts in facts.corpora.items()
        if "train" in parts and parts["train"].classes
    }
    if not study.about:
        seen = dict(study.begun[0].config.training_classes)
    drawn = ("train", "valid", "test")
    unseen = {name: it.classes for name, it in facts.parts.items() if name not in drawn}
    rows = []
    for name, total, shares in share_lines(seen, unseen, study.classes):
        each = (number_cell(it, ".1f") for it in shares)
        rows.append([Cell(name), number_cell(total, "d"), *each])
    if not rows:
        return []
    caption = (
        "Share of each class in percent: of the training rows of each corpus, of them "
        "together (the prior), and of each unseen corpus."
    )
    heads = ["corpus", "utterances", *study.classes]
    table = Table("data-prior", caption, heads, rows)
    said = "the training rows" + " of all folds" * bool(study.held_out)
    text = describe_information(seen, study.classes, said)
    return [table, *([Text(text)] if text else [])]


def _associations_table(facts: DataFacts) -> Table:
    caption = (
        "Cramer's V of two attributes: 1 where one tells the other, 0 where it tells "
        "nothing; - where one of them has a single value."
    )
    rows = [
        [Cell(it.first), Cell(it.second), number_cell(it.cramers_v, ".2f")]
        for it in facts.associations
    ]
    heads = ["attribute", "attribute", "Cramer's V"]
    return Table("data-associations", caption, heads, rows, num_names=2)


def _skipped(facts: DataFacts) -> Block:
    skipped = {reason: n for reason, n in facts.skipped.items() if n}
    if not skipped:
        return Text("No recording was left out.")
    caption = (
        f"Recordings left out: {sum(skipped.values())}, by reason. Each is listed in "
        "skipped.csv."
    )
    rows = [[Cell(reason), number_cell(n, "d")] for reason, n in skipped.items()]
    return Table("data-skipped", caption, ["reason", "recordings"], rows)
