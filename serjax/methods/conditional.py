"""Conditional domain-adversarial training: the head also sees the emotion output."""

from serjax.methods import schedules
from serjax.methods.method import Method

CONDITIONAL = Method(
    name="conditional",
    does="learn to hide it, also among the utterances of one emotion",
    equation="L = L_emo + 1/N sum_i R_lambda(L_a_i(f x g))",
    reference="Long et al., NeurIPS 2018",
    schedule=schedules.ganin,
    reads="both",
    reverses=True,
    scales_reversal=True,
)
"""CDAN: as `ganin`, but the head sees `f x g`, the embedding's outer product with the
emotions' probabilities (`serjax.models.heads.what_is_read`). No gradient comes to the
probabilities from there, as in the authors' code. Their entropy weights are left out.
"""
