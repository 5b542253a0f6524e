"""The section in words: what was asked, of which data, how far it has got, findings."""

import contextlib
import datetime
from collections.abc import Iterator, Sequence

from serjax.records.folder import Run, StudyFiles
from serjax.reporting.corpora import trained_corpora
from serjax.reporting.elements import Listing, Section, Text, Warning
from serjax.reporting.findings import findings
from serjax.reporting.formatting import counted, join_names

_MAX_NAMES = 8


def question_section(study: StudyFiles) -> Section:
    """Put the question in plain words, and say how much of the answer is there."""
    texts = Text(_question(study)), Text(_status(study))
    blocks = [*texts, *map(Warning, _warnings(study)), Listing(findings(study))]
    return Section("question", "The question and the findings in words", blocks)


def _question(study: StudyFiles) -> str:
    unseen = [part for part in study.parts if part != "test"]
    trained = trained_corpora(study)
    start = (
        "Does a model recognise emotion in speech better, and on corpora that it never "
        "heard, if while training it also learns, or unlearns, what comes with a "
        "corpus: the corpus itself, the speaker, gender, language? "
    )
    if study.held_out:
        return (
            f"{start}Each of {join_names(unseen)} in turn is held out: the models are "
            f"trained on the others of {join_names(trained)}, and tested on it; "
            "training and selection see nothing of it."
        )
    data = f"The models are trained on {join_names(trained)}, and tested on"
    if not trained:
        return start
    if not unseen:
        return f"{start}{data} speakers of the same that are held out (test)."
    return (
        f"{start}{data} speakers of the same that are held out (test) and on "
        f"{join_names(unseen)}, of which training and selection see nothing."
    )


def _status(study: StudyFiles) -> str:
    counts = [
        f"{len(study.with_status(status))} {status}"
        for status in ("failed", "broken", "unfinished", "planned")
        if study.with_status(status)
    ]
    number, total = len(study.finished), len(study.runs)
    others = f"; {', '.join(counts)}" if counts else ""
    newest = f" The newest file is of {_newest(study)}." if total else ""
    return f"{number} of {total} runs are finished{others}.{newest}"


def _warnings(study: StudyFiles) -> Iterator[str]:
    finished = study.finished
    if not finished:
        yield "No run is finished: there is no result yet."
    for status, consequence in (
        ("failed", "the means are over the other seeds"),
        ("broken", "a file of it cannot be read, and it is left out"),
        ("unfinished", "what is below changes when it ends"),
        ("planned", "not begun"),
    ):
        if runs := study.with_status(status):
            number = counted(len(runs), "run")
            yield f"{number} {status} ({consequence}): {_list(runs)}."
    collapsed = [
        run
        for run in finished
        if any((*run.result.collapsed.values(), *run.result.collapsed_last.values()))
    ]
    if collapsed:
        yield (
            f"{counted(len(collapsed), 'run')} collapsed: one class has nearly all "
            "predictions on a part. None is left out of any mean: "
            f"{_list(collapsed)}."
        )


def _list(runs: Sequence[Run]) -> str:
    """The runs' names; of many the first ones. All stand in the table of runs."""
    names = [run.name for run in runs[:_MAX_NAMES]]
    more = len(runs) - len(names)
    return ", ".join(names) + (f", and {more} more" if more else "")


def _newest(study: StudyFiles) -> str:
    """When the newest file was written: the same files, the same page."""
    files = ("config.json", "metrics.jsonl", "failure.json", "result.json")
    paths = [run.folder / name for run in study.runs for name in files]
    paths.append(study.folder / "study.json")
    times = []
    for path in paths:
        # A run that goes on removes its failure.json at any moment.
        with contextlib.suppress(FileNotFoundError):
            times.append(path.stat().st_mtime)
    moment = datetime.datetime.fromtimestamp(max(times), datetime.UTC)
    return moment.strftime("%Y-%m-%d %H:%M UTC")
