"""How far the classes' shares differ between corpora, and what follows from it.

Where a corpus tells of the emotion by its shares alone, an embedding that hides the
corpus must hide that part of the emotion too.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

Counts = Mapping[str, Mapping[str, int]]
"""Utterances by corpus and class."""


def mutual_information(table: np.ndarray) -> float:
    """Compute I(a; b) = sum p(a, b) ln(p(a, b) / (p(a) p(b))), in nats.

    It is 0 where a and b are independent, and the entropy where one tells the other.

    Args:
      table: int[values of a, values of b], how often they come together.
    """
    joint = table / table.sum()
    apart = joint.sum(1, keepdims=True) * joint.sum(0)
    known = joint > 0
    return float(np.sum(joint[known] * np.log(joint[known] / apart[known])))


def describe_information(counts: Counts, classes: Sequence[str], rows: str) -> str:
    """Say how much the corpus tells of the emotion; '' of fewer than two corpora.

    The rows are in words: which of the corpora's they are.
    """
    table = np.array([[its.get(n, 0) for n in classes] for its in counts.values()])
    if len(counts) < 2 or not table.sum():
        return ""
    told, entropy = map(mutual_information, (table, np.diag(table.sum(0))))
    return (
        f"I(emotion; corpus) is {told:z.3f} nats, of the emotion's entropy of "
        f"{entropy:.3f}, over {rows}. Where it is large, invariance to the corpus can "
        "hurt by itself: what hides the corpus then hides a part of the emotion."
    )


def share_lines(
    counts: Counts, unseen: Counts, classes: Sequence[str]
) -> Iterator[tuple[str, int, list[float]]]:
    """Give each corpus, its utterances, and each class' share of them in percent.

    Those that are trained on come first, then all of them together, then the unseen.
    """
    together = {n: sum(its.get(n, 0) for its in counts.values()) for n in classes}
    named = {**counts, "together": together} if len(counts) > 1 else {**counts}
    named |= {f"{name} (unseen)": its for name, its in unseen.items()}
    for name, its in named.items():
        if total := sum(its.values()):
            yield name, total, [100 * its.get(n, 0) / total for n in classes]
