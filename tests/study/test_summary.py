import pytest

from serjax.study.summary import parts_of, summarise
from tests.study.results import make_result


def rows_by_name(results, failed=()):
    rows = summarise(results, failed)
    return {(row.approach, row.attributes, row.part): row for row in rows}


def test_one_seed_has_a_mean_and_no_deviation():
    rows = rows_by_name([make_result(test=60.0, last=-2.0)])
    row = rows["baseline", "-", "test"]
    assert (row.n, row.ua_best, row.ua_last) == (1, 60.0, 58.0)
    assert row.ua_best_sd is None
    assert row.difference_best is None
    assert row.alpha_at_best is None


def test_differences_are_paired_by_seed():
    results = [
        make_result(seed=0, test=60.0),
        make_result(seed=1, test=40.0),
        make_result("reversal", ("corpus",), seed=0, test=63.0, last=1.0),
        make_result("reversal", ("corpus",), seed=1, test=44.0, last=1.0),
    ]
    row = rows_by_name(results)["reversal", "C", "test"]
    # 63 - 60 = 3 and 44 - 40 = 4: mean 3.5, deviation sqrt(0.5).
    assert row.difference_best == pytest.approx(3.5)
    assert row.difference_best_sd == pytest.approx(0.5**0.5)
    assert row.difference_last == pytest.approx(4.5)
    # 63 and 44: mean 53.5, deviation 19 / sqrt(2).
    assert row.ua_best == pytest.approx(53.5)
    assert row.ua_best_sd == pytest.approx(19 / 2**0.5)
    assert (row.alpha_at_best, row.alpha_last) == (0.25, 0.5)


def test_a_seed_without_a_baseline_has_no_difference():
    results = [
        make_result(seed=0, test=60.0),
        make_result("reversal", ("corpus",), seed=0, test=63.0),
        make_result("reversal", ("corpus",), seed=1, test=99.0),
    ]
    row = rows_by_name(results)["reversal", "C", "test"]
    assert (row.n, row.difference_best, row.difference_best_sd) == (2, 3.0, None)
    alone = rows_by_name(results[1:])["reversal", "C", "test"]
    assert alone.difference_best is None


def test_collapsed_runs_are_counted_on_their_part():
    results = [
        make_result(seed=0, collapsed=True),
        make_result(seed=1, collapsed=True),
        make_result(seed=2),
    ]
    rows = rows_by_name(results)
    assert rows["baseline", "-", "tess"].collapsed == 2
    assert rows["baseline", "-", "test"].collapsed == 0


def test_a_failed_run_is_counted_and_not_averaged():
    gone = {"approach": "adversarial", "attributes": ["speaker"], "seed": 0}
    gone |= {"status": "failed", "error": "loss is nan"}
    row = rows_by_name([make_result()], [gone])["adversarial", "S", "tess"]
    assert (row.n, row.failed, row.ua_best) == (0, 1, None)


def test_rows_stand_in_the_papers_order_of_approaches():
    results = [
        make_result("adversarial", ("gender",)),
        make_result("multitask", ("gender",)),
        make_result(),
    ]
    rows = summarise(results)
    assert [row.approach for row in rows if row.part == "test"] == [
        "baseline",
        "multitask",
        "adversarial",
    ]


def test_parts_are_test_and_the_unseen_corpora():
    assert parts_of([make_result()]) == ["test", "tess"]
    assert parts_of([]) == ["test"]


def test_a_part_without_a_value_is_left_empty():
    row = rows_by_name([make_result(tess=None)])["baseline", "-", "tess"]
    assert (row.ua_best, row.ua_last, row.n) == (None, None, 1)
