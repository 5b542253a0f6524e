import os

import pytest

from experiments.benchmarks.bench import cut_alike, thin
from experiments.benchmarks.own_process import own_process
from tests.training.made import make_dataset


def test_thinned_data_keeps_each_part_and_corpus():
    dataset = make_dataset()
    thinned = thin(dataset, len(dataset.labels) // 2)
    assert sum(map(bool, thinned.parts)) == len(dataset.labels) // 2

    rows = [*zip(dataset.utterances, dataset.parts, thinned.parts, strict=True)]
    kept = {(it.corpus, part) for it, part, thinned in rows if thinned}
    assert kept == {(it.corpus, part) for it, part, _ in rows}
    assert thinned.identity != dataset.identity


def test_rows_cut_alike_are_all_of_one_length_whatever_the_data_have():
    dataset = make_dataset()
    cut = cut_alike(dataset, 500, 40)
    assert set(cut.store.lengths) == {40}
    assert len(cut.rows("train")) == len(cut.labels) == 500
    assert (cut.store.frames[: len(dataset.store.frames)] == dataset.store.frames).all()


def test_a_call_is_made_in_one_other_process_and_its_error_comes_back():
    with own_process({"TOLD": "so"}) as call:
        assert call("os:getenv", "TOLD") == "so"
        with pytest.raises(ValueError, match="'many'") as error:
            call("builtins:int", "many")
        assert "In a worker process" in error.value.__notes__[0]
        assert call("os:getpid") == call("os:getpid") != os.getpid()
