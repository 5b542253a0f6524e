import dataclasses

import pytest

from serjax.config import DataSettings, make_config
from serjax.data import describe_folds, load_dataset, load_folds, note_folds
from serjax.data.folds import count_smallest, find_whole, resolve_held_out

LOO = DataSettings(protocol="leave_one_out")


@pytest.fixture(scope="module")
def folds(tmp_path_factory):
    """The embedded synthetic speech, each corpus but crema-d held out in turn."""
    return load_folds(
        make_config(protocol="leave_one_out", ood="crema-d"), progress=False
    )


def parts_of(dataset, corpus):
    pairs = zip(dataset.utterances, dataset.parts, strict=True)
    return [part for row, part in pairs if row.corpus == corpus]


def test_each_corpus_is_unseen_once_and_else_has_the_same_parts(folds):
    assert "crema-d" not in folds and len(folds) >= 3
    for held_out, dataset in folds.items():
        assert dataset.ood == tuple(sorted(("crema-d", held_out)))
        assert {*parts_of(dataset, held_out)} == {"ood"}
        assert {*parts_of(dataset, "crema-d")} == {"ood"}
    for corpus in folds:
        others = [it for out, it in folds.items() if out != corpus]
        first = parts_of(others[0], corpus)
        assert "train" in first
        assert all(parts_of(it, corpus) == first for it in others)


def test_folds_share_features_and_a_batch_size(folds):
    first, *others = folds.values()
    assert all(it.store is first.store for it in others)
    sizes = [len(it.rows("train")) for it in folds.values()]
    assert {it.smallest_train for it in folds.values()} == {min(sizes)}
    assert len({it.identity for it in folds.values()}) == len(folds)


def test_a_run_of_its_own_is_a_fold(folds):
    alone = load_dataset(
        make_config(protocol="leave_one_out", ood="crema-d", held_out="TESS"),
        progress=False,
    )
    assert alone.identity == folds["tess"].identity
    assert alone.smallest_train == folds["tess"].smallest_train


def test_a_corpus_that_trains_whole_is_told(folds):
    assert {*parts_of(folds["emodb"], "tess")} == {"train"}
    note = "tess: trains whole, for it has 2 known speaker(s)"
    assert note in folds["emodb"].notes and note not in folds["tess"].notes
    assert note_folds(folds).count(note) == 1
    first, second = describe_folds(folds).split("\n\n")
    assert first.split()[:6] == "held out train valid test unseen".split()
    (row,) = [line for line in second.splitlines() if line.startswith("tess ")]
    assert row.count("0:00:00 / 0") == 2


def test_two_speakers_or_a_class_too_few_train_whole(make_corpus):
    classes = ("negative", "neutral", "positive")
    two = make_corpus("two", ["female", "male"])
    six = make_corpus("six", ["female", "male"] * 3)
    glad = [it for it in make_corpus("glad", ["male"] * 6) if it.emotion != "neutral"]
    rows = [*two, *six, *glad]
    found = find_whole(rows, classes, (), LOO)
    assert found == {
        "two": "two: trains whole, for it has 2 known speaker(s)",
        "glad": "glad: trains whole, for it has no neutral",
    }
    assert "two" not in find_whole(rows, classes, ("two",), LOO)
    given = [dataclasses.replace(row, part="train") for row in two]
    assert find_whole(given, classes, (), LOO) == {}
    ignored = dataclasses.replace(LOO, split="ignore")
    assert "two" in find_whole(given, classes, (), ignored)
    parts = ["train"] * len(rows)
    most = max(len(two), len(six), len(glad))
    assert count_smallest(rows, parts, ("two", "six", "glad")) == len(rows) - most


@pytest.mark.parametrize(
    ("asked", "ood", "message"),
    [
        (("tess", "emoovo"), (), r"no corpus 'emoovo' in .* Did you mean 'emovo'"),
        (("tess",), ("tess",), "held_out=tess: tess is in ood too"),
        ((), ("tess", "emovo"), "with one corpus held out, none of emodb is left"),
    ],
)
def test_what_cannot_be_held_out_is_refused(asked, ood, message):
    data = dataclasses.replace(LOO, held_out=asked)
    with pytest.raises(ValueError, match=message):
        resolve_held_out(data, ("emodb", "emovo", "tess"), ood)


def test_names_are_settled(asked=("TESS", "Emo-DB")):
    data = dataclasses.replace(LOO, held_out=asked)
    found = resolve_held_out(data, ("emodb", "emovo", "tess"), ())
    assert found == ("emodb", "tess")
    everything = dataclasses.replace(LOO, held_out="all")
    assert resolve_held_out(everything, ("b", "a", "c"), ("c",)) == ("a", "b")
    with pytest.raises(ValueError, match="expected none, but with --protocol=leave"):
        make_config(held_out="tess")
    with pytest.raises(ValueError, match="expected one corpus, for one run"):
        load_dataset(make_config(protocol="leave_one_out"))
