import dataclasses
import itertools
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from serjax.training import Stopped, loop
from serjax.training.checkpoints import Progress
from tests.training.made import make_dataset


def _script(monkeypatch, uas):
    """Let validation give these UAs, epoch by epoch."""
    scores = iter(uas)
    monkeypatch.setattr(loop, "score", lambda *_: SimpleNamespace(ua=next(scores)))


def _train(job, bar, stop_signal=lambda: None):
    return list(loop.epochs(job, loop.start(job), stop_signal, bar))


def test_patience_counts_from_the_best_epoch(make_job, no_bar, monkeypatch):
    _script(monkeypatch, [30, 50, 40, 50, 45, 60])
    job = make_job(epochs=20, patience=3)
    progress = [p for p, _ in _train(job, no_bar)]
    # Epoch 3 equals the best and is not better; epochs 2, 3, 4 are three in vain.
    assert [p.best_epoch for p in progress] == [0, 1, 1, 1, 1]
    assert progress[-1].epochs_run == 5
    assert progress[-1].best_ua == 50


def test_patience_zero_never_stops_early(make_job, no_bar, monkeypatch):
    _script(monkeypatch, itertools.repeat(30))
    progress = [p for p, _ in _train(make_job(epochs=7), no_bar)]
    assert progress[-1].epochs_run == 7
    assert progress[-1].best_epoch == 0


def test_the_best_parameters_are_those_of_the_best_epoch(make_job, no_bar, monkeypatch):
    _script(monkeypatch, [30, 50, 40])
    steps = [p for p, _ in _train(make_job(epochs=3), no_bar)]
    for progress in steps[1:]:
        expected = jax.tree.leaves(steps[1].state.params)
        actual = jax.tree.leaves(progress.best_params)
        assert all(np.array_equal(a, b) for a, b in zip(actual, expected, strict=True))
    first, last = (jax.tree.leaves(steps[i].state.params) for i in (1, 2))
    assert not np.array_equal(first[0], last[0])


def test_an_epoch_sees_every_training_row_once(make_job, no_bar, dataset):
    bar = no_bar
    bar.update = lambda n: counted.append(n)
    counted = []
    job = make_job(epochs=2)
    progress = [p for p, _ in _train(job, bar)]
    # 18 rows in batches of 8: two whole ones and one of two rows, in any order.
    assert sum(counted) == 36
    assert sorted(counted) == [2, 2, 8, 8, 8, 8]
    assert progress[-1].state.step == 6


def test_a_stop_signal_ends_training_between_two_steps(make_job, no_bar):
    asked = itertools.count()
    seen = []
    job = make_job(epochs=5)

    def stop_signal():
        return 15 if next(asked) >= 5 else None  # the second epoch's third step

    with pytest.raises(Stopped) as stopped:
        for progress, _ in loop.epochs(job, loop.start(job), stop_signal, no_bar):
            seen.append(progress.epochs_run)
    assert seen == [1]
    assert (stopped.value.signal, stopped.value.epochs_run) == (15, 1)


def test_predictions_do_not_depend_on_their_batches(make_job, first_state, dataset):
    job = make_job()
    params = first_state(job.network).params
    together = loop.predict_rows(job, params, np.arange(36))
    some = np.array([3, 35, 8])
    alone = loop.predict_rows(job, params, some)
    assert together.rows.tolist() == list(range(36))
    assert alone.rows.tolist() == [3, 8, 35]
    np.testing.assert_allclose(
        alone.probabilities, together.take(some).probabilities, rtol=1e-5, atol=1e-6
    )


def test_buckets_are_chosen_by_training_rows():
    dataset = make_dataset(9, 60)
    lengths = np.asarray(dataset.store.lengths)
    train = lengths[dataset.rows("train")]
    buckets = loop.choose_buckets(dataset, 3, 1)
    longest = -(-lengths.max() // 8) * 8
    assert longest in buckets
    assert set(buckets) - {longest} <= set((-(-train // 8) * 8).tolist())
    # Without the longer rows of other parts, training's shapes are the same.
    kept = np.where(lengths > train.max(), train.max(), lengths)
    store = dataclasses.replace(dataset.store, lengths=kept)
    shorter = loop.choose_buckets(dataclasses.replace(dataset, store=store), 3, 1)
    assert buckets[: len(shorter)] == shorter


def test_a_longer_row_of_another_part_gets_a_bucket_of_its_own(dataset):
    lengths = np.asarray(dataset.store.lengths).copy()
    lengths[dataset.rows("test")[0]] = 30
    store = dataclasses.replace(dataset.store, lengths=lengths)
    longer = dataclasses.replace(dataset, store=store)
    assert loop.choose_buckets(dataset, 4, 8) == (16,)
    assert loop.choose_buckets(longer, 4, 8) == (16, 32)


def test_batches_and_weights_are_those_of_the_settings(make_job, dataset):
    even = make_job(batches="even", class_weights="corpus")
    corpora = dataset.attributes["corpus"].labels
    drawn = loop.training_batches(even, 0)
    assert [np.bincount(corpora[it.rows]).tolist() for it in drawn] == [[4, 4]] * 3
    weights = loop.choices_of(even, 0).class_weights
    np.testing.assert_array_equal(weights, np.ones((2, 3)))
    plain = make_job()
    assert loop.choices_of(plain, 0).class_weights is None
    rows = [it.rows[it.rows >= 0] for it in loop.training_batches(plain, 0)]
    assert sorted(np.concatenate(rows)) == dataset.rows("train").tolist()


def test_priors_are_those_of_the_labelled_training_rows(dataset):
    priors = loop.attribute_priors(dataset)
    # alpha's f m f and beta's ? m f: nine rows female, six male, three unknown.
    assert {name: shares.tolist() for name, shares in priors.items()} == {
        "corpus": pytest.approx([0.5, 0.5]),
        "speaker": pytest.approx([1 / 6] * 6),
        "gender": pytest.approx([0.6, 0.4]),
        "language": pytest.approx([0.5, 0.5]),
    }


@pytest.mark.parametrize(
    ("epochs_run", "best_epoch", "over"),
    [
        (0, -1, False),
        (1, 0, False),
        (3, 0, False),
        (4, 0, True),
        (4, 1, False),
        (9, 8, True),
    ],
)
def test_training_is_over_at_the_end_of_patience_or_epochs(
    make_job, epochs_run, best_epoch, over
):
    job = make_job(epochs=9, patience=3)
    progress = Progress(epochs_run, None, best_epoch, 50.0, None)  # pyright: ignore
    assert loop.is_over(job, progress) == over
