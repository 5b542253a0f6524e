"""Erasure after training: no linear probe reads the attribute any more (LEACE)."""

from serjax.methods.method import Finished, Frozen, Method

_UNCORRELATED = 1e-9  # what rounding leaves of a correlation of 0, and more


def erase(frozen: Frozen) -> Finished:
    """Erase attributes from an embedding by the smallest change, in closed form.

    `r(x) = x - W^+ P W (x - E[x])`, where `W = (Sigma_xx^(1/2))^+` whitens and P
    projects on the columns of `W Sigma_xz`, z the attributes' values, one-hot. After
    it, x and z are uncorrelated over the rows that it was fitted on. An attribute with
    one value changes nothing. The emotion head is fitted anew, by logistic regression.

    Args:
      frozen: the training rows. Those that lack an attribute count for Sigma_xx alone.

    Returns:
      The map, and the new head.

    References:
      Belrose et al., "LEACE: Perfect linear concept erasure in closed form", NeurIPS
      2023.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    x = frozen.embeddings.astype(np.float64)
    mean = x.mean(0)
    values, vectors = np.linalg.eigh((x - mean).T @ (x - mean) / len(x))
    kept = values > values.max() * len(values) * np.finfo(np.float64).eps
    roots, vectors = np.sqrt(values[kept]), vectors[:, kept]
    whiten, colour = vectors / roots @ vectors.T, vectors * roots @ vectors.T
    covariances = []
    for labels in frozen.attributes.values():
        known = labels >= 0
        one_hot = np.eye(labels.max() + 1)[labels[known]]
        centred = one_hot - one_hot.mean(0)
        covariances.append((x[known] - mean).T @ centred / len(centred))
    basis, sizes, _ = np.linalg.svd(whiten @ np.hstack(covariances), False)
    basis = basis[:, sizes > _UNCORRELATED]
    # Transposed, for it maps rows.
    matrix = np.eye(len(mean)) - whiten @ basis @ basis.T @ colour
    offset = mean - mean @ matrix
    head = LogisticRegression(max_iter=5000).fit(x @ matrix + offset, frozen.emotions)
    kernel, bias = head.coef_.T, head.intercept_
    if len(bias) == 1:  # of two emotions the second's odds
        kernel, bias = np.hstack([-kernel, kernel]) / 2, np.append(-bias, bias) / 2
    return Finished(matrix, offset, kernel, bias)


ERASURE = Method(
    name="erasure",
    does="train as the baseline and have it erased afterwards",
    equation="r(x) = x - W^+ P W (x - E[x])",
    reference="Belrose et al., NeurIPS 2023",
    strength=0.0,
    finish=erase,
)
