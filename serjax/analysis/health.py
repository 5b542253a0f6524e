"""Is the adversary alive? A verdict in words, from the curves of a run.

What an attribute's head or discriminator reads is judged by its cross-entropy beside
the entropy of the attribute's values in training (its prior): who knows nothing but the
prior has just that loss. Both are of training, under dropout, so the loss stands a
little above what the same head would have in evaluation.
"""

import dataclasses

import numpy as np
from scipy.signal import find_peaks

from serjax.analysis.curves import WINDOW, Curves, at_end, attribute_curves, curve
from serjax.methods import Method
from serjax.records.folder import Run

READS = 0.05
"""Share of the prior's entropy that a head must explain to count as reading: 0.03 nats
of a gender's 0.69, about 61 % right instead of 50. Epochs differ by 0.01 to 0.02."""

BEATEN = 0.10
"""Share of the prior's entropy by which a loss must exceed it to count as beaten.
Dropout alone lifts a blind head's loss by 2 to 5 % of it."""

SWING = 0.25
"""Share of the way from chance to perfect that makes a rise or fall a swing."""

TURNS = 3
"""Turning points, in the later half, from which on a run oscillates: with two a head
can have been pushed back once and have recovered once."""

MIN_EPOCHS = 10
"""Fewer epochs than this tell nothing: heads start above the prior's entropy."""

AT_CHANCE = 1.0
"""Points of validation UA around chance within which a classifier has learnt nothing
that counts."""

MEANINGS = {
    "dead head": "the loss never came clearly under the prior's entropy: the head "
    "never read the attribute, so its curve cannot show that anything was hidden",
    "equilibrium": "the head read the attribute, was pushed back to the prior's "
    "entropy and stayed there: the aim of a method that hides an attribute",
    "winning": "the head still reads the attribute at the end: it is not hidden",
    "overpowered": "the loss ended well above the prior's entropy: the encoder drives "
    "the head to wrong answers, which need not hide the attribute from a fresh one",
    "oscillation": "head and encoder beat each other in turn, late in training: which "
    "epoch is kept decides what the embedding knows",
    "collapse": "the classifier gives nearly all utterances one emotion, or stays at "
    "chance; what becomes of its adversary then says little",
    "learnt": "a head that nothing acts against reads the attribute, as it should",
    "not learnt": "a head that nothing acts against does not read it at the end",
    "cannot be told": "too few epochs, or an older run that did not note the prior's "
    "entropy",
}
"""What each verdict means, in the order of tables."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What became of one attribute in one run, by a word of `MEANINGS`.

    The role is its method's name; the reason has the numbers that the word stands on.
    """

    attribute: str
    role: str
    word: str
    reason: str


def verdicts(run: Run) -> tuple[Verdict, ...]:
    """Judge every chosen attribute of a run that has a head or discriminator.

    There is none for a baseline, and before the first epoch is done.
    """
    if not (run.roles and run.metrics):
        return ()
    collapse = _collapse(run)
    # How far it got: a verdict on part of a ramp is one on that part.
    done = f"{len(run.metrics)} of {run.config.settings['epochs']} epochs"
    states = {"unfinished": ", under way", "failed": ", then it failed"}
    done += states.get(run.status, "")
    found = []
    for name, role in run.roles.items():
        method = run.methods.get(role.role)
        if method and method.module:
            curves = attribute_curves(run, name)
            word, reason = _judge(curves, method, collapse)
            alpha = f"alpha {curves.strength[-1]:.2f} in the last."
            reason = f"{reason} {done}; {alpha}"
            found.append(Verdict(name, role.role, word, reason))
    return tuple(found)


def _judge(curves: Curves, method: Method, collapse: str) -> tuple[str, str]:
    numbers = _numbers(curves)
    if collapse:
        return "collapse", f"{collapse} {numbers}"
    if np.isnan(curves.prior):
        why = "The run did not note the prior's entropy."
        return "cannot be told", f"{why} {numbers}"
    if len(curves.loss) < MIN_EPOCHS:
        return "cannot be told", f"Fewer than {MIN_EPOCHS} epochs. {numbers}"
    late = curves.end_loss
    best = np.min(np.convolve(curves.loss, np.full(WINDOW, 1 / WINDOW), "valid"))
    reading = 1 - READS
    if method.learns:
        learnt = late < reading * curves.prior
        return ("learnt" if learnt else "not learnt"), numbers
    turns = _turns(curves)
    if turns >= TURNS:
        swings = f"It turned {turns} times in the later half, by {SWING:.0%} or more."
        return "oscillation", f"{swings} {numbers}"
    if late < reading * curves.prior:
        return "winning", numbers
    if late > (1 + BEATEN) * curves.prior and late > best + BEATEN * curves.prior:
        return "overpowered", numbers
    if best < reading * curves.prior:
        return "equilibrium", numbers
    why = ""
    if np.all(curves.norms == 0):
        why = " No gradient ever reached it."
    elif method.reads == "emotion":
        why = (
            " It sees the emotions' probabilities alone, and they need not tell of the "
            "attribute."
        )
    return "dead head", f"{numbers}{why}"


def _collapse(run: Run) -> str:
    """Tell how the classifier collapsed; "" if it did not."""
    it = run.result if run.status == "finished" else None
    flags = {"best": it.collapsed, "last": it.collapsed_last} if it else {}
    for epoch, collapsed in flags.items():
        if collapsed.get("valid"):
            return f"At the {epoch} epoch one class has nearly all predictions (valid)."
    ua = curve(run, "valid_ua")
    if len(ua) < MIN_EPOCHS:
        return ""
    chance = 100 / len(run.config.classes)
    late = at_end(ua)
    if np.all(abs(late - chance) < AT_CHANCE):
        stood = f"Validation UA stood at chance ({chance:.1f} %)"
        return f"{stood} for the last {len(late)} epochs."
    return ""


def _turns(curves: Curves) -> int:
    """Count the turning points of what is read, in the later half of the epochs."""
    read = np.clip(1 - curves.loss / curves.prior, 0, 1)
    right = (curves.accuracy - curves.chance) / (100 - curves.chance)
    turns = []
    for values in (read[len(read) // 2 :], right[len(right) // 2 :]):
        peaks, _ = find_peaks(values, prominence=SWING)
        troughs, _ = find_peaks(-values, prominence=SWING)
        turns.append(len(peaks) + len(troughs))
    return max(turns)


def _numbers(curves: Curves) -> str:
    """The numbers that a verdict stands on, as a sentence or two."""
    lowest = int(np.argmin(curves.loss))
    prior = "" if np.isnan(curves.prior) else f" (prior {curves.prior:.3f})"
    return (
        f"Cross-entropy {curves.loss[0]:.3f} in the first epoch, lowest "
        f"{curves.loss[lowest]:.3f} in epoch {lowest + 1}, {curves.end_loss:.3f} at "
        f"the end{prior}; accuracy {curves.end_accuracy:.1f} % at the end, chance "
        f"{curves.chance:.1f} %."
    )
