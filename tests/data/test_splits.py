import collections
import dataclasses

import pytest

from serjax.data.splits import resolve_ood, split_by_speaker

RAVDESS_LIKE = ["male", "female"] * 12


def _speakers(utterances, parts):
    found = collections.defaultdict(set)
    for utterance, part in zip(utterances, parts, strict=True):
        found[part].add((utterance.speaker, utterance.gender))
    return found


def _sizes(utterances, parts):
    found = _speakers(utterances, parts)
    return [len(found[part]) for part in ("train", "valid", "test")]


def _in_sessions(rows, session_of=lambda number: number // 2):
    """Give rows a session by their speaker's number."""
    return [
        dataclasses.replace(
            row, extra=(("session", f"toy/{session_of(int(row.speaker[-2:]))}"),)
        )
        for row in rows
    ]


def _given(rows, part_of_speaker):
    """Give rows a part by their speaker."""
    return [
        dataclasses.replace(row, part=part_of_speaker.get(row.speaker, "train"))
        for row in rows
    ]


@pytest.mark.parametrize(
    ("num_speakers", "expected"),
    # The paper's corpora: SAVEE 4, EMOVO 6, EPST 7, Emo-DB 10, RAVDESS 24. IEMOCAP, 10
    # in five sessions, is below.
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


def test_iemocap_holds_out_one_session_a_speaker_for_each_part(make_corpus):
    rows = _in_sessions(make_corpus("toy", ["female", "male"] * 5))
    held, valid_genders = set(), set()
    for split_seed in range(20):
        parts = split_by_speaker(rows, (), split_seed)
        assert _sizes(rows, parts) == [8, 1, 1]
        found = _speakers(rows, parts)
        ((valid, gender),), ((test, _),) = found["valid"], found["test"]
        assert int(valid[-2:]) // 2 == int(test[-2:]) // 2
        held.add(int(valid[-2:]) // 2)
        valid_genders.add(gender)
        assert split_by_speaker(rows[::-1], (), split_seed) == parts[::-1]
    # The seed decides on the session, and on who of the two is tested on.
    assert held == {0, 1, 2, 3, 4}
    assert valid_genders == {"female", "male"}


def test_several_held_out_sessions_give_both_genders_to_each_part(make_corpus):
    rows = _in_sessions(make_corpus("toy", RAVDESS_LIKE))
    for split_seed in range(10):
        parts = split_by_speaker(rows, (), split_seed)
        assert _sizes(rows, parts) == [20, 2, 2]
        found = _speakers(rows, parts)
        for part in ("valid", "test"):
            assert {gender for _, gender in found[part]} == {"female", "male"}
        trained = {int(speaker[-2:]) // 2 for speaker, _ in found["train"]}
        held = {int(s[-2:]) // 2 for p in ("valid", "test") for s, _ in found[p]}
        assert not trained & held
        assert len(held) == 2


def test_sessions_of_two_are_held_out_before_those_of_one(make_corpus):
    # Speakers 0 and 1 are a pair; 2, 3 and 4 were recorded alone.
    rows = make_corpus("toy", ["female", "male", "female", "male", "male"])
    rows = _in_sessions(rows, lambda number: max(number, 1))
    for split_seed in range(5):
        found = _speakers(rows, split_by_speaker(rows, (), split_seed))
        held = {speaker for part in ("valid", "test") for speaker, _ in found[part]}
        assert held == {"toy/00", "toy/01"}


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: _in_sessions(rows, lambda number: number // 3),
        lambda rows: _in_sessions(rows, lambda number: number),
        lambda rows: _in_sessions(rows)[:-1] + rows[-1:],
        lambda rows: _in_sessions(rows)[:-1] + _in_sessions(rows[-1:], lambda _: 9),
    ],
    ids=["three in a session", "one in each", "one unknown", "a speaker in two"],
)
def test_sessions_that_are_no_pairs_change_nothing(make_corpus, change):
    rows = make_corpus("toy", ["female", "male"] * 5)
    for split_seed in range(5):
        expected = split_by_speaker(rows, (), split_seed)
        assert split_by_speaker(change(rows), (), split_seed) == expected


@pytest.mark.parametrize("num_speakers", [2, 4, 6])
def test_few_speakers_can_share_one_that_is_held_out(make_corpus, num_speakers):
    # SAVEE 3 + 1, EMOVO 5 + 1.
    rows = [
        dataclasses.replace(row, file=f"{copy}/{row.file}")
        for row in make_corpus("toy", ["male"] * num_speakers)
        for copy in range(5)
    ]
    parts = split_by_speaker(rows, (), 0, "shared_heldout")
    found = _speakers(rows, parts)
    assert _sizes(rows, parts) == [num_speakers - 1, 1, 1]
    assert found["valid"] == found["test"]
    assert not found["train"] & found["test"]
    # 5 files of each of 3 emotions: 2 or 3 of each in a half, and 7 or 8 in all.
    counts = collections.Counter(
        (part, row.emotion) for row, part in zip(rows, parts, strict=True)
    )
    halves = {key: num for key, num in counts.items() if key[0] != "train"}
    assert len(halves) == 6
    assert set(halves.values()) == {2, 3}
    assert sorted([parts.count("valid"), parts.count("test")]) == [7, 8]
    again = split_by_speaker(rows[::-1], (), 0, "shared_heldout")
    assert again == parts[::-1]
    assert split_by_speaker(rows, (), 1, "shared_heldout") != parts


def test_stretches_of_one_file_stay_in_one_half(make_corpus):
    rows = [
        dataclasses.replace(row, file=f"{row.speaker}-{second % 4}.wav", start_s=second)
        for row in make_corpus("toy", ["male"] * 4)
        for second in range(8)
    ]
    parts = split_by_speaker(rows, (), 0, "shared_heldout")
    parts_of = collections.defaultdict(set)
    for row, part in zip(rows, parts, strict=True):
        parts_of[row.file].add(part)
    assert {len(found) for found in parts_of.values()} == {1}
    assert parts.count("valid") == parts.count("test") == 12


@pytest.mark.parametrize(
    ("negative", "neutral", "positive", "expected"),
    # Stretches per file of each emotion, and how many of them the halves get.
    [
        ([2, 1, 1, 2, 1], [1], [3, 1, 1, 1, 1, 1], [[3, 4], [0, 1], [4, 4]]),
        ([3], [1, 1], [1, 1], [[0, 3], [1, 1], [1, 1]]),
    ],
)
def test_halves_have_as_much_of_each_emotion_as_can_be(
    make_corpus, negative, neutral, positive, expected
):
    lengths = {"negative": negative, "neutral": neutral, "positive": positive}
    rows = [
        dataclasses.replace(row, file=f"{row.file}-{number}.wav", start_s=second)
        for row in make_corpus("toy", ["male"] * 2)
        for number, length in enumerate(lengths[row.emotion])
        for second in range(length)
    ]
    for split_seed in range(20):
        parts = split_by_speaker(rows, (), split_seed, "shared_heldout")
        counts = collections.Counter(
            (row.emotion, part) for row, part in zip(rows, parts, strict=True)
        )
        halves = [[counts[name, "valid"], counts[name, "test"]] for name in lengths]
        assert [sorted(half) for half in halves] == expected
        if len(negative) > 1:  # The one neutral file goes where fewer are.
            assert parts.count("valid") == parts.count("test")


def test_sharing_changes_neither_larger_corpora_nor_sessions(make_corpus):
    larger = make_corpus("toy", ["male"] * 7)
    paired = _in_sessions(make_corpus("toy", ["male", "female"] * 3))
    for rows in (larger, paired):
        strict = split_by_speaker(rows, (), 0)
        assert split_by_speaker(rows, (), 0, "shared_heldout") == strict


def test_a_given_split_is_used_as_it_is(make_corpus):
    rows = _given(make_corpus("toy", ["male"] * 2), {"toy/01": "test"})
    rows[0] = dataclasses.replace(rows[0], speaker=None)
    other = make_corpus("other", ["male"] * 3)
    parts = split_by_speaker(rows + other, (), 0)
    assert parts[:6] == ("train",) * 3 + ("test",) * 3
    assert parts[6:] == split_by_speaker(other, (), 0)
    assert split_by_speaker(rows + other, ("toy",), 0)[:6] == ("ood",) * 6


def test_a_split_given_for_some_rows_is_refused(make_corpus):
    rows = _given(make_corpus("toy", ["male"] * 4), {})
    rows[3:5] = [dataclasses.replace(row, part=None) for row in rows[3:5]]
    with pytest.raises(ValueError, match=rf"2 of 12 rows .*'toy'.*{rows[3].file}"):
        split_by_speaker(rows, (), 0)


def test_a_given_part_is_one_that_is_trained_or_reported_on(make_corpus):
    rows = _given(make_corpus("toy", ["male"] * 4), {"toy/02": "ood"})
    with pytest.raises(ValueError, match=r"given part is 'ood'; expected .* train"):
        split_by_speaker(rows, (), 0)


def test_an_out_of_domain_corpus_is_never_split(make_corpus):
    toy, unseen = make_corpus("toy", ["male"] * 4), make_corpus("unseen", ["female"])
    unseen = [dataclasses.replace(row, speaker=None) for row in unseen]
    parts = split_by_speaker(toy + unseen, ("unseen",), 0)
    assert set(parts[: len(toy)]) == {"train", "valid", "test"}
    assert set(parts[len(toy) :]) == {"ood"}


def test_too_few_speakers_are_refused(make_corpus):
    two = make_corpus("toy", ["female", "male"])
    with pytest.raises(ValueError, match=r"'toy' has 2 speaker.*--ood=toy.*shared"):
        split_by_speaker(two, (), 0)
    # Sharing needs two speakers who did not share a session.
    for rows in (two[:3], _in_sessions(two)):
        with pytest.raises(ValueError, match=r"needs 3. .*\(--ood=toy\), or leave"):
            split_by_speaker(rows, (), 0, "shared_heldout")


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


def _given_train_and_test(rows):
    return _given(rows, dict.fromkeys(("toy/00", "toy/01"), "test"))


def test_a_missing_part_is_drawn_from_the_given_training_part(make_corpus):
    rows = _given_train_and_test(make_corpus("toy", RAVDESS_LIKE))
    parts = split_by_speaker(rows, (), 0)
    assert _sizes(rows, parts) == [20, 2, 2]
    found = _speakers(rows, parts)
    assert {speaker for speaker, _ in found["test"]} == {"toy/00", "toy/01"}
    assert {gender for _, gender in found["valid"]} == {"female", "male"}
    assert split_by_speaker(rows[::-1], (), 0) == parts[::-1]
    assert split_by_speaker(rows, (), 1) != parts
    # Nor does a speaker who is unknown leave training.
    rows[-1] = dataclasses.replace(rows[-1], speaker=None)
    assert split_by_speaker(rows, (), 0)[-1] == "train"


@pytest.mark.parametrize("given", ["valid", "train"])
def test_a_missing_test_is_drawn_likewise(make_corpus, given):
    rows = _given(make_corpus("toy", ["male"] * 5), {"toy/00": given})
    assert _sizes(rows, split_by_speaker(rows, (), 0)) == [3, 1, 1]


def test_a_missing_part_takes_whole_sessions(make_corpus):
    rows = _in_sessions(make_corpus("toy", ["female", "male"] * 5))
    rows = _given_train_and_test(rows)
    found = _speakers(rows, split_by_speaker(rows, (), 0))
    held = sorted(int(speaker[-2:]) for speaker, _ in found["valid"])
    assert len(held) == 2
    assert held[0] // 2 == held[1] // 2


def test_a_part_that_another_corpus_has_is_not_drawn(make_corpus):
    rows = _given_train_and_test(make_corpus("toy", RAVDESS_LIKE))
    other = make_corpus("other", ["male"] * 5)
    parts = split_by_speaker(rows + other, (), 0)
    assert parts[: len(rows)] == tuple(row.part for row in rows)
    assert "valid" in parts[len(rows) :]


@pytest.mark.parametrize("speakers", [2, 3])
def test_too_few_to_draw_from_leave_the_part_missing(make_corpus, speakers):
    rows = make_corpus("toy", ["male"] * speakers)
    rows = _given(rows, {f"toy/{speakers - 1:02}": "test"})
    parts = split_by_speaker(rows, (), 0)
    assert ("valid" in parts) == (speakers == 3)


def test_given_parts_are_left_out_where_that_is_asked(make_corpus):
    rows = _given_train_and_test(make_corpus("toy", RAVDESS_LIKE))
    free = [dataclasses.replace(row, part=None) for row in rows]
    expected = split_by_speaker(free, (), 0)
    assert split_by_speaker(rows, (), 0, "ignore") == expected
    assert split_by_speaker(free, (), 0, "ignore") == expected


@pytest.mark.parametrize("name", ["Urdu", "urdu", "URDU"])
def test_an_out_of_domain_corpus_is_named_in_any_case(name):
    assert resolve_ood((name, "Emo-DB"), ("urdu", "emodb", "tess")) == ("emodb", "urdu")
    assert resolve_ood((name,), ("Urdu", "tess")) == ("Urdu",)


def test_a_corpus_that_is_not_there_may_have_a_near_name():
    with pytest.raises(ValueError, match=r"present are emovo, urdu. Did you mean 'ur"):
        resolve_ood(("Urdo",), ("urdu", "emovo"))
