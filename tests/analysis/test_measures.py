"""Measures of new runs are of result.json, those of older ones of predictions.csv."""

import dataclasses

import msgspec
import numpy as np
import pytest

from serjax.analysis.cells import MEAN, summarise, summarise_study
from serjax.analysis.measures import MEASURES, measured, training_classes
from serjax.evaluation.measures import auc
from serjax.records.folder import read_study
from serjax.reporting.terminal import Table
from tests.study.results import make_result
from tests.study_files import write_study


@pytest.fixture(scope="module")
def older(tmp_path_factory):
    """A study whose runs have predictions.csv alone."""
    folder = tmp_path_factory.mktemp("study")
    return read_study(write_study(folder, approaches=["reversal"], seeds=[0, 1, 2]))


def test_an_older_run_has_its_measures_from_its_predictions(older):
    run = older.finished[0]
    assert not run.result.auc
    facts = measured(older, run, "auc")
    at = run.rows.of("tess")
    assert facts["auc"]["tess"] == auc(run.rows.labels[at], run.rows.probabilities[at])
    # The study's corpora are trained on in equal shares of three classes.
    assert facts["nll_prior"]["tess"] == pytest.approx(np.log(3))
    assert measured(older, run, "ua") == run.result.to_dict()
    alone = dataclasses.replace(older, about=None)
    assert measured(alone, run, "nll")["nll_prior"]["tess"] is None


def test_a_newer_run_has_them_from_its_result(older):
    run = dataclasses.replace(older.finished[0])
    stored = dict.fromkeys(run.result.ua, 0.25)
    result = msgspec.structs.replace(older.finished[0].result, auc=stored)
    run.__dict__["result"] = result
    assert measured(older, run, "auc") == result.to_dict()


def test_what_is_held_out_was_not_trained_on(older):
    run = older.finished[0]
    assert {*training_classes(older, run)} == {"emodb", "ravdess"}
    fold = dataclasses.replace(run, held_out="emodb")
    assert training_classes(older, fold) == {
        "ravdess": {"negative": 6, "neutral": 6, "positive": 6}
    }
    counts = {"emovo": {"negative": 1, "neutral": 2, "positive": 3}}
    config = msgspec.structs.replace(run.config, training_classes=counts)
    fold.__dict__["config"] = config
    assert training_classes(older, fold) == counts


def test_any_measure_has_means_and_paired_differences(older):
    aucs = {
        (run.approach, run.set_name, run.seed): measured(older, run, "auc")["auc"]
        for run in older.finished
    }
    rows = {(it.name, it.part): it for it in summarise_study(older, "auc")}
    row = rows["reversal C", "tess"]
    ours = [aucs["reversal", "C", seed]["tess"] for seed in range(3)]
    theirs = [aucs["baseline", "-", seed]["tess"] for seed in range(3)]
    assert row.best.score.mean == pytest.approx(np.mean(ours))
    assert row.best.difference.mean == pytest.approx(np.mean(ours) - np.mean(theirs))
    assert row.best.difference.p is not None
    # predictions.csv is of the best epoch.
    assert (row.last.score.n, row.last.difference.mean) == (0, None)


def test_the_mean_over_held_out_corpora_is_of_the_measure():
    results = []
    for corpus, value in (("emodb", 0.5), ("tess", 0.8)):
        ua = {"valid": 1.0, "test": 1.0, corpus: 40.0}
        result = {**make_result(), "held_out": corpus, "ua": ua, "ua_last": ua}
        result |= {"collapsed": {corpus: False}, "collapsed_last": {corpus: False}}
        results.append({**result, "auc": {corpus: value}})
    rows = {it.part: it for it in summarise(results, measure="auc")}
    assert rows[MEAN].best.score.mean == pytest.approx(0.65)
    assert rows[MEAN].last.score.mean is None
    assert rows["tess"].best.score.mean == 0.8


def test_the_printed_table_is_of_the_measure_asked_for(older):
    table = Table(summarise_study(older), caption=["UA in percent.", "Seeds 0-2."])
    text = table.of_measure(older, "nll").text()
    assert text.startswith("NLL in nats: mean negative log-likelihood")
    assert "\nSeeds 0-2.\n" in text
    assert text.endswith("class shares: test 1.099, tess 1.099.")
    row = next(it for it in summarise_study(older, "nll") if it.part == "test")
    assert f"{row.best.score.mean:.3f}±{row.best.score.sd:.3f}" in text
    csv = table.of_measure(older, "auc").csv()
    assert csv.splitlines()[0].split(",")[6] == "auc_best"
    even = table.of_measure(older, "ua_even").text()
    assert "transductive" in even.splitlines()[0]


def test_ua_by_corpus_stands_beside_the_pooled_tests(older):
    rows = summarise_study(older, "ua_test_by_corpus")
    parts = {it.part: it for it in rows if it.approach == "baseline"}
    assert list(parts) == ["test", "emodb", "ravdess"]
    means = [parts[part].best.score.mean or 0 for part in ("emodb", "ravdess")]
    # Both have as many utterances of each class.
    assert parts["test"].best.score.mean == pytest.approx(sum(means) / 2)


def test_every_measure_that_is_printed_is_a_key_of_the_result(older):
    keys = older.finished[0].result.to_dict()
    for name in MEASURES:
        assert {name, f"{name}_last"} <= {*keys}
