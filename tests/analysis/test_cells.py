from pathlib import Path

import pytest

from serjax.analysis.breakdowns import configurations
from serjax.analysis.cells import parts_of, summarise, summarise_study
from serjax.config import Role
from serjax.records.folder import Run, StudyFiles
from tests.study.results import as_record, make_result


def rows_by_name(results, failed=()):
    rows = summarise(results, failed)
    return {(row.approach, row.attributes, row.part): row for row in rows}


def test_one_seed_has_a_mean_and_no_deviation():
    rows = rows_by_name([make_result(test=60.0, last=-2.0)])
    row = rows["baseline", "-", "test"]
    assert (row.n, row.best.score.mean, row.last.score.mean) == (1, 60.0, 58.0)
    assert row.best.score.sd is None
    assert row.best.difference.mean is None
    assert row.best.alpha is None


def test_differences_are_paired_by_seed():
    results = [
        make_result(seed=0, test=60.0),
        make_result(seed=1, test=40.0),
        make_result("reversal", ("corpus",), seed=0, test=63.0, last=1.0),
        make_result("reversal", ("corpus",), seed=1, test=44.0, last=1.0),
    ]
    row = rows_by_name(results)["reversal", "C", "test"]
    # 63 - 60 = 3 and 44 - 40 = 4: mean 3.5, deviation sqrt(0.5).
    assert row.best.difference.mean == pytest.approx(3.5)
    assert row.best.difference.sd == pytest.approx(0.5**0.5)
    assert row.best.by_seed == {0: 3.0, 1: 4.0}
    assert row.last.difference.mean == pytest.approx(4.5)
    # 63 and 44: mean 53.5, deviation 19 / sqrt(2).
    assert row.best.score.mean == pytest.approx(53.5)
    assert row.best.score.sd == pytest.approx(19 / 2**0.5)
    assert (row.best.alpha, row.last.alpha) == (0.25, 0.5)


def test_a_seed_without_a_baseline_has_no_difference():
    results = [
        make_result(seed=0, test=60.0),
        make_result("reversal", ("corpus",), seed=0, test=63.0),
        make_result("reversal", ("corpus",), seed=1, test=99.0),
    ]
    row = rows_by_name(results)["reversal", "C", "test"]
    difference = row.best.difference
    assert (row.n, difference.n, difference.mean, difference.sd) == (2, 1, 3.0, None)
    alone = rows_by_name(results[1:])["reversal", "C", "test"]
    assert alone.best.difference.mean is None


def test_collapsed_runs_are_counted_on_their_part():
    results = [
        make_result(seed=0, collapsed=True),
        make_result(seed=1, collapsed=True),
        make_result(seed=2),
    ]
    results[1]["collapsed_last"] = {"tess": False}
    rows = rows_by_name(results)
    assert rows["baseline", "-", "tess"].best.collapsed == 2
    assert rows["baseline", "-", "tess"].last.collapsed == 1
    assert rows["baseline", "-", "test"].best.collapsed == 0
    assert rows["baseline", "-", "tess"].best.score.n == 3


def test_a_failed_run_is_counted_and_not_averaged():
    gone = {"approach": "adversarial", "attributes": ["speaker"], "seed": 0}
    gone |= {"status": "failed", "error": "loss is nan"}
    row = rows_by_name([make_result()], [gone])["adversarial", "S", "tess"]
    assert (row.n, row.failed, row.unfinished, row.best.score.mean) == (0, 1, 0, None)


def test_an_unfinished_run_is_counted_and_not_averaged():
    waiting = {"approach": "baseline", "attributes": (), "seed": 1}
    (row, _) = summarise([make_result()], unfinished=[waiting])
    assert (row.n, row.unfinished, row.best.score.mean) == (1, 1, 60.0)


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
    assert (row.best.score.mean, row.last.score.mean, row.n) == (None, None, 1)


def test_a_part_that_one_run_lacks_is_left_out_of_that_pair():
    results = [
        make_result(seed=0),
        make_result(seed=1),
        make_result("reversal", ("corpus",), seed=0, tess=53.0),
        make_result("reversal", ("corpus",), seed=1),
    ]
    for key in ("ua", "ua_last", "collapsed", "collapsed_last"):
        del results[3][key]["tess"]
    row = rows_by_name(results)["reversal", "C", "tess"]
    assert (row.n, row.best.score.n, row.best.by_seed) == (2, 1, {0: 3.0})


def test_holm_counts_a_parts_configurations_at_one_choice_of_epoch():
    results = []
    for seed, luck in enumerate([0.0, 1.0, 5.0, 2.0]):
        results.append(make_result(seed=seed, test=60.0))
        for name, gain in (("corpus", 4.0), ("speaker", 2.0), ("gender", 0.5)):
            run = make_result("reversal", (name,), seed=seed, test=60 + gain + luck)
            run["ua_last"]["test"] = 60.0 + luck - 2.0
            results.append(run)
    rows = rows_by_name(results)
    at_best = [rows["reversal", letter, "test"].best for letter in "CSG"]
    p = [cell.difference.p or 0.0 for cell in at_best]
    assert p[0] < p[1] < p[2]
    assert [cell.holm_p for cell in at_best] == [3 * p[0], 2 * p[1], p[2]]
    # At last all three are the same, and each counts three times.
    last = rows["reversal", "G", "test"].last
    assert last.holm_p == min(1, 3 * (last.difference.p or 0.0))
    # 2 / 2**4 is the smallest p of 4 seeds.
    assert at_best[0].difference.p_sign_flip == 0.125
    assert at_best[0].holm_p_sign_flip == 0.375
    assert rows["baseline", "-", "test"].best.holm_p is None


def mixed_run(status, seed, speaker):
    roles = {
        "corpus": Role("corpus", "reversal"),
        "speaker": Role.parse(f"speaker:{speaker}"),
    }
    names = ("corpus", "speaker")
    run = Run(Path(f"{speaker}{seed}"), "mixed", names, seed, status, roles)
    run.__dict__["result"] = as_record(make_result("mixed", names, seed))
    return run


def test_mixtures_of_other_roles_are_other_configurations():
    runs = (
        mixed_run("finished", 0, "multitask"),
        mixed_run("failed", 1, "multitask"),
        mixed_run("finished", 0, "multitask:0.3"),
        mixed_run("unfinished", 1, "multitask:0.3"),
    )
    study = StudyFiles(Path("study"), None, runs)
    rows = [row for row in summarise_study(study) if row.part == "test"]
    assert [(row.name, row.n, row.failed, row.unfinished) for row in rows] == [
        ("mixed C:reversal+S:multitask", 1, 1, 0),
        ("mixed C:reversal+S:multitask:0.3", 1, 0, 1),
    ]
    assert len(configurations(study)) == 2


def test_a_broken_run_is_counted_with_the_failed_ones():
    broken = Run(Path("gone"), "reversal", ("corpus",), 0, "broken")
    whole = Run(Path("there"), "baseline", (), 0, "finished")
    whole.__dict__["result"] = as_record(make_result())  # as if it had been read
    study = StudyFiles(Path("study"), None, (whole, broken))
    assert [(row.n, row.failed) for row in summarise_study(study)] == [
        (1, 0),
        (1, 0),
        (0, 1),
        (0, 1),
    ]


def test_a_method_without_a_strength_has_no_alpha():
    chosen = [make_result(it, ("corpus",)) for it in ("erasure", "coral")]
    alphas = {it.approach: it.best.alpha for it in summarise([make_result(), *chosen])}
    assert (alphas["baseline"], alphas["erasure"]) == (None, None)
    assert alphas["coral"] is not None
