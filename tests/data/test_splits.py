import collections
import dataclasses

import numpy as np
import pytest

from serjax.data.splits import check_split, resolve_ood, split_by_speaker

RAVDESS_LIKE = ["male", "female"] * 12


def _speakers(utterances, parts):
    found = collections.defaultdict(set)
    for utterance, part in zip(utterances, parts, strict=True):
        found[part].add((utterance.speaker, utterance.gender))
    return found


def _digests(utterances):
    return [utterance.file for utterance in utterances]


@pytest.mark.parametrize(
    ("num_speakers", "expected"),
    # The paper's corpora: SAVEE 4, EMOVO 6, EPST 7, Emo-DB and IEMOCAP 10, RAVDESS 24.
    [(3, 1), (4, 1), (6, 1), (7, 1), (10, 1), (24, 2), (91, 9)],
)
def test_a_tenth_of_the_speakers_is_held_out_twice(make_corpus, num_speakers, expected):
    rows = make_corpus("toy", ["female", "male"] * (num_speakers // 2) + ["male"])
    rows = [row for row in rows if int((row.speaker or "")[4:]) < num_speakers]
    found = _speakers(rows, split_by_speaker(rows, (), 0))
    assert len(found["valid"]) == len(found["test"]) == expected
    assert len(found["train"]) == num_speakers - 2 * expected
    assert len(set.union(*found.values())) == num_speakers


def test_held_out_speakers_alternate_in_gender(make_corpus):
    rows = make_corpus("toy", RAVDESS_LIKE)
    for split_seed in range(10):
        found = _speakers(rows, split_by_speaker(rows, (), split_seed))
        for part in ("valid", "test"):
            assert {gender for _, gender in found[part]} == {"female", "male"}
    small = make_corpus("small", ["female", "male"] * 3)
    found = _speakers(small, split_by_speaker(small, (), 0))
    (_, valid), (_, test) = *found["valid"], *found["test"]
    assert valid != test


def test_the_split_depends_on_the_seed_alone(make_corpus):
    toy, other = make_corpus("toy", RAVDESS_LIKE), make_corpus("other", ["male"] * 5)

    def parts_of(rows, split_seed):
        parts = split_by_speaker(rows, (), split_seed)
        pairs = zip(rows, parts, strict=True)
        return {row.file: part for row, part in pairs if row.corpus == "toy"}

    expected = parts_of(toy, 0)
    assert parts_of(toy[::-1], 0) == expected
    assert parts_of(other + toy, 0) == expected
    assert any(parts_of(toy, seed) != expected for seed in (1, 2, 3))


def test_two_corpora_draw_independently(make_corpus):
    # With one stream for all, equal speaker numbers would be held out everywhere.
    held = set()
    for corpus in ("a", "b", "c", "d"):
        rows = make_corpus(corpus, RAVDESS_LIKE)
        found = _speakers(rows, split_by_speaker(rows, (), 0))
        held.add(frozenset((speaker or "")[2:] for speaker, _ in found["test"]))
    assert len(held) > 1


def test_an_out_of_domain_corpus_is_never_split(make_corpus):
    toy, unseen = make_corpus("toy", ["male"] * 4), make_corpus("unseen", ["female"])
    unseen = [dataclasses.replace(row, speaker=None) for row in unseen]
    parts = split_by_speaker(toy + unseen, ("unseen",), 0)
    assert set(parts[: len(toy)]) == {"train", "valid", "test"}
    assert set(parts[len(toy) :]) == {"ood"}


def test_too_few_speakers_are_refused(make_corpus):
    with pytest.raises(ValueError, match=r"'toy' has 2 speaker.*--ood=toy"):
        split_by_speaker(make_corpus("toy", ["female", "male"]), (), 0)


def test_an_unknown_speaker_is_refused(make_corpus):
    rows = make_corpus("toy", ["male"] * 4)
    rows[5] = dataclasses.replace(rows[5], speaker=None)
    with pytest.raises(ValueError, match=rf"{rows[5].file}: its speaker is unknown"):
        split_by_speaker(rows, (), 0)


def test_out_of_domain_corpora_are_the_papers_that_are_present():
    assert resolve_ood(None, ["emodb", "tess"]) == ("tess",)
    assert resolve_ood(None, ["tess", "crema-d", "emodb"]) == ("crema-d", "tess")
    assert resolve_ood(None, ["emodb"]) == ()
    assert resolve_ood((), ["emodb", "tess"]) == ()
    assert resolve_ood(("emodb",), ["emodb", "tess"]) == ("emodb",)


def test_an_out_of_domain_corpus_that_is_absent_is_refused():
    with pytest.raises(ValueError, match=r"no corpus 'tess'.*present are emodb, emovo"):
        resolve_ood(("tess",), ["emovo", "emodb"])


def test_nothing_left_to_train_on_is_refused():
    with pytest.raises(ValueError, match="nothing is left to train on"):
        resolve_ood(None, ["tess"])


def test_a_good_split_passes(make_corpus):
    rows = make_corpus("toy", RAVDESS_LIKE)
    check_split(rows, split_by_speaker(rows, (), 0), _digests(rows))


def test_a_speaker_in_two_parts_is_refused(make_corpus):
    rows = make_corpus("toy", RAVDESS_LIKE)
    parts = ["train"] * len(rows)
    parts[1] = "test"
    with pytest.raises(
        ValueError, match=r"Speaker 'toy/00' is in train and in test .*in one part"
    ):
        check_split(rows, parts, _digests(rows))


def test_the_same_recording_in_two_parts_is_refused(make_corpus):
    rows = make_corpus("toy", RAVDESS_LIKE)
    parts = split_by_speaker(rows, (), 0)
    digests = np.array(_digests(rows))
    first, second = parts.index("train"), parts.index("test")
    digests[second] = digests[first]
    with pytest.raises(ValueError, match="byte for byte") as refusal:
        check_split(rows, parts, list(digests))
    assert rows[first].file in str(refusal.value)
    assert rows[second].file in str(refusal.value)


def test_the_same_recording_twice_in_one_part_passes(make_corpus):
    # RAVDESS has two identical repetitions by one actor.
    rows = make_corpus("toy", RAVDESS_LIKE)
    check_split(
        rows, split_by_speaker(rows, (), 0), [row.speaker or "" for row in rows]
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda row, part: (row, "dev"), "part 'dev'; expected one of train"),
        (lambda row, part: (row, "train"), "no row in valid"),
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
        check_split(rows, parts, _digests(rows))
