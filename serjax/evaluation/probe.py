"""Fresh probes: what a frozen embedding still tells of an attribute.

A head trained against the encoder says little about invariance, since it may just have
been outrun. A classifier trained afresh on the frozen embedding has no such excuse.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, log_loss
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


@dataclasses.dataclass(frozen=True)
class Probe:
    """How decodable an attribute is from embeddings that were not probed on.

    Attributes:
      cross_entropy: nats, mean over all utterances; low where the attribute shows.
      accuracy: percent.
      balanced_accuracy: percent, mean recall over the values.
      chance_cross_entropy: nats, of the attribute's own frequencies.
      chance_accuracy: percent, of always giving the most frequent value.
      chance_balanced_accuracy: percent, 100 / number of values.
      num_folds: folds of the cross-validation.
      is_speaker_disjoint: whether no speaker was probed and trained on; not so for
        the speaker itself.
    """

    cross_entropy: float
    accuracy: float
    balanced_accuracy: float
    chance_cross_entropy: float
    chance_accuracy: float
    chance_balanced_accuracy: float
    num_folds: int
    is_speaker_disjoint: bool


def linear_probe(
    embeddings: np.ndarray,
    values: Sequence[str] | np.ndarray,
    speakers: Sequence[str] | np.ndarray | None,
    num_folds: int = 3,
    inverse_penalty: float = 0.03,
) -> Probe:
    """Train a linear classifier afresh and test it on other speakers.

    Logistic regression on standardised embeddings, cross-validated over folds that
    keep each speaker whole.

    Args:
      embeddings: float[utterances, embedding], frozen.
      values: the attribute of each utterance.
      speakers: the speaker of each utterance. None spreads each value's utterances
        over the folds: for the speaker itself, which cannot be held out.
      num_folds: folds; every value needs as many speakers.
      inverse_penalty: scikit-learn's C. Held-out speakers are few and embeddings long:
        at its default of 1 a probe of a hundred utterances is sure of its errors, and
        ends above chance.

    Raises:
      ValueError: there is one value alone, a value has fewer speakers than folds, or a
        fold would lack a value.
    """
    names, labels = np.unique(np.asarray(values), return_inverse=True)
    if len(names) < 2:
        raise ValueError(f"A probe needs two values or more; all are {names.tolist()}.")
    unit = "utterances" if speakers is None else "speakers"
    for name, count in count_units(values, speakers).items():
        if count < num_folds:
            raise ValueError(
                f"Value {name!r} has {count} {unit}; a probe of {num_folds} folds that "
                f"share none needs {num_folds}. Give it more utterances, or lower "
                "num_folds."
            )
    embeddings = np.asarray(embeddings, np.float64)
    probabilities = np.zeros((len(labels), len(names)))
    kind = StratifiedKFold if speakers is None else StratifiedGroupKFold
    folds = kind(num_folds, shuffle=True, random_state=0)
    for train, test in folds.split(labels, labels, speakers):
        if len(set(labels[train])) < len(names):
            raise ValueError(
                f"No {num_folds} folds that keep speakers whole leave every value of "
                f"{names.tolist()} to train on; give the probe more speakers."
            )
        model = make_pipeline(
            StandardScaler(), LogisticRegression(C=inverse_penalty, max_iter=2000)
        )
        model.fit(embeddings[train], labels[train])
        probabilities[test] = model.predict_proba(embeddings[test])
    prior = np.bincount(labels) / len(labels)
    predicted = probabilities.argmax(1)
    loss = log_loss(labels, probabilities, labels=np.arange(len(names)))
    return Probe(
        cross_entropy=float(loss),
        accuracy=float(100 * np.mean(predicted == labels)),
        balanced_accuracy=float(100 * balanced_accuracy_score(labels, predicted)),
        chance_cross_entropy=float(-np.sum(prior * np.log(prior))),
        chance_accuracy=float(100 * prior.max()),
        chance_balanced_accuracy=100 / len(names),
        num_folds=num_folds,
        is_speaker_disjoint=speakers is not None,
    )


def count_units(
    values: Sequence[str] | np.ndarray, speakers: Sequence[str] | np.ndarray | None
) -> dict[str, int]:
    """Count each value's speakers, or its utterances where `speakers` is None."""
    array = np.asarray(values)
    units = np.arange(len(array)) if speakers is None else np.asarray(speakers)
    return {
        str(name): len(np.unique(units[array == name])) for name in np.unique(array)
    }
