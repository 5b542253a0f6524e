"""The lines of the first screen on what is not to be trusted, each with a link.

Each is a sentence and the anchor of the section or table that has the whole of it.
"""

from collections import Counter
from collections.abc import Iterator

from serjax.analysis.cells import summarise_study
from serjax.analysis.health import verdicts
from serjax.analysis.speakers import MIN_SPEAKERS
from serjax.analysis.verdicts import study_verdicts
from serjax.records.folder import StudyFiles
from serjax.reporting.corpora import data_facts, trained_corpora
from serjax.reporting.elements import Links
from serjax.reporting.findings import describe_progress
from serjax.reporting.formatting import counted
from serjax.reporting.protocol import settings_that_differ

_MOST = 5

_Caution = tuple[str, str]


def caution_links(study: StudyFiles) -> list[Links]:
    """Link the first five, the gravest first; nothing where there is none."""
    found = list(cautions(study))
    if not found:
        return []
    more = f": {_MOST} of {len(found)}, the others in their sections"
    title = "What not to trust" + more * (len(found) > _MOST)
    return [Links(title, found[:_MOST])]


def cautions(study: StudyFiles) -> Iterator[_Caution]:
    """Say what may mislead, and at which anchor it is told in full."""
    finished = study.finished
    if not finished:
        return
    for line in describe_progress(summarise_study(study)):
        yield line, "question"
    if len({run.seed for run in finished}) == 1:
        yield (
            "One seed: no difference between two runs can be told from the luck of a "
            "seed.",
            "results",
        )
    if not set(study.parts) - {"test"}:
        yield (
            "No corpus is unseen: this study says nothing of how well a model does on "
            "a corpus that it was not trained on.",
            "data",
        )
    yield from _of_models(study)
    if names := settings_that_differ(study):
        told = f"The runs differ in {', '.join(names)}, and not in the approach alone."
        yield told, "protocol"
    yield from _of_data(study)


def _of_models(study: StudyFiles) -> Iterator[_Caution]:
    runs = study.finished
    pairs = [(part, run) for part in study.parts for run in runs]
    collapsed = Counter(part for part, run in pairs if run.result.collapsed.get(part))
    if collapsed:
        where = ", ".join(f"{n} on {part}" for part, n in collapsed.items())
        have = f"Of {counted(len(runs), 'run')} these collapsed to one class"
        yield f"{have}: {where}. They count in all means.", "results"
    total = Counter(it.part for it in study_verdicts(study))
    for words, meaning in (
        (("blind", "reversed"), "do not rank the utterances (blind or reversed)"),
        (("biased",), "rank the utterances, but with displaced thresholds (biased)"),
    ):
        counts = Counter(it.part for it in study_verdicts(study) if it.word in words)
        where = ", ".join(
            f"{n} of {total[part]} on {part}" for part, n in counts.items()
        )
        if where:
            yield f"Configurations that {meaning}: {where}.", "table-verdicts"
    words = [it.word for run in study.begun for it in verdicts(run)]
    if dead := words.count("dead head"):
        yield f"{dead} of {len(words)} heads never read the attribute.", "adversary"


def _of_data(study: StudyFiles) -> Iterator[_Caution]:
    facts = data_facts(study)
    if len(trained := trained_corpora(study)) == 1:
        yield (
            f"One corpus, {trained[0]}, is trained on: the models could not learn what "
            "differs between corpora.",
            "data",
        )
    if facts and facts.confounds:
        more = len(facts.confounds) - 1
        told = facts.confounds[0] + f" And {more} more such." * bool(more)
        yield told, "data"
    parts = facts.parts if facts else {}
    known = {part: parts[part].speakers or 0 for part in study.parts if part in parts}
    few = [part for part, number in known.items() if 0 < number < MIN_SPEAKERS]
    if few:
        told = f"Fewer than {MIN_SPEAKERS} speakers: {', '.join(few)}."
        yield f"{told} Others could have given other numbers.", "speakers"
