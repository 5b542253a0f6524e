import pytest

from serjax.analysis.collapse import advise
from serjax.config import make_config
from tests.made_records import make_result_record

TRAINING = {"negative": 70, "neutral": 20, "positive": 10}


def make_result(*collapsed, parts=("valid", "test", "tess")):
    """Result.json of a run that collapsed on some parts: six, one and three rows."""
    return make_result_record(
        ua=dict.fromkeys(parts, 33.3),
        confusion={part: [[6, 0, 0], [1, 0, 0], [3, 0, 0]] for part in parts},
        collapsed={part: part in collapsed for part in parts},
    ).to_dict()


def advice(*results, training=TRAINING, **settings):
    config = make_config(**{"preset": "paper", **settings})
    return advise(results, config.to_flat(), training)


def test_where_every_run_collapsed_shares_and_settings_are_named():
    results = [make_result("valid", "test", "tess"), make_result("tess")]
    where, shares, remedies = advice(*results, batch_size=32)
    assert where == (
        "Collapsed in every run on tess: one class has 95 % or more of the predictions."
    )
    assert shares == (
        "Share of each class: train negative 70 %, neutral 20 %, positive 10 %; tess "
        "negative 60 %, neutral 10 %, positive 30 %."
    )
    assert remedies == (
        "To try: train longer (--epochs=300 --patience=0); smaller batches, which are "
        "more steps an epoch (--batch_size=8); other classes (--label_map=four-class, "
        "or a map of your own); more corpora to train on."
    )


def test_nothing_is_advised_where_a_run_did_not_collapse_or_none_is_there():
    assert advice(make_result("test"), make_result("tess")) == []
    assert advice(make_result("valid")) == []  # a part that no table has
    assert advice() == []


def test_nothing_is_advised_that_the_runs_have_already():
    settings = {"patience": 0, "batch_size": 0, "label_map": "four-class"}
    *_, remedies = advice(make_result("test"), epochs=20, **settings)
    assert remedies == "To try: train longer (--epochs=40)."
    svm = {**make_result("test"), "approach": "svm"}  # has no epochs and no batches
    *_, remedies = advice(svm, **{**settings, "batch_size": 32})
    assert remedies == ("To try: another --normalisation, or --class_weights=balanced.")


def test_of_one_run_it_is_not_said_that_all_collapsed():
    where, shares, _ = advice(make_result("test"), training={})
    assert where.startswith("Collapsed on test: ")
    assert shares.startswith("Share of each class: test negative 60 %")


@pytest.mark.parametrize("training", [{}, dict.fromkeys(TRAINING, 0)])
def test_what_is_advised_are_settings_that_there_are(training):
    remedies = advice(make_result("test", "tess"), training=training, batch_size=16)[-1]
    flags = {word.strip("();,.").partition("=")[0] for word in remedies.split()}
    names = {flag.removeprefix("--") for flag in flags if flag.startswith("--")}
    assert names == {"epochs", "patience", "batch_size", "label_map"}
    assert names <= make_config().to_flat().keys()
