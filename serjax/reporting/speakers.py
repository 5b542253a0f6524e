"""The section on speakers: what other speakers of the same corpora could have given."""

from collections.abc import Mapping, Sequence

from serjax.analysis import speakers
from serjax.analysis.cells import Outcome, summarise_study
from serjax.records.folder import StudyFiles
from serjax.reporting import formatting
from serjax.reporting.elements import Block, Cell, Section, Table, Text, Warning
from serjax.reporting.formatting import BRACKETS, DIFFERENCE, UA, number_cell, slug

_ABOUT = (
    "A UA depends on which speakers happened to be recorded. Here a part's speakers "
    f"are drawn anew {speakers.NUM_RESAMPLES} times, with replacement and with all "
    "their utterances (a cluster bootstrap, percentiles), for the models as they are, "
    "at the best epoch. The draws are the same for all runs: a speaker who is hard for "
    "an approach is hard for the baseline too. An interval over seeds asks what "
    "another training would give on these speakers, one over speakers what these "
    "models would give on others; neither holds both."
)


def speakers_section(study: StudyFiles) -> Section | None:
    """Show intervals over speakers beside those over seeds; None if no run finished."""
    if not study.finished:
        return None
    outcomes = summarise_study(study)
    warnings: list[Block] = []
    tables: list[Block] = []
    for part in study.parts:
        sample, resampled = speakers.resample_runs(study.finished, part)
        if sample is None:
            continue
        warnings += map(Warning, sample.warnings)
        over_seeds = {(o.approach, o.attributes): o for o in outcomes if o.part == part}
        tables.append(_table(sample, resampled, over_seeds))
    return Section("speakers", "Speakers", [Text(_ABOUT), *warnings, *tables])


def _table(
    sample: speakers.SpeakerSample,
    resampled: Sequence[speakers.SpeakerOutcome],
    over_seeds: Mapping[tuple[str, str], Outcome],
) -> Table:
    rows = []
    for outcome in resampled:
        names = outcome.approach, outcome.attributes
        seeds = over_seeds[names].best
        rows.append(
            [
                *map(Cell, names),
                number_cell(outcome.ua.n, "d"),
                _cell(outcome.ua, UA),
                formatting.seeds_cell(seeds.score, UA),
                _cell(outcome.difference, DIFFERENCE),
                formatting.seeds_cell(seeds.difference, DIFFERENCE),
            ]
        )
    heads = ["approach", "attributes", "seeds", "UA [speakers]", "UA [seeds]"]
    return Table(
        f"speakers-{slug(sample.part)}",
        f"UA in percent on {sample.part} ({len(sample.speakers)} speakers), mean over "
        "seeds at the best epoch, and the difference from the baseline in points: with "
        f"95 % intervals over speakers and, beside them, over seeds: {BRACKETS}.",
        [*heads, "difference [speakers]", "difference [seeds]"],
        rows,
        num_names=2,
        part=sample.part,
    )


def _cell(it: speakers.SpeakerInterval | None, form: str) -> Cell:
    if it is None:
        return Cell("-")
    low, high = it.interval
    text = f"{it.value:{form}} [{low:{form}}, {high:{form}}]"
    return Cell(text, it.value, interval=it.interval)
