import numpy as np
import pytest

from experiments.benchmarks.jobs import multitask
from experiments.benchmarks.speech import speech_of
from tests.training.made import make_dataset, make_small_config

torch = pytest.importorskip("torch")
twin_server = pytest.importorskip("experiments.benchmarks.twin_server")


@pytest.fixture
def server():
    dataset = make_dataset(shortest=9, longest=40)
    config = multitask(make_small_config(), dataset)
    return twin_server.TwinServer(config, speech_of(dataset)), dataset


def test_an_epoch_trains_on_each_row_once_and_on_like_lengths_together(server):
    server, dataset = server
    rows, lengths = dataset.rows("train"), dataset.store.lengths
    trained, make_batch = [], server._trainer.batch

    def noting_batch(rows):
        trained.append(rows)
        return make_batch(rows)

    server._trainer.batch = noting_batch
    assert server.time_epoch(rows, dataset.rows("valid"), 4) > 0
    *training, _, _ = trained  # the last two are of validation
    np.testing.assert_array_equal(np.sort(np.concatenate(training)), rows)
    by_length = sorted(training, key=lambda batch: lengths[batch].min())
    np.testing.assert_array_equal(
        np.concatenate([np.sort(lengths[batch]) for batch in by_length]),
        np.sort(lengths[rows]),
    )
    first = [batch.tolist() for batch in training]
    trained.clear()
    server.time_epoch(rows, dataset.rows("valid"), 4)
    assert [batch.tolist() for batch in trained[:-2]] != first


def test_the_fastest_way_is_taken(server, monkeypatch):
    server, dataset = server
    rows = dataset.rows("train")
    clock = iter(range(10_000))
    monkeypatch.setattr(twin_server.time, "perf_counter", lambda: next(clock))
    step = server._trainer.step

    def slow_but_in_one_way(batch):
        model = server._trainer.model
        fast = (model.recurrence, model.layout) == ("reversed", "channels first")
        for _ in range(0 if fast else 5):
            next(clock)
        return step(batch)

    server._trainer.step = slow_but_in_one_way
    choice = server.choose_training([rows[:4], rows[4:8]])
    assert choice["chosen"] == "reversed, channels first"
    assert server._trainer.model.recurrence == "reversed"
    # Each of the two steps takes 1 tick of the clock, and 5 more a slow way.
    assert choice["s"].pop(choice["chosen"]) == 2
    assert list(choice["s"].values()) == [12] * 5


def test_evaluation_gives_every_row_and_times_are_of_each_step(server):
    server, dataset = server
    rows = np.array([5, 5, 0, 9, 33])
    ordered, probabilities, embeddings = server._predict(rows, 2)
    np.testing.assert_array_equal(np.sort(ordered), np.sort(rows))
    assert (np.diff(dataset.store.lengths[ordered]) >= 0).all()
    assert len(probabilities) == len(embeddings) == 5
    choice = server.choose_evaluation(rows, (2, 3))
    assert choice["batch_size"] in (2, 3)
    assert len(choice["s"]) == 2 * 6
    assert server.time_evaluation(rows, 2) > 0
    assert len(server.time_steps([rows[:2], rows[2:]])) == 2
