"""The field's plain baseline: functionals of the frames, and a linear SVM.

It has no network, no epochs and no checkpoint. Training rows alone give statistics and
coefficients; C and the temperature of the probabilities are chosen on validation rows.
"""

import dataclasses
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from threadpoolctl import threadpool_limits

from serjax.config import Config
from serjax.data import Dataset
from serjax.data.functionals import functionals
from serjax.errors import Stopped
from serjax.evaluation import score
from serjax.evaluation.prediction import Predictions
from serjax.files import replacing
from serjax.records.svm import Tried, choose, write_tried
from serjax.training.class_weights import make_class_weights
from serjax.training.signals import noting_stop_signals

CS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""scikit-learn's C: those of the ComParE challenges' baselines (Schuller et al.)."""

_MAX_ITERATIONS = 10_000
# A functional that varies less over the rows stays near 0: it is but rounding, as the
# means are where each utterance was normalised by itself.
_LEAST_DEVIATION = 1e-3


@dataclasses.dataclass(frozen=True, eq=False)
class Svm:
    """A fitted model, of float64.

    Attributes:
      mean: [functionals], of the training rows.
      deviation: [functionals], by which they are divided.
      coefficients: [classes, functionals]; of two classes one is the other's negative.
      intercept: [classes].
      temperature: that the decisions are divided by.
    """

    mean: np.ndarray
    deviation: np.ndarray
    coefficients: np.ndarray
    intercept: np.ndarray
    temperature: float = 1.0

    def standardise(self, found: np.ndarray) -> np.ndarray:
        """By the training rows: [rows, functionals] -> the same shape."""
        return (found.astype(np.float64) - self.mean) / self.deviation

    def decide(self, found: np.ndarray) -> np.ndarray:
        """Decisions of each class, signed distances: float64[rows, classes]."""
        return self.standardise(found) @ self.coefficients.T + self.intercept

    def predict(self, found: np.ndarray) -> np.ndarray:
        """Probabilities, float64[rows, classes]; their argmax is the decisions'."""
        return softmax(self.decide(found) / self.temperature, axis=1)

    def write(self, folder: Path) -> None:
        """Write svm.npz, whole or not at all, to a folder that is there."""
        with replacing(folder / "svm.npz", make_folder=False) as temporary:
            np.savez(temporary, **vars(self))


def fits(
    config: Config, dataset: Dataset, found: np.ndarray
) -> Iterator[tuple[Svm, Tried]]:
    """Fit an SVM with each C, the smallest first, its temperature still 1.

    Args:
      config: seed and class weights.
      dataset: labels of its training and validation rows are read, and no others.
      found: float32[rows and copies, functionals]; copies are training rows too.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC  # a second to load

    of_row = dataset.row_of
    rows = np.flatnonzero(np.isin(of_row, dataset.rows("train")))
    labels, valid = dataset.labels[of_row[rows]], dataset.rows("valid")
    mean = found[rows].mean(0, dtype=np.float64)
    deviation = found[rows].std(0, dtype=np.float64) + _LEAST_DEVIATION
    nothing = np.zeros((len(dataset.classes), found.shape[1]))
    empty = Svm(mean, deviation, nothing, np.zeros(len(dataset.classes)))
    standardised = empty.standardise(found[rows])
    for c in CS:
        model = LinearSVC(
            C=c,
            dual="auto",  # the dual where there are fewer rows than functionals
            random_state=config.training.seed,
            max_iter=_MAX_ITERATIONS,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # `converged` tells
            model.fit(standardised, labels, _sample_weights(config, dataset, rows))
        coefficients, intercept = model.coef_, np.asarray(model.intercept_)
        if len(coefficients) == 1:  # of two classes: above 0 is the second
            coefficients = np.concatenate([-coefficients, coefficients])
            intercept = np.concatenate([-intercept, intercept])
        fitted = Svm(mean, deviation, coefficients, intercept)
        predicted = fitted.decide(found[valid]).argmax(1)
        ua = score(dataset.labels[valid], predicted, len(dataset.classes)).ua
        yield fitted, Tried(c, ua, bool(model.n_iter_ < _MAX_ITERATIONS))


def fit_temperature(decisions: np.ndarray, labels: np.ndarray) -> float:
    """Find the temperature of least NLL, from a 1000th to 1000 of their deviation.

    Args:
      decisions: float64[rows, classes], of validation.
      labels: int[rows].

    References:
      Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, Sec. 4.2.
    """

    def nll(log_temperature: float) -> float:
        logs = log_softmax(decisions / np.exp(log_temperature), axis=1)
        return -float(np.mean(logs[np.arange(len(labels)), labels]))

    # NLL is convex in 1 / T, so there is one minimum. Decisions are small where C is.
    middle = np.log(decisions.std() or 1.0)
    bounds = middle + np.log(1e-3), middle + np.log(1e3)
    found = minimize_scalar(nll, bounds=bounds, method="bounded")
    return float(np.exp(found.x))


def fit_svm(
    config: Config,
    dataset: Dataset,
    report: Callable[[str], None] | None = None,
) -> tuple[Svm, list[Tried], np.ndarray]:
    """Fit with each C, take the best on validation, and fit its temperature there.

    It is not fitted again on validation rows: parts are everyone else's.

    Args:
      config: the settings.
      dataset: the data.
      report: called with a line per C, and a last one.

    Returns:
      The model, what was tried, and float32[rows and copies, functionals].

    Raises:
      Stopped: SIGTERM or SIGINT came; nothing is kept.
    """
    say = report or (lambda line: None)
    tried: list[Tried] = []
    # One thread of BLAS: the same bits in a worker of a study.
    with noting_stop_signals() as stop_signal, threadpool_limits(1, "blas"):
        store = dataset.store
        rows = map(store.row, range(len(store.lengths)))
        is_single = np.max(store.lengths) == 1  # they are functionals as they are
        found = np.stack([it[0] if is_single else functionals(it) for it in rows])
        best: Svm | None = None
        for fitted, it in fits(config, dataset, found):
            if (number := stop_signal()) is not None:
                raise Stopped(number, 0, config.training.name)
            tried.append(it)
            is_best = choose(tried) is it
            best = fitted if is_best else best
            more = "" if it.converged else f"  not converged in {_MAX_ITERATIONS:,}"
            say(f"C {it.C:<7g}  valid UA {it.valid_ua:.2f}{' *' * is_best}{more}")
        assert best is not None
        valid = dataset.rows("valid")
        decisions = best.decide(found[valid])
        temperature = fit_temperature(decisions, dataset.labels[valid])
    say(f"Chosen: C {choose(tried).C:g}, by validation; temperature {temperature:.4f}")
    return dataclasses.replace(best, temperature=temperature), tried, found


def train_svm(
    config: Config,
    dataset: Dataset,
    workdir: Path,
    report: Callable[[str], None] | None = None,
    check_place: Callable[[], None] = lambda: None,
) -> Predictions:
    """Fit the SVM of a run, keep it in the run's folder, and predict all other rows.

    Args:
      workdir: the run's folder, which gets svm.csv and svm.npz.
      check_place: called before anything is written; see `serjax.training.run.fit`.

    Returns:
      Predictions of every row but training's; the standardised functionals are their
      embeddings.

    Raises:
      Stopped: SIGTERM or SIGINT came; the same call begins anew.
    """
    for note in note_settings(config):
        warnings.warn(note, stacklevel=3)
    fitted, tried, found = fit_svm(config, dataset, report)
    chosen = choose(tried)
    if missing := [f"{it.C:g}" for it in tried if not it.converged]:
        warnings.warn(
            f"svm: with C={', '.join(missing)} the solver did not converge in "
            f"{_MAX_ITERATIONS:,} iterations; C={chosen.C:g} was chosen. Its last "
            "iteration counts as the fit.",
            stacklevel=3,
        )
    check_place()
    write_tried(workdir, tried)
    fitted.write(workdir)
    rows = dataset.evaluation_rows()
    with threadpool_limits(1, "blas"):
        probabilities = fitted.predict(found[rows])
    standardised = fitted.standardise(found[rows]).astype(np.float32)
    return Predictions(rows, probabilities, standardised)


def note_settings(config: Config) -> list[str]:
    """Say so where a setting leaves an SVM little to read."""
    if config.features.normalisation != "coefficient":
        return []
    return [
        "svm: normalisation=coefficient makes mean and deviation of each coefficient "
        "the same in every utterance, so that two of ten functionals tell nothing. "
        "With --normalisation=none or --normalisation=speaker all do."
    ]


def _sample_weights(
    config: Config, dataset: Dataset, rows: np.ndarray
) -> np.ndarray | None:
    """float32[rows], weights by `class_weights`; None for equal ones."""
    weights = make_class_weights(config, dataset)
    if weights is None:
        return None
    its = dataset.row_of[rows]
    group = np.zeros(len(its), int)
    if len(weights) > 1:
        group = dataset.attributes["corpus"].labels[its]
    return weights[group, dataset.labels[its]]
