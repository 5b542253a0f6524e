"""What a model card tells of a run in numbers: scores, data, probes."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from serjax.analysis.cells import summarise_study
from serjax.analysis.knowledge import read_knowledge
from serjax.analysis.measures import MEASURES, measured
from serjax.config import Config
from serjax.corpora.labels import read_labels
from serjax.records.folder import Run, StudyFiles
from serjax.reporting.corpora import data_facts
from serjax.reporting.elements import Cell, Table
from serjax.reporting.formatting import (
    HALF_WIDTH,
    describe_mean,
    join_names,
    number_cell,
)
from serjax.reporting.writers import markdown_text, to_markdown


def describe_scores(study: StudyFiles, run: Run, epoch: str) -> Iterator[str]:
    """UA and AUC by part; over seeds, too, where the study has several."""
    last = "_last" * (epoch == "last")
    parts = [it for it in run.result.ua if it != "valid"]
    columns = {"speakers": [Cell(str(run.result.num_speakers[it])) for it in parts]}
    num_seeds = 1
    for name in ("ua", "auc"):
        measure = MEASURES[name]
        own = measured(study, run, name).get(name + last, {})
        columns[measure.title] = [
            number_cell(own.get(it), measure.form) for it in parts
        ]
        over = {
            it.part: it.at(epoch).score
            for it in summarise_study(study, name)
            if (it.approach, it.attributes) == (run.approach, run.set_name)
        }
        num = max((it.n for it in over.values()), default=0)
        if num > 1:
            num_seeds = num
            columns[f"{measure.title} over {num} seeds"] = [
                Cell(describe_mean(over[it], measure.form))
                if it in over and over[it].n
                else Cell("-")
                for it in parts
            ]
    names = [Cell(it if it == "test" else f"{it} (unseen)") for it in parts]
    rows = [*zip(names, *columns.values(), strict=True)]
    chance = 100 / len(run.result.classes)
    about = f"{MEASURES['ua'].about} Chance is {chance:.1f} %. {MEASURES['auc'].about}"
    if num_seeds > 1:
        about += f" Over seeds: {HALF_WIDTH}."
    about += " test: other speakers of the training corpora; unseen: another corpus."
    yield to_markdown(Table("scores", about, ["part", *columns], rows))
    collapsed = getattr(run.result, f"collapsed{last}")
    if flat := [it for it in parts if collapsed[it]]:
        yield (
            f"Collapsed on {markdown_text(join_names(flat))}: one class has 95 % or "
            "more of the predictions."
        )


def describe_data(study: StudyFiles, run: Run, config: Config) -> Iterator[str]:
    """Corpora, how their labels become classes, and what can mislead."""
    facts = data_facts(study)
    trained = run.config.training_classes
    classes = run.result.classes
    known = facts.corpora if facts else {}
    unseen = [it for it in run.result.ua if it not in ("valid", "test")]
    rows = []
    for corpus in dict.fromkeys((*trained, *unseen)):
        its = known.get(corpus, {})
        part = its.get("train" if corpus in trained else corpus)
        counts = trained.get(corpus) or (part.classes if part else {})
        is_told = part is not None and part.hours is not None
        rows.append(
            [
                Cell(corpus),
                Cell("training" if corpus in trained else "unseen"),
                number_cell(part.hours if part and is_told else None, ".1f"),
                number_cell(part.speakers if part else None, "d"),
                *(number_cell(counts.get(it), "d") for it in classes),
            ]
        )
    about = "Corpora: hours, speakers, and utterances of each class; - is not recorded."
    heads = ["corpus", "part", "hours", "speakers", *classes]
    yield to_markdown(Table("data", about, heads, rows, num_names=2))
    label_map, cells = read_mapping(config, [*trained])
    yield f"Labels become classes by {markdown_text(label_map)}."
    lines = [
        f"- {corpus}: {label_list}"
        for corpus, labels in cells.items()
        if (label_list := markdown_text(_by_class(labels)))
    ]
    if lines:
        yield "\n".join(lines)
    confounds = facts.confounds if study.about and facts else []
    if confounds:
        yield "What can mislead in these data:"
        yield "\n".join(f"- {markdown_text(it)}" for it in confounds)
    elif not study.about:
        yield "Confounds: not recorded, for the run was not trained in a study."


def read_mapping(
    config: Config, corpora: Sequence[str]
) -> tuple[str, Mapping[str, Mapping[str, str]]]:
    """Name of the mapping, and corpus -> raw label -> class; none without its file."""
    name = Path(config.data.label_map).name
    try:
        cells = read_labels(config.data.label_map).cells
    except ValueError:
        return f"{name}, a file of the user's that is not at hand", {}
    return name, {it: dict(cells[it]) for it in corpora if it in cells}


def _by_class(labels: Mapping[str, str]) -> str:
    """Write `negative: A, W; neutral: N`."""
    classes: dict[str, list[str]] = {}
    for label, emotion in labels.items():
        classes.setdefault(emotion, []).append(label)
    return "; ".join(f"{it}: {', '.join(classes[it])}" for it in sorted(classes))


def describe_knowledge(run: Run, epoch: str) -> str:
    """What fresh probes found, if the run was probed."""
    known = (read_knowledge(run) or {}).get(("seen", epoch))
    if not known:
        return "Not probed. The report of a run or a study does it (`serjax report`)."
    rows = [
        [
            Cell(name),
            number_cell(it.balanced_accuracy, ".1f"),
            number_cell(it.chance_balanced_accuracy, ".1f"),
        ]
        for name, it in known.probes.items()
    ]
    about = (
        "What a linear classifier, trained afresh on the embeddings of validation and "
        "test, still tells of each attribute: balanced accuracy in percent."
    )
    heads = ["attribute", "balanced accuracy", "chance"]
    return to_markdown(Table("knowledge", about, heads, rows))
