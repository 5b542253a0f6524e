import dataclasses
import itertools

import numpy as np
import pytest

from serjax.config import make_config
from serjax.data import load_dataset, load_folds, normalise
from serjax.data.groups import Groups, find_groups, note_groups

KINDS = ("speaker", "corpus")


@pytest.fixture
def rows(make_corpus):
    """Two speakers of a corpus with three rows each, and one of another."""
    return [*make_corpus("a", ["female", "male"]), *make_corpus("b", ["female"])]


def test_rows_that_are_normalised_by_themselves_have_no_groups(rows):
    for kind in ("coefficient", "utterance", "signal"):
        assert find_groups(kind, rows, ["train"] * 9) is None
        assert [*note_groups(kind, None)] == []


def test_a_corpus_that_is_trained_on_has_the_statistics_of_its_training_rows(rows):
    parts = ["train"] * 3 + ["valid", "test", "test"] + ["ood"] * 3
    gives = (True,) * 3 + (False,) * 3 + (True,) * 3
    expected = Groups((0,) * 6 + (1,) * 3, gives)
    assert find_groups("corpus", rows, parts) == expected


def test_a_corpus_without_training_rows_has_the_statistics_of_each_part(rows):
    parts = ["valid", "test", "test"] + ["train"] * 3 + ["valid", "test", "test"]
    groups = find_groups("corpus", rows, parts)
    assert groups == Groups((0,) * 6 + (1, 2, 2), (False,) * 3 + (True,) * 6)


def test_a_speaker_of_two_parts_has_the_statistics_of_each(rows):
    parts = ["valid", "test", "test"] + ["train"] * 3 + ["ood"] * 3
    groups = find_groups("speaker", rows, parts)
    assert groups == Groups((0, 1, 1, 2, 2, 2, 3, 3, 3), (True,) * 9)


def test_an_unknown_speaker_s_utterances_stand_alone_and_are_counted(rows):
    rows[1] = dataclasses.replace(rows[1], speaker=None)
    groups = find_groups("speaker", rows, ["train"] * 6 + ["ood"] * 3)
    assert groups == Groups((0, -1, 0, 1, 1, 1, 2, 2, 2), (True, False) + (True,) * 7)
    needs, unknown, few = note_groups("speaker", groups)
    assert needs.endswith("needs speech and speaker identities of an unseen corpus")
    assert "1 utterances of unknown speakers" in unknown
    assert "3 of 3 speakers have fewer than 5 utterances" in few


@pytest.mark.parametrize("kind", KINDS)
def test_joined_rows_have_the_statistics_of_their_group(load, kind):
    raw, data = load(normalisation="signal"), load(normalisation=kind)
    assert data.identity not in (raw.identity, load().identity)
    train = data.rows("train", "emodb")
    if kind == "speaker":
        first = data.utterances[train[0]].speaker
        train = [row for row in train if data.utterances[row].speaker == first]
        assert len(train) == 6
    frames = np.concatenate([data.store.row(row) for row in train])
    np.testing.assert_allclose(frames.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(frames.std(axis=0), 1, atol=1e-4)
    # No row by itself, unlike with coefficient.
    assert np.abs(data.store.row(train[0]).mean(axis=0)).max() > 1e-3
    mapped = load(normalisation=kind, memory_budget_gb=1e-9)
    np.testing.assert_array_equal(mapped.store.frames, data.store.frames)
    assert mapped.identity == data.identity


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("budget_gb", [0, 1e-9])
def test_no_statistic_of_other_rows_reaches_a_training_row(
    load, corpora, write_wav, noise, kind, budget_gb
):
    def get():
        return load(
            normalisation=kind, split="shared_heldout", memory_budget_gb=budget_gb
        )

    before = get()
    changed = [*before.rows("valid"), *before.rows("test"), *before.rows("ood")]
    for seed, row in enumerate(changed):
        utterance = before.utterances[row]
        length = 3000 + 10 * seed
        write_wav(corpora / utterance.file, 0.3 * noise(length, 99 + seed) ** 2)
    after = get()
    assert after.parts == before.parts and len(changed) == 6 + 12
    for row in before.rows("train"):
        np.testing.assert_array_equal(after.store.row(row), before.store.row(row))
    assert not np.array_equal(after.store.row(changed[0]), before.store.row(changed[0]))
    # Nor one of a test row a validation row.
    for row in before.rows("test"):
        write_wav(corpora / before.utterances[row].file, noise(5000, seed=7 + row))
    last = get()
    for row in before.rows("valid"):
        np.testing.assert_array_equal(last.store.row(row), after.store.row(row))
    if kind == "corpus" and not budget_gb:
        train = before.utterances[before.rows("train")[0]]
        write_wav(corpora / train.file, noise(5000, seed=5))
        valid = before.rows("valid")[0]
        assert not np.array_equal(get().store.row(valid), last.store.row(valid))


def test_folds_have_the_statistics_of_their_own_training_rows(
    corpora, tmp_path, write_wav, noise
):
    names = itertools.product(("gio", "neu", "rab"), "f1 f2 f3 m1 m2 m3".split())
    for seed, (emotion, speaker) in enumerate(names, 100):
        write_wav(f"corpora/emovo/{emotion}-{speaker}-b1.wav", noise(4000, seed))
    config = make_config(
        data=str(corpora),
        cache_dir=str(tmp_path / "c"),
        protocol="leave_one_out",
        held_out="emodb,emovo",
        normalisation="corpus",
    )
    folds = load_folds(config, progress=False)
    unseen, seen = folds["emodb"], folds["emovo"]
    assert unseen.store is not seen.store
    alone = load_dataset(config.replace(held_out=("emovo",)), progress=False)
    np.testing.assert_array_equal(alone.store.frames, seen.store.frames)
    # Held out, all rows of a corpus count; else those of training.
    sizes = []
    for data, part in ((unseen, "ood"), (seen, "train")):
        rows = data.rows(part, "emodb")
        frames = np.concatenate([data.store.row(row) for row in rows])
        np.testing.assert_allclose(frames.mean(axis=0), 0, atol=1e-5)
        sizes.append(len(rows))
    assert sizes == [30, 18]
    # A speaker is in one part, whichever corpus is out.
    speakers = load_folds(config.replace(normalisation="speaker"), progress=False)
    assert speakers["emodb"].store is speakers["emovo"].store


def test_a_group_of_one_row_is_that_row_by_itself(load, make_corpus):
    frames = np.arange(12, dtype=np.float32).reshape(-1, 3) ** 2
    np.testing.assert_array_equal(
        normalise(frames, "speaker"), normalise(frames, "coefficient")
    )
