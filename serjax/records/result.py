"""result.json: what a finished run came to. It is written last."""

import warnings
from pathlib import Path

import msgspec

from serjax.records.record import Count, Names, Number, Record

_BY_PART = "wa recall confusion collapsed ua_last collapsed_last num_speakers"
# An older run has none of these.
_MEASURES = "auc auc_last ua_even ua_even_last nll nll_last nll_prior"
_ByPart = dict[str, Number | None]


class Result(Record, frozen=True, kw_only=True):
    """What result.json holds. Parts are valid, test and the unseen corpora."""

    FILE = "result.json"

    status: str = "finished"
    approach: str
    roles: dict[str, str]  # by attribute
    attributes: list[str]
    classes: Names
    seed: Count
    split_seed: Count
    epochs_run: Count
    best_epoch: Count | None  # counted from 0; null of an svm, which has none
    alpha_at_best: Number  # the mean of the attributes' strengths
    alpha_last: Number
    # By attribute; an older run has none.
    strengths_at_best: dict[str, Number] = msgspec.field(default_factory=dict)
    strengths_last: dict[str, Number] = msgspec.field(default_factory=dict)
    ua: _ByPart  # percent, at the best epoch
    wa: dict[str, Number]
    recall: dict[str, dict[str, Number | None]]  # null for a class that a part has not
    confusion: dict[str, list[list[Count]]]  # rows are labels, columns predictions
    collapsed: dict[str, bool]
    ua_last: _ByPart
    collapsed_last: dict[str, bool]
    # Of the probabilities (serjax.evaluation.measures): a fraction, percent, nats.
    auc: _ByPart = msgspec.field(default_factory=dict)
    auc_last: _ByPart = msgspec.field(default_factory=dict)
    ua_even: _ByPart = msgspec.field(default_factory=dict)  # transductive
    ua_even_last: _ByPart = msgspec.field(default_factory=dict)
    nll: _ByPart = msgspec.field(default_factory=dict)
    nll_last: _ByPart = msgspec.field(default_factory=dict)
    nll_prior: _ByPart = msgspec.field(default_factory=dict)  # of class shares in train
    ua_test_by_corpus: _ByPart = msgspec.field(default_factory=dict)
    ua_test_by_corpus_last: _ByPart = msgspec.field(default_factory=dict)
    num_speakers: dict[str, Count]
    dataset: str  # the data's identity
    config_hash: str
    wall_s: Number  # since the run was last started

    def __post_init__(self) -> None:
        for name in _BY_PART.split():
            if getattr(self, name).keys() != self.ua.keys():
                raise ValueError(f"{name} has other parts than ua")
        for name in _MEASURES.split():
            if getattr(self, name).keys() not in (self.ua.keys(), set()):
                raise ValueError(f"{name} has other parts than ua")
        sizes = [len(self.classes)] * len(self.classes)
        for part in self.ua:
            if list(self.recall[part]) != self.classes:
                raise ValueError("recall has other classes than classes")
            if [*map(len, self.confusion[part])] != sizes:
                raise ValueError("confusion has other rows or columns than classes")


def find_result(folder: Path) -> Result | None:
    """A finished run's result; None for one that is unfinished or not there.

    One that is damaged is warned of, and made anew from the checkpoint, to the bit.
    """
    try:
        return Result.read(folder)
    except FileNotFoundError:
        return None
    except ValueError as error:
        warnings.warn(f"{error}. It is damaged, and made anew.", stacklevel=3)
        return None
