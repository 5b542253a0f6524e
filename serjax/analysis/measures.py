"""The measures of a table, and where an older run's come from.

Each is a key of result.json, by part, at the best epoch; `<name>_last` is at the last.
"""

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

from serjax.records.folder import Run, StudyFiles

Counts = Mapping[str, Mapping[str, int]]
"""Utterances by corpus and class."""


@dataclasses.dataclass(frozen=True)
class Measure:
    """What a table can be of.

    Attributes:
      name: the key in result.json, and a flag's word.
      title: the head of a column.
      about: its unit and meaning, in a sentence or two.
      digits: decimals that are shown.
    """

    name: str
    title: str
    about: str
    digits: int

    @property
    def form(self) -> str:
        """Format of a value; a `+` before it is that of a difference."""
        return f"z.{self.digits}f"


MEASURES = {
    it.name: it
    for it in (
        Measure(
            "ua",
            "UA",
            "UA in percent (unweighted accuracy = macro recall, UAR).",
            1,
        ),
        Measure(
            "ua_even",
            "UA even (transductive)",
            "UA even in percent, transductive: UA after one offset per class, found on "
            "the part's own utterances without their labels, makes the mean prediction "
            "even. Never select by it.",
            1,
        ),
        Measure(
            "auc",
            "AUC",
            "AUC as a fraction: macro area under the ROC curve, one class against the "
            "rest; chance is 0.5, and no threshold has a part in it.",
            3,
        ),
        Measure(
            "nll",
            "NLL",
            "NLL in nats: mean negative log-likelihood; lower is better, and above the "
            "prior's the model tells less than the class shares of training.",
            3,
        ),
        Measure(
            "ua_test_by_corpus",
            "UA",
            "UA in percent (unweighted accuracy = macro recall, UAR): of the test "
            "part, and of each corpus in it.",
            1,
        ),
    )
}


def measured(study: StudyFiles, run: Run, measure: str) -> dict[str, Any]:
    """A finished run's result.json; a measure that it lacks is of predictions.csv.

    That has the best epoch alone. There is no `nll_prior` where neither config.json nor
    study.json counts the classes in training.
    """
    facts = run.result.to_dict()
    if not facts[measure]:  # of an older run
        facts |= _of_predictions(study, run)
    if measure == "ua_test_by_corpus":  # whose parts are other ones
        for key in ("", "_last"):
            whole = {"test": facts[f"ua{key}"]["test"]}
            facts[measure + key] = {**whole, **facts[measure + key]}
        facts["ua"] = facts[measure]
    return facts


@functools.lru_cache(maxsize=1024)  # each measure's table asks
def _of_predictions(study: StudyFiles, run: Run) -> dict[str, Any]:
    from serjax.evaluation.measures import class_shares, measure_rows  # slow to load

    prior = class_shares(training_classes(study, run), run.result.classes)
    return measure_rows(run.rows, run.result.ua, prior)


def training_classes(study: StudyFiles, run: Run) -> Counts:
    """Count what a run was trained on by corpus and class; nothing if unknown.

    As config.json has it; of an older run as study.json has it.
    """
    if run.config.training_classes or not study.about:
        return run.config.training_classes
    return {
        corpus: parts["train"].classes
        for corpus, parts in study.about.data.corpora.items()
        if "train" in parts and corpus != run.held_out and parts["train"].classes
    }
