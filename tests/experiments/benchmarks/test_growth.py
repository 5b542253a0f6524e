import numpy as np
import pytest

from experiments.benchmarks import growth
from experiments.benchmarks.growth import draw_growth
from experiments.benchmarks.resize import repeat, take_rows, thin
from experiments.benchmarks.row import Row
from tests.training.made import make_dataset


@pytest.fixture(scope="module")
def dataset():
    return make_dataset()


def test_rows_taken_keep_all_that_belongs_to_them(dataset):
    taken = take_rows(dataset, np.array([5, 2, 5]))
    assert taken.utterances == tuple(dataset.utterances[row] for row in (5, 2, 5))
    assert taken.parts == tuple(dataset.parts[row] for row in (5, 2, 5))
    assert (taken.labels == dataset.labels[[5, 2, 5]]).all()
    for new, row in enumerate((5, 2, 5)):
        assert (taken.store.row(new) == dataset.store.row(row)).all()
    for name, attribute in dataset.attributes.items():
        assert taken.attributes[name].values == attribute.values
        assert (taken.attributes[name].labels == attribute.labels[[5, 2, 5]]).all()
    assert taken.identity != dataset.identity
    assert taken.identity != take_rows(dataset, np.array([5, 2, 2])).identity


def test_repeated_data_has_each_row_so_often(dataset):
    repeated = repeat(dataset, 3)
    assert len(repeated.rows("train")) == 3 * len(dataset.rows("train"))
    assert len(repeated.store.frames) == 3 * len(dataset.store.frames)
    assert repeat(dataset, 1) is dataset


def test_thinned_data_keeps_each_part_corpus_and_extreme_length(dataset):
    thinned = thin(dataset, len(dataset.labels) // 2)
    assert len(thinned.labels) < len(dataset.labels)

    def groups(dataset):
        corpora = [utterance.corpus for utterance in dataset.utterances]
        return set(zip(dataset.parts, corpora, strict=True))

    assert groups(thinned) == groups(dataset)
    assert max(thinned.store.lengths) == max(dataset.store.lengths)
    assert min(thinned.store.lengths) == min(dataset.store.lengths)
    assert thin(dataset, 10_000) is dataset


def test_growth_is_judged_by_what_linear_would_be():
    points = [{"epoch_s": 1.0, "peak_mb": 100.0}, {"epoch_s": 6.0, "peak_mb": 300.0}]
    seconds, memory = growth.make_rows("data", (1, 4), points, 1.05)
    assert (seconds.value, seconds.reached) == (1.5, "missed")
    assert (memory.value, memory.reached) == (0.75, "bar")


def test_the_figure_draws_data_and_attributes(tmp_path):
    pytest.importorskip("matplotlib")
    point = {"epoch_s": 1.0, "peak_mb": 100.0, "utterances": 500}
    rows = growth.make_rows("data", (1, 2), [point, point], 1.05)
    rows += growth.make_rows("attributes", (1, 2), [point, point], 1.0)
    path = tmp_path / "growth.svg"
    draw_growth([Row("step", "train", 1.0, "ms"), *rows], path)
    # Text is drawn as paths, with the text itself as a comment.
    drawn = path.read_text()
    for words in (
        "data (1 is 500 utterances)",
        "attributes learnt, as multitask (number)",
        "times that of the first point",
        "time per epoch (1 is 1 s)",
        "peak memory (1 is 100 MB)",
        "linear",
    ):
        assert drawn.count(f"<!-- {words} -->") in (1, 2), words
    with pytest.raises(ValueError, match="no row is of section 'growth'"):
        draw_growth([Row("step", "train", 1.0, "ms")], path)
