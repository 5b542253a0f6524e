import numpy as np
import pytest

from serjax.analysis.breakdowns import (
    average_by_seed,
    configurations,
    gender_gap,
    row_shares,
    score_groups,
    sum_confusion,
)
from serjax.analysis.statistics import mean_interval
from serjax.records.predictions import Rows
from tests.small_study import write_study


def _rows(genders, labels, predicted, speakers=None):
    count = len(genders)
    return Rows(
        files=np.array(["x.wav"] * count),
        parts=np.array(["test"] * count),
        attributes={
            "gender": np.array(genders),
            "speaker": np.array(speakers or ["s"] * count),
            "corpus": np.array(["ravdess"] * count),
        },
        labels=np.array(labels),
        predicted=np.array(predicted),
        probabilities=np.eye(3)[predicted],
        classes=("negative", "neutral", "positive"),
    )


def test_each_group_is_scored_alone():
    rows = _rows(
        ["female"] * 4 + ["male"] * 3, [0, 0, 1, 2, 0, 1, 2], [0, 1, 1, 2, 0, 0, 0]
    )
    groups = score_groups(rows, "test", "gender")
    assert list(groups) == ["female", "male"]
    # Recalls 1/2, 1, 1 and 1, 0, 0.
    assert groups["female"].scores.ua == pytest.approx(100 * 2.5 / 3)
    assert groups["male"].scores.ua == pytest.approx(100 / 3)
    assert groups["female"].num_utterances == 4
    assert gender_gap(groups) == pytest.approx(50)


def test_what_is_not_known_is_a_group_of_its_own_and_the_last():
    rows = _rows(["", "male", "", "x"], [0, 1, 2, 0], [0, 1, 1, 0])
    groups = score_groups(rows, "test", "gender")
    assert list(groups) == ["male", "x", "unknown"]
    assert groups["unknown"].scores.ua == 50
    assert groups["unknown"].classes == ("negative", "positive")


def test_genders_that_were_tested_on_other_classes_have_no_gap():
    rows = _rows(["female", "female", "male"], [0, 1, 0], [0, 1, 0])
    assert gender_gap(score_groups(rows, "test", "gender")) is None


def test_one_gender_alone_has_no_gap():
    groups = score_groups(_rows(["female"], [0], [0]), "test", "gender")
    assert gender_gap(groups) is None


def test_a_speakers_name_may_be_any(tmp_path):
    rows = _rows(["", ""], [0, 1], [0, 1], speakers=["Zoë", "張三"])
    assert list(score_groups(rows, "test", "speaker")) == ["Zoë", "張三"]


def test_confusion_matrices_add_up_over_seeds(tmp_path):
    study = write_study(tmp_path)
    runs = configurations(study)["multitask", "C"]
    assert [run.seed for run in runs] == [0, 1]
    # Four speakers of six utterances; the two men's positive ones are called negative.
    expected = 2 * np.array([[8, 0, 0], [0, 8, 0], [4, 0, 4]])
    assert sum_confusion(runs, "test").tolist() == expected.tolist()


def test_rows_are_shares_and_none_where_there_is_no_label():
    shares = row_shares(np.array([[3, 1], [0, 0]]))
    assert shares[0].tolist() == [75, 25]
    assert np.isnan(shares[1]).all()


def test_an_interval_is_over_seeds_not_over_attribute_sets(tmp_path):
    study = write_study(tmp_path)
    runs = [run for run in study.runs if run.approach != "baseline"]
    assert [run.seed for run in runs] == [0, 1, 0, 1]
    numbers = {run.name: 10.0 * it for run, it in zip(runs, (1, 2, 3, 5), strict=True)}
    assert average_by_seed(runs, numbers) == [20, 35]


def test_one_seed_has_a_mean_and_no_interval():
    assert mean_interval([3.0]).mean == 3
    assert mean_interval([3.0]).interval is None
