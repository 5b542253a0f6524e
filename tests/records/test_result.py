import json

import pytest

from serjax.records.result import Result, find_result
from tests.made_records import CLASSES, make_result_record


def test_an_unfinished_run_has_no_result(tmp_path):
    assert find_result(tmp_path) is None
    assert find_result(tmp_path / "absent") is None
    result = make_result_record()
    result.write(tmp_path)
    assert find_result(tmp_path) == result


def test_the_file_has_its_keys_in_their_order(tmp_path):
    make_result_record().write(tmp_path)
    assert list(json.loads((tmp_path / "result.json").read_text())) == [
        *("status", "approach", "roles", "attributes", "classes", "seed"),
        *("split_seed", "epochs_run", "best_epoch", "alpha_at_best", "alpha_last"),
        *("strengths_at_best", "strengths_last"),
        *("ua", "wa", "recall", "confusion", "collapsed", "ua_last"),
        *("collapsed_last", "auc", "auc_last", "ua_even", "ua_even_last", "nll"),
        *("nll_last", "nll_prior", "ua_test_by_corpus", "ua_test_by_corpus_last"),
        *("num_speakers", "dataset", "config_hash", "wall_s"),
    ]


@pytest.mark.parametrize("text", ["", '{"ua": 1.', "\0\0", "[]", '{"ua": {}}'])
def test_a_damaged_result_is_named_and_counts_as_none(tmp_path, text):
    (tmp_path / "result.json").write_text(text)
    with pytest.warns(UserWarning, match="result.json.*is damaged, and made anew"):
        assert find_result(tmp_path) is None


def test_a_result_from_before_there_was_an_auc_is_read(tmp_path):
    make_result_record().write(tmp_path)
    path = tmp_path / "result.json"
    kept = json.loads(path.read_text())
    newer = [name for name in kept if name.startswith(("auc", "ua_even", "nll"))]
    path.write_text(json.dumps({n: it for n, it in kept.items() if n not in newer}))
    assert Result.read(tmp_path).auc == {}
    assert len(newer) == 7


def test_a_measure_of_other_parts_than_ua_is_refused():
    with pytest.raises(ValueError, match="auc has other parts than ua"):
        make_result_record(auc={"test": 0.5})


def test_a_class_without_utterances_has_a_recall_of_null(tmp_path):
    recall = {"test": dict.fromkeys(CLASSES, None)}
    make_result_record(recall=recall).write(tmp_path)
    assert Result.read(tmp_path).recall["test"]["neutral"] is None
