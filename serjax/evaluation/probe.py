"""Fresh probes: what a frozen embedding still tells of an attribute.

A head trained against the encoder says little about invariance, since it may just have
been outrun. A classifier trained afresh on the frozen embedding has no such excuse.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


@dataclasses.dataclass(frozen=True)
class Probe:
    """How decodable an attribute is from embeddings of speakers not probed on.

    Attributes:
      cross_entropy: nats, mean over all utterances; low where the attribute shows.
      accuracy: percent.
      chance_cross_entropy: nats, of the attribute's own frequencies.
      chance_accuracy: percent, of always giving the most frequent value.
    """

    cross_entropy: float
    accuracy: float
    chance_cross_entropy: float
    chance_accuracy: float


def linear_probe(
    embeddings: np.ndarray,
    values: Sequence[str],
    speakers: Sequence[str],
    num_folds: int = 3,
    inverse_penalty: float = 0.03,
) -> Probe:
    """Train a linear classifier afresh and test it on other speakers.

    Logistic regression on standardised embeddings, cross-validated over folds that
    keep each speaker whole.

    Args:
      embeddings: float[utterances, embedding], frozen.
      values: the attribute of each utterance.
      speakers: the speaker of each utterance.
      num_folds: folds; every value needs as many speakers.
      inverse_penalty: scikit-learn's C. Held-out speakers are few and embeddings long:
        at its default of 1 a probe of a hundred utterances is sure of its errors, and
        ends above chance.

    Raises:
      ValueError: there is one value alone, a value has fewer speakers than folds, or a
        fold would lack a value.
    """
    names, labels = np.unique(np.asarray(values), return_inverse=True)
    groups = np.asarray(speakers)
    if len(names) < 2:
        raise ValueError(f"A probe needs two values or more; all are {names.tolist()}.")
    for index, name in enumerate(names):
        num_speakers = len(set(groups[labels == index]))
        if num_speakers < num_folds:
            raise ValueError(
                f"Value {str(name)!r} has {num_speakers} speakers; a speaker-disjoint "
                f"probe of {num_folds} folds needs {num_folds}. Give it more "
                "utterances, or lower num_folds."
            )
    embeddings = np.asarray(embeddings, np.float64)
    probabilities = np.zeros((len(labels), len(names)))
    folds = StratifiedGroupKFold(num_folds, shuffle=True, random_state=0)
    for train, test in folds.split(embeddings, labels, groups):
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
    return Probe(
        cross_entropy=float(
            log_loss(labels, probabilities, labels=np.arange(len(names)))
        ),
        accuracy=float(100 * np.mean(probabilities.argmax(1) == labels)),
        chance_cross_entropy=float(-np.sum(prior * np.log(prior))),
        chance_accuracy=float(100 * prior.max()),
    )
