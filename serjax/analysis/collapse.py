"""Where every run collapsed on a part: how its classes are shared out, what to try."""

from collections.abc import Mapping, Sequence
from typing import Any

from serjax.analysis.cells import Result, parts_of
from serjax.corpora.labels import BUILT_IN
from serjax.methods import SVM


def advise(
    results: Sequence[Result], settings: Mapping[str, Any], training: Mapping[str, int]
) -> list[str]:
    """Say on which parts every run collapsed, and what may help; nothing where none is.

    The settings are those that the runs share. Of training the utterances of each class
    are given, or nothing where they are not known.
    """
    parts = [
        part
        for part in parts_of(results)
        if (those := [it["collapsed"][part] for it in results if part in it["ua"]])
        and all(those)
    ]
    if not parts:
        return []
    counts = {"train": training} if training else {}
    for part in parts:
        first = next(it for it in results if part in it["ua"])
        rows = map(sum, first["confusion"][part])
        counts[part] = dict(zip(results[0]["classes"], rows, strict=True))
    shares = []
    for part, classes in counts.items():
        total = sum(classes.values()) or 1
        each = [f"{name} {100 * n / total:.0f} %" for name, n in classes.items()]
        shares.append(f"{part} {', '.join(each)}")
    has_network = any(it["approach"] != SVM for it in results)
    every = " in every run" if len(results) > 1 else ""
    return [
        f"Collapsed{every} on {', '.join(parts)}: one class has 95 % or more of the "
        "predictions.",
        f"Share of each class: {'; '.join(shares)}.",
        f"To try: {'; '.join(_remedies(settings, parts, has_network))}.",
    ]


def _remedies(
    settings: Mapping[str, Any], parts: Sequence[str], has_network: bool
) -> list[str]:
    """Settings other than the runs' own; none of them is sure to help."""
    patience = " --patience=0" * bool(settings["patience"])
    found = [f"train longer (--epochs={2 * settings['epochs']}{patience})"]
    if not has_network:
        found = ["another --normalisation, or --class_weights=balanced"]
    # The rule, 0, takes small ones for few rows.
    if has_network and settings["batch_size"] > 8:
        found.append("smaller batches, which are more steps an epoch (--batch_size=8)")
    if (settings["label_map"] or BUILT_IN[0]) == BUILT_IN[0]:
        found.append("other classes (--label_map=four-class, or a map of your own)")
    if {*parts} - {"test"}:
        found.append("more corpora to train on")
    return found
