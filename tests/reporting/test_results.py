from pathlib import Path

import numpy as np
import pytest

from serjax.config import Config
from serjax.records.folder import Run, StudyFiles
from serjax.records.predictions import Rows
from serjax.reporting.elements import Drawer, Figure, Listing, Table, Warning
from serjax.reporting.findings import findings
from serjax.reporting.results import results_section
from serjax.reporting.speakers import speakers_section
from tests.made_records import make_run_config
from tests.study.results import as_record, make_result

SETS = (("corpus",), ("corpus", "speaker"))


def make_rows():
    """Two utterances of each of two speakers, in test and in an unseen corpus."""
    return Rows(
        files=np.array(["x.wav"] * 8),
        parts=np.array(["test"] * 4 + ["ood"] * 4),
        attributes={
            "speaker": np.array(["ä", "ä", "b", "b"] * 2),
            "corpus": np.array(["emodb"] * 4 + ["tess"] * 4),
        },
        labels=np.array([0, 1] * 4),
        predicted=np.array([0, 1, 0, 0] * 2),
        probabilities=np.zeros((8, 2)),
        classes=("negative", "positive"),
    )


def make_study(results, others=()):
    """Gather a study from results, and `(status, approach, seed)` of other runs."""
    runs = []
    for result in results:
        attributes = tuple(result["attributes"])
        name = f"{result['approach']}-{len(attributes)}-seed{result['seed']}"
        facts = (Path(name), result["approach"], attributes, result["seed"])
        run = Run(*facts, "finished")
        # As if they had been read.
        facts = {"result": as_record(result), "config": make_run_config(Config())}
        run.__dict__.update(rows=make_rows(), **facts)
        runs.append(run)
    for status, approach, seed in others:
        attributes = () if approach == "baseline" else ("corpus",)
        runs.append(Run(Path("gone"), approach, attributes, seed, status))
    return StudyFiles(Path("study"), None, tuple(runs))


def make_results(seeds, gain=1.0, baseline=True, **more):
    results = [make_result(seed=seed, **more) for seed in seeds] if baseline else []
    return results + [
        make_result(approach, names, seed, 60 + gain + seed % 3, **more)
        for seed in seeds
        for approach in ("multitask", "reversal")
        for names in SETS
    ]


def texts(section, kind):
    return [block.text for block in section.blocks if isinstance(block, kind)]


def tables(section):
    found = {}
    for block in section.blocks:
        for it in block.blocks if isinstance(block, Drawer) else [block]:
            if isinstance(it, Table):
                assert it.name not in found
                found[it.name] = it
                assert {len(row) for row in it.rows} == {len(it.columns)}
    return found


def column(table, name):
    return [row[table.columns.index(name)] for row in table.rows]


def test_a_study_is_shown_with_intervals_tests_and_criteria():
    study = make_study(make_results(range(7), gain=5.0))
    section = results_section(study)
    found = tables(section)
    assert (
        list(found)
        == (
            "results-test tests-test auc-test ua-even-test nll-test results-tess "
            "tests-tess auc-tess ua-even-tess nll-tess verdicts above-on-all "
            "consistency attributes"
        ).split()
    )
    # 5 + 0, 1, 2, 0, 1, 2, 0: mean 41 / 7, sd 0.9.
    cell = column(found["results-test"], "difference best")[1]
    assert cell.text == "+5.9* [+5.0, +6.7]"
    assert cell.value == pytest.approx(41 / 7)
    assert "*: the difference is significant" in found["results-test"].caption
    assert column(found["results-test"], "Holm's p best")[1].text == "<0.001"
    tess = column(found["results-tess"], "difference best")
    assert not any("*" in it.text for it in tess)
    assert column(found["tests-test"], "sign-flip p best")[0].text == "0.016"
    assert column(found["above-on-all"], "above on all best")[0].text == "no"
    assert column(found["consistency"], "above best")[0].text == "2 of 2"
    figures = [block for block in section.blocks if isinstance(block, Figure)]
    assert [figure.name for figure in figures] == ["forest-test", "forest-tess"]
    assert "4 of 4 are above zero, and zero is outside 4 of 4" in figures[0].description
    assert "C+S" in figures[0].svg
    first, last, *_ = findings(study)
    assert first.startswith(
        "At the best epoch these differ from the baseline by the t test (Holm's p "
        "below 0.05): test 4 of 4: multitask C +5.9 (+5.0 to +6.7)"
    )
    assert "and 1 more; tess 0 of 4." in first
    assert last.startswith("At the last epoch")


def test_of_few_seeds_each_ones_value_stands_in_the_place_of_an_interval():
    section = results_section(make_study(make_results(range(3))))
    found = tables(section)
    cell = column(found["results-test"], "difference best")[1]
    assert cell.text == "+2.0 (+1.0, +2.0, +3.0)"
    assert cell.interval == pytest.approx((2 - 2.4841, 2 + 2.4841), abs=1e-3)
    for table in (found["results-test"], found["tests-test"]):
        assert "of fewer than five seeds, in round ones each seed's" in table.caption
        assert not any("[" in cell.text for row in table.rows for cell in row)
    (figure, _) = [block for block in section.blocks if isinstance(block, Figure)]
    assert figure.caption.endswith("on test, with a stroke for each seed's.")
    assert "interval" not in figure.description
    (largest,) = [
        it
        for it in findings(make_study(make_results(range(3))))
        if it.startswith("Largest")
    ]
    assert "(each seed's): test +2.0 (+1.0, +2.0, +3.0) by multitask C;" in largest


def test_one_seed_is_points_without_intervals_and_says_so():
    study = make_study(make_results([0]))
    section = results_section(study)
    (warning,) = texts(section, Warning)
    assert "with a single seed there is no interval and no test" in warning
    found = tables(section)
    assert "tests-test" not in found
    cell = column(found["results-test"], "difference best")[1]
    assert (cell.text, cell.interval, cell.bold) == ("+1.0", None, False)
    (figure, _) = [block for block in section.blocks if isinstance(block, Figure)]
    assert "one seed" in figure.caption
    sentences = findings(study)
    assert not any("t test (Holm" in sentence for sentence in sentences)
    assert sentences[0] == (
        "Of 4 configurations these are above the baseline by the mean: on test 4 at "
        "the best epoch and 4 at the last; on tess 0 at the best epoch and 0 at the "
        "last."
    )
    assert "(one seed, no interval)" in sentences[1]
    assert "single seed" in sentences[-1]


def test_a_study_without_a_baseline_says_that_nothing_is_compared():
    study = make_study(make_results([0, 1], baseline=False))
    section = results_section(study)
    assert "No baseline has finished" in texts(section, Warning)[0]
    assert not [block for block in section.blocks if isinstance(block, Figure)]
    assert {"results-test", "results-tess"} <= {*tables(section)}
    assert findings(study)[0] == (
        "No configuration has a baseline of its seed to be compared with."
    )


def test_failed_and_unfinished_runs_are_counted():
    gone = [("failed", "adversarial", 0), ("planned", "reversal", 2)]
    study = make_study(make_results([0, 1]), gone)
    section = results_section(study)
    assert texts(section, Warning)[0].startswith(
        "Of 12 runs 1 has no result (failed or broken) and 1 is not finished"
    )
    cells = [cell.text for cell in column(tables(section)["results-test"], "seeds")]
    assert cells == ["2", "2", "2", "2 (1 to come)", "2", "0 (1 failed)"]
    assert findings(study)[0].startswith("Of 12 runs")


def test_a_collapse_of_all_runs_is_said_before_any_difference():
    study = make_study(make_results([0, 1], collapsed=True))
    sentence = findings(study)[0]
    assert sentence.startswith(
        "On tess every finished run, the baseline's included, collapsed at the best "
        "epoch, and at the last (one class"
    )
    # A utterance of each class and prediction.
    assert findings(study)[1:3] == [
        "Share of each class: tess negative 33 %, neutral 33 %, positive 33 %.",
        "To try: train longer (--epochs=300 --patience=0); other classes "
        "(--label_map=four-class, or a map of your own); more corpora to train on.",
    ]
    (largest,) = [it for it in findings(study) if it.startswith("Largest")]
    (above,) = [it for it in findings(study) if it.startswith("Of 4")]
    assert "tess" not in largest + above
    criterion = next(
        block.items
        for block in results_section(study).blocks
        if isinstance(block, Listing)
    )
    assert criterion[0].endswith(
        "Every run collapsed on tess, so that this says nothing of what helps"
    )
    assert "collapsed" not in criterion[2]
    table = tables(results_section(study))["results-tess"]
    assert [cell.value for cell in column(table, "collapsed best")] == [2] * 5


def test_a_collapse_of_some_runs_is_counted():
    results = make_results([0, 1])
    results[0]["collapsed"]["tess"] = results[3]["collapsed"]["tess"] = True
    warnings = texts(results_section(make_study(results)), Warning)
    assert warnings[0].startswith(
        "On tess 2 of 10 runs collapsed at the best epoch and 0 at the last (of the "
        "baseline's 1 and 0)"
    )


def test_a_collapse_at_the_last_epoch_alone_is_told():
    results = make_results([0])
    results[2]["collapsed_last"]["test"] = True
    assert findings(make_study(results))[0].startswith(
        "On test 0 of 5 runs collapsed at the best epoch and 1 at the last"
    )


def test_one_configuration_has_no_largest_difference():
    (sentence,) = [
        it
        for it in findings(make_study(make_results([0])[:2]))
        if "Difference" in it or "Largest" in it
    ]
    assert sentence == (
        "Difference from the baseline at the best epoch, in points of UA (one seed, no "
        "interval): test +1.0 by multitask C; tess +0.0 by multitask C."
    )


def test_parts_without_a_value_are_left_empty():
    study = make_study(make_results([0, 1], tess=None))
    found = tables(results_section(study))
    assert {cell.text for cell in column(found["results-tess"], "UA best")} == {"-"}
    assert "tests-tess" not in found
    assert findings(study)


def test_nothing_finished_is_a_warning():
    study = make_study([], [("unfinished", "baseline", 0)])
    assert "No run has finished" in texts(results_section(study), Warning)[0]
    assert findings(study) == ["No run has finished yet."]
    assert speakers_section(study) is None


def test_speakers_stand_beside_seeds_with_their_warning():
    section = speakers_section(make_study(make_results([0, 1])))
    assert section is not None
    first, second = texts(section, Warning)
    assert first.startswith("test has 2 speakers")
    assert second.startswith("tess has 2 speakers")
    table = tables(section)["speakers-test"]
    assert len(table.rows) == 5
    # One speaker has both right, the other one of two.
    assert column(table, "UA [speakers]")[0].text == "75.0 [50.0, 100.0]"
    assert column(table, "difference [speakers]")[1].text == "+0.0 [+0.0, +0.0]"
    assert column(table, "difference [speakers]")[0].text == "-"
    assert column(table, "difference [seeds]")[1].text == "+1.5 (+1.0, +2.0)"
