import dataclasses
import filecmp
import signal

import numpy as np
import pytest
from sklearn.metrics import log_loss

from serjax.config import make_config
from serjax.data.joined import FeatureStore
from serjax.errors import Stopped
from serjax.inference.embed import embed
from serjax.records.folder import read_study
from serjax.records.svm import Tried, choose
from serjax.reporting.report import report
from serjax.training import programs, svm
from tests.training.made import MELS, make_dataset, make_small_config

CONFIG = make_small_config(approach="svm", normalisation="none")


def fit(dataset, config=CONFIG):
    return svm.fit_svm(config, dataset)[:2]


def change(dataset, parts, labels=False):
    """The same with other frames, and labels if asked for, in some parts."""
    chosen = np.isin(dataset.parts, parts)
    rows = [
        dataset.store.row(row) * (-3 if chosen[row] else 1)
        for row in range(len(chosen))
    ]
    others = np.where(chosen & labels, (dataset.labels + 1) % 3, dataset.labels)
    store = FeatureStore.join(rows, MELS)
    return dataclasses.replace(dataset, store=store, labels=others)


def assert_same(one, other, names=("mean", "deviation", "coefficients", "intercept")):
    for name in names:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_test_and_unseen_rows_change_neither_model_nor_choice(dataset):
    (model, tried), (changed, tried_then) = (
        fit(it) for it in (dataset, change(dataset, ["test", "ood"], labels=True))
    )
    assert_same(model, changed)
    assert (tried, model.temperature) == (tried_then, changed.temperature)


def test_validation_rows_choose_c_and_temperature_alone(dataset):
    changed = change(dataset, ["valid"], labels=True)
    assert [it.valid_ua for it in fit(dataset)[1]] != [
        it.valid_ua for it in fit(changed)[1]
    ]
    found = [
        np.stack([svm.functionals(it.store.row(n)) for n in range(len(it.parts))])
        for it in (dataset, changed)
    ]
    ones = [it for it, _ in svm.fits(CONFIG, dataset, found[0])]
    others = [it for it, _ in svm.fits(CONFIG, changed, found[1])]
    for one, other in zip(ones, others, strict=True):
        assert_same(one, other)
    train = found[0][dataset.rows("train")].astype(np.float64)
    np.testing.assert_allclose(ones[0].mean, train.mean(0))
    np.testing.assert_allclose(ones[0].deviation, train.std(0) + 1e-3)


def test_the_smallest_c_among_the_best_is_chosen():
    uas = {1e-3: 50.0, 1e-2: 60.0, 1e-1: 60.0, 1.0: 40.0}
    tried = [Tried(c, ua, True) for c, ua in uas.items()]
    assert choose(tried).C == 1e-2


def test_the_temperature_is_that_of_least_nll():
    # Three of four answers are right: so sure should each be.
    decisions, labels = np.tile([3.0, -1.0], (4, 1)), np.array([0, 0, 0, 1])
    assert svm.fit_temperature(decisions, labels) == pytest.approx(4 / np.log(3), 1e-4)


@pytest.mark.parametrize("classes", [("no", "yes"), ("low", "mid", "high")])
def test_probabilities_keep_every_argmax_and_fit_validation(classes):
    dataset = make_dataset(classes=classes)
    model, _, found = svm.fit_svm(CONFIG, dataset)
    decisions, probabilities = model.decide(found), model.predict(found)
    np.testing.assert_array_equal(decisions.argmax(1), probabilities.argmax(1))
    np.testing.assert_allclose(probabilities.sum(1), 1)
    train, valid = dataset.rows("train"), dataset.rows("valid")
    right = probabilities.argmax(1)[train] == dataset.labels[train]
    assert np.mean(right) > 0.8
    colder = dataclasses.replace(model, temperature=model.temperature / 2)
    labels = dataset.labels[valid]
    best, other = (
        log_loss(labels, it.predict(found[valid]), labels=range(len(classes)))
        for it in (model, colder)
    )
    assert best <= other


def test_copies_are_training_rows_too(dataset, monkeypatch):
    train = dataset.rows("train")
    store = dataset.store
    rows = [store.row(row) for row in (*range(len(dataset.parts)), *train)]
    twice = dataclasses.replace(
        dataset, store=FeatureStore.join(rows, MELS), copy_of=train
    )
    monkeypatch.setattr(svm, "CS", (0.01,))
    ((copied, _),) = svm.fits(CONFIG, twice, svm.fit_svm(CONFIG, twice)[2])
    monkeypatch.setattr(svm, "CS", (0.02,))  # as each row twice
    ((alone, _),) = svm.fits(CONFIG, dataset, svm.fit_svm(CONFIG, dataset)[2])
    np.testing.assert_allclose(copied.coefficients, alone.coefficients, atol=1e-3)


def test_class_weights_weigh_training_rows(dataset):
    # Of one class all but one training row go.
    rows = dataset.rows("train")
    gone = rows[dataset.labels[rows] == 0][1:]
    parts = tuple("none" if n in gone else it for n, it in enumerate(dataset.parts))
    fewer = dataclasses.replace(dataset, parts=parts)
    config = make_config(approach="svm", class_weights="balanced", ood="gamma")
    plain, weighted = (
        fit(fewer, it)[0]
        for it in (config.replace(approach="svm", class_weights="none"), config)
    )
    found = np.stack([svm.functionals(dataset.store.row(row)) for row in gone])
    counts = [np.sum(it.decide(found).argmax(1) == 0) for it in (plain, weighted)]
    assert counts[1] > counts[0]


def test_a_solver_that_does_not_converge_is_told_of(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(svm, "_MAX_ITERATIONS", 1)
    told = []
    with pytest.warns(UserWarning, match="with C=.* did not converge in 1 iterations"):
        svm.train_svm(CONFIG, dataset, tmp_path, told.append)
    assert "not converged" in told[0]


def test_a_stop_signal_is_obeyed_between_two_fits(dataset):
    told = []

    def stop(line):
        told.append(line)
        signal.raise_signal(signal.SIGTERM)

    with pytest.raises(Stopped):
        svm.fit_svm(CONFIG, dataset, stop)
    assert len(told) == 1


def test_a_run_is_whole_reads_as_others_and_has_equal_bits(train_in, tmp_path, recwarn):
    told, traces = [], programs.TRACES.copy()
    folder, again = tmp_path / "run", tmp_path / "again"
    settings = {"approach": "svm", "class_weights": "corpus"}
    result = train_in(folder, told.append, **settings)
    assert "two of ten functionals" in str(recwarn.pop(UserWarning).message)
    assert train_in(folder, told.append, **settings) == result  # only read
    train_in(again, **settings, threads=0)
    assert traces == programs.TRACES  # no program of jax's was built
    assert (result["epochs_run"], result["best_epoch"]) == (0, None)
    assert result["ua"] == result["ua_last"]
    names = ["predictions.csv", "embeddings.npz", "svm.csv", "svm.npz"]
    assert filecmp.cmpfiles(folder, again, names, shallow=False)[0] == names
    (run,) = read_study(folder).runs
    assert run.status == "finished" and run.rows.probabilities.shape[1] == 3
    np.testing.assert_array_equal(run.embeddings.best, run.embeddings.last)
    chosen = f"{choose(run.tried).C:g}"
    assert len(told) == 7 and told[-1].startswith(f"Chosen: C {chosen}, by validation")
    page = report(folder).read_text()
    assert f"{chosen} was chosen" in page
    with pytest.raises(ValueError, match="is of an svm: it has no checkpoint"):
        embed(folder, make_config())
    (folder / "svm.csv").write_text("C,valid_ua,converged\n1,much,True\n")
    (run,) = read_study(folder).runs
    assert run.status == "broken" and "svm.csv is not whole" in run.error
