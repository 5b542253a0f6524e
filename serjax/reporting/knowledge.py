"""The section of what the embedding knows: fresh probes, and silhouettes by corpus."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from serjax.analysis.breakdowns import average_by_seed, configurations
from serjax.analysis.knowledge import EMOTION, MOMENTS, POOLS, Knowledge, know_study
from serjax.analysis.statistics import mean_interval
from serjax.evaluation import Probe
from serjax.records.folder import Run, StudyFiles
from serjax.reporting.elements import Block, Cell, Section, Table, Text, Warning
from serjax.reporting.formatting import DIFFERENCE, HALF_WIDTH, describe_mean, mean_cell
from serjax.reporting.groups import by_approach, configuration_table
from serjax.reporting.probes import probe_figure

Known = Mapping[str, Knowledge]
"""Run's name -> what its embedding knows, of one pool at one moment."""

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
    kept = know_study(study).items()
    blocks: list[Block] = [Text(_METHOD)]
    for pool in POOLS:
        known = {
            moment: {run: it[pool, moment] for run, it in kept if (pool, moment) in it}
            for moment in MOMENTS
        }
        if known["last"]:
            blocks += _pool_blocks(study, known, pool)
    return Section("knowledge", title, blocks)


def _pool_blocks(
    study: StudyFiles, known: Mapping[str, Known], pool: str
) -> Iterator[Block]:
    last = known["last"]
    one = next(iter(last.values()))
    # The runs share these, but a further attribute may be in some alone.
    probes = {name: it for each in last.values() for name, it in each.probes.items()}
    left_out = {n: why for each in last.values() for n, why in each.left_out.items()}
    rows = f"{one.num_rows} utterances of {_POOLS[pool]}"
    if one.num_rows < one.num_rows_in_pool:
        rows += f", drawn from {one.num_rows_in_pool}"
    yield Text(f"Probed on {rows}.")
    yield from map(Text, _verdicts(study, last, probes))
    if probes:
        above = {name: _above_chance(study, last, name) for name in probes}
        yield probe_figure(f"probes-{pool}", above, f"on {rows}")
    for name, probe in probes.items():
        notes = [f"Left out: {left_out[name]}."] if name in left_out else []
        yield _probe_table(study, known, pool, name, probe, notes)
    for name, why in left_out.items():
        if name not in probes:
            yield Warning(f"No probe of {name}: {why}.")
    if one.silhouette is not None:
        yield _silhouettes(study, known, pool)


def _verdicts(study: StudyFiles, last: Known, names: Iterable[str]) -> list[str]:
    """Say of each attribute whether training on it changed what is known of it."""
    configured = configurations(study)
    baselines = configured.get(("baseline", "-"), [])
    sentences = []
    for name in names:
        probes = _probes(last, name).items()
        accuracy = {run: probe.balanced_accuracy for run, probe in probes}
        baseline = {r.trial: accuracy[r.name] for r in baselines if r.name in accuracy}
        found: dict[str, list[str]] = {}
        for (approach, set_name), runs in configured.items():
            if name not in runs[0].attributes:
                continue
            differences = [
                accuracy[run.name] - baseline[run.trial]
                for run in runs
                if run.name in accuracy and run.trial in baseline
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
    if any("Know" in it or "Not told" in it for it in sentences):
        sentences.append(
            "What is told apart has a 95 % t interval over seeds without zero, not "
            f"corrected for how many are read. Mean {HALF_WIDTH}."
        )
    return sentences


def _judge(differences: Sequence[float]) -> tuple[str, str]:
    found = mean_interval(differences)
    if found.mean is None:
        return "No baseline of the same seed", ""
    kind = "Not told apart"
    if found.interval is None:
        kind = "No interval, too few seeds"
    elif found.interval[1] < 0:
        kind = "Knows less"
    elif found.interval[0] > 0:
        kind = "Knows more"
    return kind, f" {describe_mean(found, DIFFERENCE)}"


def _probe_table(
    study: StudyFiles,
    known: Mapping[str, Known],
    pool: str,
    name: str,
    probe: Probe,
    notes: Sequence[str],
) -> Table:
    probes_at = [_probes(known[moment], name) for moment in MOMENTS]

    def cells_of(runs: Sequence[Run]) -> Iterator[Cell]:
        for probes in probes_at:
            found = [probes[run.name] for run in runs if run.name in probes]
            yield mean_cell([it.balanced_accuracy for it in found])
            yield mean_cell([it.cross_entropy for it in found], "z.3f")

    chance = f"(chance {probe.chance_balanced_accuracy:.1f})"
    entropy = f"(chance {probe.chance_cross_entropy:.3f})"
    folds = f"{probe.num_folds} folds that keep each speaker whole"
    if not probe.is_speaker_disjoint:
        folds = f"{probe.num_folds} folds that share speakers but no utterance"
    return configuration_table(
        study,
        f"probe-{name}-{pool}",
        f"Fresh probes of {name} on {_POOLS[pool]}: balanced accuracy in percent "
        f"{chance} and cross-entropy in nats {entropy}, at the epoch of best "
        f"validation UA and at the last. Mean over seeds {HALF_WIDTH}. {folds}.",
        [
            f"{moment}: {what}"
            for moment in MOMENTS
            for what in (f"balanced accuracy {chance}", f"cross-entropy {entropy}")
        ],
        cells_of,
        notes,
    )


def _silhouettes(study: StudyFiles, known: Mapping[str, Known], pool: str) -> Table:
    def cells_of(runs: Sequence[Run]) -> Iterator[Cell]:
        for each in known.values():
            found = [each[run.name].silhouette for run in runs if run.name in each]
            yield mean_cell([it for it in found if it is not None], "z.3f")

    return configuration_table(
        study,
        f"silhouette-{pool}",
        f"Silhouette by corpus on {_POOLS[pool]}, in the embedding "
        "itself: 1 where corpora are clusters apart, 0 where they overlap, below 0 "
        "where rows lie nearer to another corpus than to their own. Mean over seeds "
        f"{HALF_WIDTH}.",
        MOMENTS,
        cells_of,
    )


def _above_chance(study: StudyFiles, last: Known, name: str) -> dict[str, list[float]]:
    """Give approach -> points above chance, one per seed, of those trained on it."""
    above = {
        run: probe.balanced_accuracy - probe.chance_balanced_accuracy
        for run, probe in _probes(last, name).items()
    }
    found = {}
    for approach, runs in by_approach(study.finished).items():
        used = [run for run in runs if name in (*run.attributes, EMOTION)]
        used = runs if approach == "baseline" else used
        if points := average_by_seed(used, above):
            found[approach] = points
    return found


def _probes(known: Known, name: str) -> dict[str, Probe]:
    """Run's name -> its probe of an attribute."""
    return {run: it.probes[name] for run, it in known.items() if name in it.probes}
