"""Methods of the literature, drafted against the record: what it must be able to say.

They read the embedding, the emotion output or both, weigh the emotion losses row by
row, carry a state of their own, or add a stage after training.
"""

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.linear_model import LogisticRegression

from serjax.methods import Finished, Frozen, Method, Seen, mean_by_value
from serjax.methods.schedules import ganin, linear


def _moments(seen: Seen):
    """Per value: mean and covariance of the embedding, and whether it has two rows."""
    member = jax.nn.one_hot(seen.labels, seen.num_values)  # a row of zeros for -1
    counts = member.sum(0)
    means = member.T @ seen.embedding / jnp.maximum(counts, 1)[:, None]
    centred = seen.embedding[None] - means[:, None]
    centred = centred * member.T[:, :, None]
    covariances = jnp.einsum("vbi,vbj->vij", centred, centred)
    return means, covariances / jnp.maximum(counts - 1, 1)[:, None, None], counts > 1


def _over_pairs(distances, present):
    """Mean over pairs of values that the batch has; 0 without a pair."""
    pairs = jnp.triu(present[:, None] & present[None, :], 1)
    return jnp.sum(jnp.where(pairs, distances, 0)) / jnp.maximum(jnp.sum(pairs), 1)


def coral_distance(seen: Seen):
    means, covariances, present = _moments(seen)
    of_means = jnp.mean((means[:, None] - means[None]) ** 2, -1)
    of_covariances = jnp.mean((covariances[:, None] - covariances[None]) ** 2, (-2, -1))
    return _over_pairs(of_means + of_covariances, present)


def mmd_distance(seen: Seen):
    x = seen.embedding
    distances = jnp.sum((x[:, None] - x[None]) ** 2, -1)
    gammas = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
    kernel = jnp.add(*(sum(jnp.exp(-g * distances) for g in gammas), 0.0))
    member = jax.nn.one_hot(seen.labels, seen.num_values)
    counts = jnp.maximum(member.sum(0), 1)
    within = member.T @ kernel @ member / counts[:, None] / counts[None]
    same = jnp.diag(within)
    distances = same[:, None] + same[None] - 2 * within
    return _over_pairs(distances, member.sum(0) > 0)


def worst_groups(seen: Seen, state):
    losses, present = mean_by_value(seen.emotion_losses, seen.labels, seen.num_values)
    weights = state["weights"] * jnp.exp(0.01 * jax.lax.stop_gradient(losses))
    weights = weights / weights.sum()
    now = jnp.where(present, weights, 0)
    now = now / jnp.maximum(now.sum(), 1e-9)
    return jnp.sum(jax.lax.stop_gradient(now) * losses), {"weights": weights}


def erase(frozen: Frozen) -> Finished:
    """LEACE in closed form, by the eigenvectors of a regularised covariance."""
    x = frozen.embeddings.astype(np.float64)
    mean = x.mean(0)
    values, vectors = np.linalg.eigh(np.cov(x.T) + 1e-6 * np.eye(x.shape[1]))
    whiten = vectors / np.sqrt(values) @ vectors.T
    unwhiten = vectors * np.sqrt(values) @ vectors.T
    cross = []
    for labels in frozen.attributes.values():
        one_hot = np.eye(labels.max() + 1)[labels[labels >= 0]]
        centred = one_hot - one_hot.mean(0)
        cross.append((x[labels >= 0] - mean).T @ centred / len(centred))
    basis, sizes, _ = np.linalg.svd(whiten @ np.hstack(cross), full_matrices=False)
    basis = basis[:, sizes > 1e-9]
    matrix = np.eye(len(mean)) - whiten @ basis @ basis.T @ unwhiten
    offset = mean - mean @ matrix
    head = LogisticRegression(max_iter=1000).fit(x @ matrix + offset, frozen.emotions)
    return Finished(matrix, offset, head.coef_.T, head.intercept_)


DRAFTS = (
    Method(
        name="conditional",
        does="learn to hide it, whatever the emotion",
        equation="L = L_emo + 1/N sum_i R_lambda(L_a_i(f x g))",
        reference="Long et al., NeurIPS 2018",
        reads="both",
        reverses=True,
        scales_reversal=True,
        schedule=ganin,
    ),
    Method(
        name="coral",
        does="have equal means and covariances for all of its values",
        equation="L = L_emo + lambda/N sum_i CORAL_i",
        reference="Sun and Saenko, ECCV 2016",
        term=coral_distance,
    ),
    Method(
        name="mmd",
        does="be distributed alike for all of its values",
        equation="L = L_emo + lambda/N sum_i MMD_i",
        reference="Li et al., CVPR 2018",
        term=mmd_distance,
    ),
    Method(
        name="groupdro",
        does="serve its worst value best",
        equation="L = sum_v q_v L_emo(v)",
        reference="Sagawa et al., ICLR 2020",
        is_taken=True,
        term=worst_groups,
        init_state=lambda num_values: {"weights": jnp.full(num_values, 1 / num_values)},
    ),
    Method(
        name="erasure",
        does="have it erased after training",
        equation="x <- x - P (x - mean)",
        reference="Belrose et al., NeurIPS 2023",
        strength=0.0,
        finish=erase,
    ),
    Method(
        name="watcher",
        does="fool a discriminator that sees all of them",
        equation="L = (1 - alpha) L_emo - alpha (1/N sum_i L_d_i)",
        reference="a sixth kind: a discriminator on both",
        strength=0.2,
        is_taken=True,
        reads="both",
        has_optimiser=True,
        schedule=linear,
        loss=lambda emotion, terms, alphas: (
            (1 - alphas.mean()) * emotion - (alphas * terms).mean(),
            terms.sum(),
        ),
    ),
)
