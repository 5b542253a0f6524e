"""The page's section on the data: hours, utterances, speakers, and what can mislead."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from serjax.analysis.rows import Rows
from serjax.analysis.runs import Run, StudyFiles
from serjax.reporting.elements import (
    Block,
    Cell,
    Listing,
    Section,
    Table,
    Text,
    Warning,
)

_FACTS = {"utterances": "{:.0f}", "hours": "{:.2f}", "speakers": "{:.0f}"}
_NOTHING = Cell("-")


def data_section(study: StudyFiles) -> Section | None:
    """Describe the data; None where nothing of them is known yet."""
    facts = data_facts(study)
    if not facts:
        return None
    blocks: list[Block] = [_parts_table(facts, study.classes)]
    if facts["corpora"]:
        blocks.append(_corpora_table(facts))
    if "confounds" not in facts:
        blocks.append(
            Warning(
                "There is no study.json: the runs were trained one by one. So it is "
                "not known here which attributes coincide in these data, how long the "
                "recordings are, nor which corpora training has but testing lacks; "
                "`python -m experiments.prepare` tells."
            )
        )
    blocks += [Warning(text) for text in facts.get("confounds", ())]
    if facts.get("associations"):
        blocks.append(_associations_table(facts["associations"]))
    if facts.get("notes"):
        blocks.append(Listing(facts["notes"]))
    return Section("data", "The data", [*blocks, *_skipped(facts)])


def data_facts(study: StudyFiles) -> Mapping[str, Any]:
    """What is known of the data, as study.json has it; without one, what runs tell."""
    if "data" in study.about:
        return study.about["data"]
    begun = [run for run in study.runs if run.config]
    if not begun:
        return {}
    # A finished one knows most.
    return _facts_of(next(iter(study.finished), begun[0]))


def trained_corpora(study: StudyFiles) -> list[str]:
    """The corpora that training has; without a study.json those that test has."""
    corpora = data_facts(study).get("corpora", {})
    return [name for name, parts in corpora.items() if {"train", "test"} & {*parts}]


def _facts_of(run: Run) -> dict[str, Any]:
    dataset = run.config["dataset"]
    sizes = {n: size for n, size in dataset["utterances"].items() if n != "ood"}
    facts: dict[str, Any] = {
        "parts": {name: {"utterances": size} for name, size in sizes.items()},
        "corpora": {},
        "skipped": {"see skipped.csv of any run": dataset["skipped"]},
    }
    if run.status != "finished":
        return facts
    rows = run.rows
    for part in run.result["ua"]:
        mask = rows.of(part)
        facts["parts"][part] = _count(rows, mask)
        for corpus in np.unique(rows.attributes["corpus"][mask]):
            both = mask & (rows.attributes["corpus"] == corpus)
            facts["corpora"].setdefault(str(corpus), {})[part] = _count(rows, both)
    return facts


def _count(rows: Rows, mask: np.ndarray) -> dict[str, Any]:
    counts = np.bincount(rows.labels[mask], minlength=len(rows.classes))
    return {
        "utterances": int(mask.sum()),
        "speakers": len(np.unique(rows.attributes["speaker"][mask])),
        "classes": dict(zip(rows.classes, counts.tolist(), strict=True)),
    }


def _cells(facts: Mapping[str, Any]) -> list[Cell]:
    return [
        Cell(form.format(facts[name]), facts[name]) if name in facts else _NOTHING
        for name, form in _FACTS.items()
    ]


def _parts_table(facts: Mapping[str, Any], classes: tuple[str, ...]) -> Table:
    rows = []
    for part, known in facts["parts"].items():
        counts = known.get("classes", {})
        per_class = [
            Cell(str(counts[name]), counts[name]) if name in counts else _NOTHING
            for name in classes
        ]
        rows.append([Cell(part), *_cells(known), *per_class])
    return Table(
        "data-parts",
        "Parts of the data: utterances, hours and speakers, and utterances of each "
        "class. The unseen corpora stand last.",
        ["part", *_FACTS, *classes],
        rows,
    )


def _corpora_table(facts: Mapping[str, Any]) -> Table:
    return Table(
        "data-corpora",
        "Corpora and their parts.",
        ["corpus", "part", *_FACTS],
        [
            [Cell(corpus), Cell(part if part != corpus else "unseen"), *_cells(known)]
            for corpus, parts in facts["corpora"].items()
            for part, known in parts.items()
        ],
        num_names=2,
    )


def _associations_table(associations: list[Mapping[str, Any]]) -> Table:
    return Table(
        "data-associations",
        "Cramer's V of two attributes: 1 where one tells the other, 0 where it tells "
        "nothing; - where one of them has a single value.",
        ["attribute", "attribute", "Cramer's V"],
        [
            [
                Cell(it["first"]),
                Cell(it["second"]),
                _association(it["cramers_v"]),
            ]
            for it in associations
        ],
        num_names=2,
    )


def _association(cramers_v: float | None) -> Cell:
    return Cell("-") if cramers_v is None else Cell(f"{cramers_v:.2f}", cramers_v)


def _skipped(facts: Mapping[str, Any]) -> list[Block]:
    skipped = {reason: n for reason, n in facts.get("skipped", {}).items() if n}
    if not skipped:
        return [Text("No recording was left out.")]
    return [
        Table(
            "data-skipped",
            f"Recordings left out: {sum(skipped.values())}, by reason. Each is listed "
            "in skipped.csv.",
            ["reason", "recordings"],
            [[Cell(reason), Cell(str(n), n)] for reason, n in skipped.items()],
        )
    ]
