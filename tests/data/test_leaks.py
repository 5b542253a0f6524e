import dataclasses

import numpy as np
import pytest

from serjax.data.leaks import check_split
from serjax.data.splits import split_by_speaker
from tests.data.conftest import CLASSES

RAVDESS_LIKE = ["male", "female"] * 12


def _digests(utterances):
    return [utterance.file for utterance in utterances]


def test_a_good_split_passes(make_corpus):
    rows = make_corpus("toy", RAVDESS_LIKE)
    check_split(rows, split_by_speaker(rows, (), 0), _digests(rows), CLASSES)


def test_a_speaker_in_two_parts_is_refused(make_corpus):
    rows = make_corpus("toy", RAVDESS_LIKE)
    parts = ["train"] * len(rows)
    parts[1] = "test"
    with pytest.raises(
        ValueError, match=r"Speaker 'toy/00' is in train and in test .*in one part"
    ):
        check_split(rows, parts, _digests(rows), CLASSES)


def test_a_given_split_that_shares_speakers_is_refused(make_corpus):
    rows = make_corpus("toy", ["male"] * 4)
    parts = ["train"] * 4 + ["test"] * 2 + ["valid"] * 3 + ["test"] * 3
    rows = [
        dataclasses.replace(row, part=part)
        for row, part in zip(rows, parts, strict=True)
    ]
    for split in ("strict", "shared_heldout"):
        with pytest.raises(
            ValueError,
            match=rf"Speaker 'toy/01' is in train and in test \({rows[4].file}\).*"
            "column split .* or drop it .*EmoBox",
        ):
            check_split(rows, parts, _digests(rows), CLASSES, split)
    # Nothing is known to check the others by.
    rows[3] = dataclasses.replace(rows[3], speaker=None)
    check_split(rows, parts, _digests(rows), CLASSES)


def test_valid_and_test_share_speakers_only_where_that_is_asked(make_corpus):
    rows = make_corpus("toy", ["male"] * 4)
    parts = split_by_speaker(rows, (), 0, "shared_heldout")
    check_split(rows, parts, _digests(rows), CLASSES, "shared_heldout")
    with pytest.raises(ValueError, match=r"is in (valid|test) .*--split=shared_heldou"):
        check_split(rows, parts, _digests(rows), CLASSES)


def test_a_row_that_is_listed_in_two_parts_is_refused(make_corpus):
    rows = [
        dataclasses.replace(row, speaker=None, start_s=1.0, end_s=2.0)
        for row in make_corpus("toy", ["male"] * 3)
    ]
    rows += [dataclasses.replace(rows[0], start_s=2.0, end_s=3.0)]
    parts = ["train"] * 3 + ["valid"] * 3 + ["test"] * 4
    check_split(rows, parts, _digests(rows), CLASSES)
    rows += [dataclasses.replace(rows[-1])]
    with pytest.raises(ValueError, match=r"wav from 2 s to 3 s in test and .*in valid"):
        check_split(rows, [*parts, "valid"], _digests(rows), CLASSES)


def test_the_same_recording_in_two_parts_is_refused(make_corpus):
    rows = make_corpus("toy", RAVDESS_LIKE)
    parts = split_by_speaker(rows, (), 0)
    digests = np.array(_digests(rows))
    first, second = parts.index("train"), parts.index("test")
    digests[second] = digests[first]
    with pytest.raises(ValueError, match="are the same recording") as refusal:
        check_split(rows, parts, list(digests), CLASSES)
    assert rows[first].file in str(refusal.value)
    assert rows[second].file in str(refusal.value)


@pytest.mark.parametrize(
    ("first", "second", "leaks"),
    [
        ((0.0, 2.0), (1.0, 3.0), True),
        ((0.0, None), (1.0, 3.0), True),
        ((0.0, 2.0), (0.01, 2.0), True),
        ((0.5, 1.0), (0.0, None), True),
        ((0.0, 1.0), (1.0, 2.0), False),
        ((0.0, 1.05), (1.0, 2.0), False),
        ((2.0, 3.0), (0.0, 1.0), False),
    ],
)
@pytest.mark.parametrize("copied", [False, True])
def test_stretches_that_overlap_in_two_parts_are_refused(
    make_corpus, first, second, leaks, copied
):
    rows = make_corpus("toy", RAVDESS_LIKE)
    parts = split_by_speaker(rows, (), 0)
    digests = _digests(rows)
    one, other = parts.index("train"), parts.index("test")
    for row, (start_s, end_s) in ((one, first), (other, second)):
        rows[row] = dataclasses.replace(
            rows[row],
            start_s=start_s,
            end_s=end_s,
            speaker=None,
            file=rows[row].file if copied else "dialogue.wav",
        )
        digests[row] = "the same"
    if leaks:
        with pytest.raises(ValueError, match=r"s in t.*are the same recording"):
            check_split(rows, parts, digests, CLASSES)
    else:
        check_split(rows, parts, digests, CLASSES)


def test_the_same_samples_in_another_encoding_are_refused(make_corpus):
    rows = make_corpus("toy", RAVDESS_LIKE)
    parts = split_by_speaker(rows, (), 0)
    fingerprints = _digests(rows)
    check_split(rows, parts, _digests(rows), CLASSES, "strict", fingerprints)
    fingerprints[parts.index("test")] = fingerprints[parts.index("valid")]
    with pytest.raises(ValueError, match="are the same recording"):
        check_split(rows, parts, _digests(rows), CLASSES, "strict", fingerprints)


def test_the_same_recording_twice_in_one_part_passes(make_corpus):
    # RAVDESS has two identical repetitions by one actor.
    rows = make_corpus("toy", RAVDESS_LIKE)
    digests = [row.speaker or "" for row in rows]
    check_split(rows, split_by_speaker(rows, (), 0), digests, CLASSES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda row, part: (row, "dev"), "part 'dev'; expected one of train"),
        (lambda row, part: (row, "train"), "no row in valid.*--split=ignore"),
        (
            lambda row, part: (dataclasses.replace(row, emotion="negative"), part),
            "No training row of class neutral, positive",
        ),
    ],
)
def test_a_split_that_cannot_be_trained_on_is_refused(make_corpus, change, message):
    rows = make_corpus("toy", ["male"] * 5)
    parts = split_by_speaker(rows, (), 0)
    changed = [change(row, part) for row, part in zip(rows, parts, strict=True)]
    rows, parts = [row for row, _ in changed], [part for _, part in changed]
    with pytest.raises(ValueError, match=message):
        check_split(rows, parts, _digests(rows), CLASSES)
