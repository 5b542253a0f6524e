"""study.json: which study this is, on which data, and how to repeat it."""

from typing import Any

import msgspec

from serjax.records.record import Count, Names, Number, Record


class GridRun(msgspec.Struct, frozen=True, omit_defaults=True):
    """A run of the grid, by its folder's name."""

    name: str
    approach: str
    attributes: list[str]
    seed: Count
    held_out: str = ""  # the corpus that is left out


class BoundFacts(msgspec.Struct, frozen=True):
    """The upper bound of an unseen corpus; no runs where it has none."""

    note: str  # whom it trains and tests on, or why there is none
    runs: list[GridRun] = []


class PartFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a part of the data; None is unknown."""

    hours: Number | None = None
    utterances: Count | None = None
    speakers: Count | None = None
    speakerless: Count | None = None  # utterances whose speaker is unknown
    classes: dict[str, Count] = {}


class Association(msgspec.Struct, frozen=True):
    """How far one attribute tells another, over the training rows."""

    first: str
    second: str
    rows: Count
    cramers_v: Number | None  # None where one has a single value


class DataFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the data hold, and what can mislead."""

    parts: dict[str, PartFacts]  # train, valid, test and each unseen corpus
    corpora: dict[str, dict[str, PartFacts]]  # by corpus and part
    confounds: list[str]
    associations: list[Association]
    notes: list[str]
    skipped: dict[str, Count]  # by reason


class StudyRecord(Record, frozen=True, kw_only=True):
    """What study.json holds: the grid that was asked for last."""

    FILE = "study.json"

    runs: list[GridRun]
    approaches: list[str]
    attribute_sets: list[str]  # `C+S`; with those that are not applicable
    seeds: list[Count]
    roles: list[str] = msgspec.field(default_factory=list)  # as `--roles` takes them
    not_applicable: dict[str, str]  # reason by attribute set
    command: list[str]  # that repeats the study
    settings: dict[str, Any]  # that its runs share
    classes: Names
    versions: dict[str, str]
    device: str
    platform: dict[str, str | int | None]
    data: DataFacts
    held_out: list[str] = msgspec.field(default_factory=list)  # in turn
    family: str = "paper"  # of tests over corpora; named before the runs
    # By unseen corpus, where it was asked for: none of them is among `runs`.
    upper_bound: dict[str, BoundFacts] = msgspec.field(default_factory=dict)
