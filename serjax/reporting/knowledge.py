"""The section of what the embedding knows: fresh probes, and silhouettes by corpus."""

import dataclasses
from collections.abc import Sequence

from serjax.analysis.breakdowns import average_by_seed, configurations
from serjax.analysis.knowledge import (
    EMOTION,
    MOMENTS,
    POOLS,
    Knowledge,
    RunKnowledge,
    know_study,
)
from serjax.analysis.statistics import mean_interval
from serjax.evaluation import Probe
from serjax.records.folder import Run, StudyFiles
from serjax.reporting.elements import Block, Cell, Section, Table, Text, Warning
from serjax.reporting.formatting import describe_mean, mean_cell
from serjax.reporting.groups import by_approach
from serjax.reporting.probes import probe_figure

Known = dict[str, RunKnowledge]

_POOLS = {
    "seen": "valid and test (corpora that training saw, speakers that it did not)",
    "all": "valid, test and the unseen corpora",
}
_METHOD = (
    "A logistic regression is trained afresh on the frozen embeddings of each run, to "
    "tell an attribute from them: a head that was trained against the encoder may just "
    "have been outrun, a fresh one has no such excuse. It is cross-validated over "
    "folds that keep each speaker whole; only for the speaker itself they share "
    "speakers, but no utterance. Where the embedding knows the attribute, balanced "
    "accuracy is high and cross-entropy low. Chance is 100 % over the values' number, "
    "and the entropy of their frequencies; a probe that is sure of its errors does "
    "worse. Emotion is probed as well: it is what the embedding is for. Attributes "
    "come together: where a corpus has one language, to know the one is to know the "
    "other."
)


def knowledge_section(study: StudyFiles) -> Section | None:
    """Say what a fresh probe still finds in the embeddings."""
    title = "What the embedding knows"
    if not study.finished:
        missing = "No run has finished: there is no embedding to probe yet."
        return Section("knowledge", title, [Warning(missing)])
    known = know_study(study)
    blocks: list[Block] = [Text(_METHOD)]
    for pool in POOLS:
        found = [it for it in (_of(known, r, pool) for r in study.finished) if it]
        if found:
            blocks += _pool_blocks(study, known, pool, _merge(found))
    return Section("knowledge", title, blocks)


def _pool_blocks(
    study: StudyFiles, known: Known, pool: str, one: Knowledge
) -> list[Block]:
    rows = f"{one.num_rows} utterances of {_POOLS[pool]}"
    if one.num_rows < one.num_rows_in_pool:
        rows += f", drawn from {one.num_rows_in_pool}"
    blocks: list[Block] = [Text(f"Probed on {rows}.")]
    blocks += [Text(it) for it in _verdicts(study, known, pool, one)]
    if one.probes:
        above = {name: _above_chance(study, known, pool, name) for name in one.probes}
        blocks.append(probe_figure(f"probes-{pool}", above, f"on {rows}"))
    blocks += [_table(study, known, pool, name, one) for name in one.probes]
    absent = {n: why for n, why in one.left_out.items() if n not in one.probes}
    blocks += [Warning(f"No probe of {n}: {why}.") for n, why in absent.items()]
    if one.silhouette is not None:
        blocks.append(_silhouettes(study, known, pool))
    return blocks


def _merge(found: Sequence[Knowledge]) -> Knowledge:
    """Take what the runs share from any: a further attribute may be in some alone."""
    return dataclasses.replace(
        found[0],
        probes={name: probe for it in found for name, probe in it.probes.items()},
        left_out={name: why for it in found for name, why in it.left_out.items()},
    )


def _verdicts(study: StudyFiles, known: Known, pool: str, one: Knowledge) -> list[str]:
    """Say of each attribute whether training on it changed what is known of it."""
    configured = configurations(study)
    baseline = {run.seed: run for run in configured.get(("baseline", "-"), [])}
    sentences = []
    for name in one.probes:
        found: dict[str, list[str]] = {}
        for (approach, set_name), runs in configured.items():
            if name not in runs[0].attributes:
                continue
            pairs = [
                _probes(known, [run, baseline[run.seed]], pool, name, "last")
                for run in runs
                if run.seed in baseline
            ]
            differences = [
                pair[0].balanced_accuracy - pair[1].balanced_accuracy
                for pair in pairs
                if len(pair) == 2
            ]
            kind, number = _judge(differences)
            found.setdefault(kind, []).append(f"{approach} {set_name}{number}")
        if found:
            kinds = [f"{kind}: {', '.join(found[kind])}" for kind in sorted(found)]
            sentences.append(
                f"{name.capitalize()}, in runs trained with it, at the last epoch: "
                "points of balanced accuracy above (+) or below (-) the baseline of "
                f"the same seed. {'. '.join(kinds)}."
            )
    if any("±" in sentence for sentence in sentences):
        sentences.append(
            "± is half the width of a 95 % t interval over seeds, not corrected for "
            "how many are read."
        )
    return sentences


def _judge(differences: Sequence[float]) -> tuple[str, str]:
    found = mean_interval(differences)
    if found.mean is None:
        return "No baseline of the same seed", ""
    if found.interval is None:
        return "No interval, too few seeds", f" ({found.mean:+z.1f})"
    low, high = found.interval
    number = f" ({describe_mean(found, '+z.1f')})"
    if high < 0:
        return "Knows less", number
    if low > 0:
        return "Knows more", number
    return "Not told apart", number


def _table(
    study: StudyFiles, known: Known, pool: str, name: str, one: Knowledge
) -> Table:
    probe = one.probes[name]
    rows = []
    for (approach, set_name), runs in configurations(study).items():
        cells = [Cell(approach), Cell(set_name), Cell(str(len(runs)), len(runs))]
        for moment in MOMENTS:
            probes = _probes(known, runs, pool, name, moment)
            cells.append(mean_cell([it.balanced_accuracy for it in probes]))
            cells.append(mean_cell([it.cross_entropy for it in probes], "z.3f"))
        rows.append(cells)
    folds = f"{probe.num_folds} folds that keep each speaker whole"
    if not probe.is_speaker_disjoint:
        folds = f"{probe.num_folds} folds that share speakers but no utterance"
    notes = [f"Left out: {one.left_out[name]}."] if name in one.left_out else []
    return Table(
        name=f"probe-{name}-{pool}",
        caption=f"Fresh probes of {name} on {_POOLS[pool]}: balanced accuracy in "
        f"percent (chance {probe.chance_balanced_accuracy:.1f}) and cross-entropy in "
        f"nats (chance {probe.chance_cross_entropy:.3f}), at the epoch of best "
        "validation UA and at the last. Mean over seeds ± half the width of its 95 % "
        f"t interval. {folds}.",
        columns=[
            "approach",
            "set",
            "seeds",
            *(
                f"{moment}: {what}"
                for moment in MOMENTS
                for what in (
                    f"balanced accuracy (chance {probe.chance_balanced_accuracy:.1f})",
                    f"cross-entropy (chance {probe.chance_cross_entropy:.3f})",
                )
            ),
        ],
        rows=rows,
        num_names=2,
        notes=notes,
    )


def _silhouettes(study: StudyFiles, known: Known, pool: str) -> Table:
    rows = []
    for (approach, set_name), runs in configurations(study).items():
        cells = [Cell(approach), Cell(set_name), Cell(str(len(runs)), len(runs))]
        for moment in MOMENTS:
            found = [_of(known, run, pool, moment) for run in runs]
            numbers = [it.silhouette for it in found if it]
            cells.append(mean_cell([n for n in numbers if n is not None], "z.3f"))
        rows.append(cells)
    return Table(
        name=f"silhouette-{pool}",
        caption=f"Silhouette by corpus on {_POOLS[pool]}, in the embedding "
        "itself: 1 where corpora are clusters apart, 0 where they overlap, below 0 "
        "where rows lie nearer to another corpus than to their own. Mean over seeds ± "
        "half the width of its 95 % t interval.",
        columns=["approach", "set", "seeds", *MOMENTS],
        rows=rows,
        num_names=2,
    )


def _above_chance(
    study: StudyFiles, known: Known, pool: str, name: str
) -> dict[str, list[float]]:
    """Give approach -> points above chance, one per seed, of those trained on it."""
    found = {}
    for approach, runs in by_approach(study.finished).items():
        used = [
            run
            for run in runs
            if (approach == "baseline" or name in (*run.attributes, EMOTION))
            and _probes(known, [run], pool, name, "last")
        ]
        points = [
            it.balanced_accuracy - it.chance_balanced_accuracy
            for it in _probes(known, used, pool, name, "last")
        ]
        if points:
            found[approach] = average_by_seed(used, points)
    return found


def _probes(
    known: Known, runs: Sequence[Run], pool: str, name: str, moment: str
) -> list[Probe]:
    found = [_of(known, run, pool, moment) for run in runs]
    return [it.probes[name] for it in found if it and name in it.probes]


def _of(known: Known, run: Run, pool: str, moment: str = "last") -> Knowledge | None:
    return known.get(run.name, {}).get((pool, moment))
