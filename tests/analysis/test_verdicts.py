import numpy as np
import pytest

from serjax.analysis.speakers import resampled_auc, sample_speakers
from serjax.analysis.verdicts import judge, study_verdicts
from serjax.evaluation.measures import auc
from serjax.records.folder import read_study
from serjax.records.predictions import Rows
from serjax.reporting.elements import Table
from serjax.reporting.verdicts import describe_verdicts, verdict_blocks
from tests.study_files import write_study


@pytest.mark.parametrize(
    ("of_auc", "of_ua", "word"),
    [
        ((0.51, 0.6), (34.0, 40.0), "learnt"),
        ((0.51, 0.6), (33.0, 40.0), "biased"),
        ((0.51, 0.6), (100 / 3, 100 / 3), "biased"),  # collapsed to one class
        ((0.5, 0.6), (34.0, 40.0), "blind"),
        ((0.4, 0.5), (20.0, 30.0), "blind"),
        ((0.4, 0.499), (34.0, 40.0), "reversed"),
    ],
)
def test_a_verdict_follows_from_the_two_intervals(of_auc, of_ua, word):
    assert judge(of_auc, of_ua, 100 / 3) == word


def make_rows(speakers, seed=0):
    rng, num = np.random.default_rng(seed), len(speakers)
    return Rows(
        files=np.array(["x.wav"] * num),
        parts=np.array(["ood"] * num),
        attributes={"speaker": np.array(speakers), "corpus": np.array(["tess"] * num)},
        labels=rng.integers(0, 3, num),
        predicted=rng.integers(0, 3, num),
        probabilities=np.round(rng.dirichlet(np.ones(3), num), 1),
        classes=("a", "b", "c"),
    )


@pytest.mark.parametrize("speakers", [list("abcde") * 8, ["", "", *"abcab"] * 4])
def test_a_resampled_auc_is_that_of_the_rows_repeated(speakers):
    rows = make_rows(speakers)
    sample = sample_speakers([rows], "tess")
    assert sample is not None
    weights = sample.weights[:20]
    names = [name or f"?{row}" for row, name in enumerate(speakers)]
    who = [sample.speakers.index(name) for name in names]
    for found, drawn in zip(resampled_auc(rows, sample, weights), weights, strict=True):
        repeated = np.repeat(np.arange(len(who)), drawn[who])
        expected = auc(rows.labels[repeated], rows.probabilities[repeated])
        assert found == pytest.approx(expected, abs=1e-12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studies")
    write_study(folder / "seeds", approaches=[], seeds=[0, 1, 2])
    more = {"seeds": [0], "collapsed": ["reversal-C-seed0"], "per_class": 6}
    write_study(folder / "one", approaches=["reversal"], **more)
    write_study(folder / "alone", approaches=[], seeds=[0], speakers=["01"])
    return folder


def test_intervals_are_over_seeds_else_over_speakers_else_over_utterances(folder):
    over = {}
    for path in folder.iterdir():
        first, *_ = study_verdicts(read_study(path))
        over[path.name] = first.over
    assert over == {"seeds": "3 seeds", "one": "2 speakers", "alone": "9 utterances"}


def test_a_collapsed_model_that_ranks_is_biased_and_a_line_says_so(folder):
    study = read_study(folder / "one")
    words = {it.attributes: it.word for it in study_verdicts(study)}
    assert words == {"-": "learnt", "C": "biased", "C+S": "learnt"}
    (line,) = describe_verdicts(study)
    assert line.startswith("tess: baseline learnt (AUC 0.")
    assert "chance 33.3; over 2 speakers); of 3 configurations 2 learnt, 1" in line
    _, table = verdict_blocks(study)
    assert isinstance(table, Table)
    assert [row[3].text for row in table.rows] == ["learnt", "biased", "learnt"]
    assert table.rows[1][5].text == "33.3 [33.3, 33.3]"
