"""The paper's Figure 2: what the shared layers make of corpus, emotion and gender."""

from collections.abc import Iterator, Sequence

import numpy as np

from serjax.analysis.projection import PERPLEXITY, choose_points, project_once
from serjax.config import attribute_set_name
from serjax.methods import MIXED, PAPER_APPROACHES
from serjax.records.folder import Run, StudyFiles
from serjax.reporting.drawing import to_svg
from serjax.reporting.elements import Block, Drawer, Figure, Section, Text, Warning
from serjax.reporting.scatter import draw_projection, make_panel

_TITLE = "The embedding in the plane"
_MAX_POINTS = 500  # of panels as small as these, and of a page in one file


def projection_section(study: StudyFiles) -> Section:
    """The same rows for baseline and approaches, at the last epoch and at the best."""
    runs = _choose_runs(study.finished)
    if not runs:
        text = "No run is finished, mixed ones aside: there is nothing to draw yet."
        return Section("embedding", _TITLE, [Warning(text)])
    blocks: list[Block] = [
        Text(
            "t-SNE lays rows with like embeddings beside each other. How large a group "
            "is, and how far groups are apart, means nothing; and it is one seed. The "
            "paper's Figure 2 shows baseline, multitask and reversal trained with "
            "corpus, coloured by corpus; there multitask's is heavily clustered, and "
            "the other two show no clusters. Here they are at the last epoch: alpha "
            "grows in training, and at the epoch of best validation UA it may still be "
            "small."
        )
    ]
    blocks += [*map(Warning, _shortcomings(runs)), _figure(runs, "last")]
    ends = [(run.result.best_epoch, run.result.epochs_run) for run in runs]
    if any(best is not None and best + 1 < run for best, run in ends):
        title = "The same at the epochs of best validation UA"
        blocks.append(Drawer("embedding-at-best", title, [_figure(runs, "best")]))
    return Section("embedding", _TITLE, blocks)


def _choose_runs(finished: Sequence[Run]) -> list[Run]:
    """One run of each approach, of one attribute set, one seed and the same rows.

    Corpus alone, as in the paper, if a run has it; else the set, and of it the seed,
    with which most approaches are finished, the first of equals. No result is looked
    at.
    """
    chosen: list[Run] = []
    finished = [run for run in finished if run.approach != MIXED]
    sets = dict.fromkeys(run.attributes for run in finished if run.attributes)
    if ("corpus",) in sets:
        sets = [("corpus",)]
    for attributes in sets or [()]:
        for seed in sorted({run.seed for run in finished}):
            found = [
                run
                for run in finished
                if run.seed == seed and run.attributes in ((), attributes)
            ]
            data = [run.config.dataset.identity for run in found]
            same = [run for run, it in zip(found, data, strict=True) if it == data[0]]
            if len(same) > len(chosen):
                chosen = same
    return chosen


def _shortcomings(runs: Sequence[Run]) -> Iterator[str]:
    attributes = runs[-1].attributes
    if attributes and attributes != ("corpus",):
        yield (
            "No finished run is trained with corpus alone, as in the paper's figure; "
            f"these are trained with {attribute_set_name(attributes)}."
        )
    shown = {run.approach for run in runs}
    if absent := [name for name in PAPER_APPROACHES if name not in shown]:
        yield f"Not in the figure, for no such run is finished: {', '.join(absent)}."


def _figure(runs: Sequence[Run], epoch: str) -> Figure:
    rows = runs[0].rows
    inside = np.flatnonzero(np.isin(rows.parts, ("valid", "test")))
    chosen = inside[choose_points(rows.attributes["corpus"][inside], _MAX_POINTS)]
    known = {name: values[chosen] for name, values in rows.attributes.items()}
    known["emotion"] = np.array(rows.classes)[rows.labels[chosen]]
    names = dict.fromkeys(("corpus", *runs[-1].attributes, "emotion", "gender"))
    columns = {
        name: known[name]
        for name in names
        if name == "emotion" or len({*known[name]} - {""}) > 1
    }
    panels = []
    for run in runs:
        embeddings = getattr(run.embeddings, epoch)[chosen]
        points = project_once(run.folder / f"tsne-{epoch}.npz", embeddings)
        panels.append(make_panel(_title(run, epoch), embeddings, points, columns))
    which = "the last epoch" if epoch == "last" else "the epoch of best validation UA"
    left_out = len(inside) - len(chosen)
    omission = f", {left_out:,} left out at random, of each corpus its share"
    silhouettes = []
    for name in columns:
        each = [f"{it.title.splitlines()[0]}: {it.silhouettes[name]}" for it in panels]
        silhouettes.append(f"Silhouette by {name}: {'; '.join(each)}")
    return Figure(
        f"embedding-{epoch}",
        f"t-SNE (perplexity {PERPLEXITY:g}) of the shared layers' output at "
        f"{which}, seed {runs[-1].seed}: the same {len(chosen):,} utterances of "
        f"validation and test ({len({*known['speaker']} - {''})} speakers) in every "
        f"panel{omission if left_out else ''}; coloured by {', '.join(columns)}. Below "
        "each panel the silhouette of these utterances in the embedding itself, from "
        "-1 to 1: about 0 where the values lie mixed.",
        f"Scatter plots, {len(panels)} across by {len(columns)} down. "
        f"{'. '.join(silhouettes)}.",
        to_svg(draw_projection(panels, columns)),
    )


def _title(run: Run, epoch: str) -> str:
    """`reversal, C`, and which epoch it was."""
    it = run.result
    number, alpha, collapsed = it.epochs_run, it.alpha_last, it.collapsed_last
    if epoch == "best":
        number = None if it.best_epoch is None else it.best_epoch + 1
        alpha, collapsed = it.alpha_at_best, it.collapsed
    lines = [f"{run.approach}, {run.set_name}" if run.attributes else run.approach]
    told = f"epoch {number}" + (f", alpha {alpha:.2f}" if run.attributes else "")
    lines.append("functionals" if it.best_epoch is None else told)
    if collapsed.get("test"):
        lines.append("collapsed to one class")
    return "\n".join(lines)
