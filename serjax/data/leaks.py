"""The check that any split must pass, drawn or given: nothing leaks between parts."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from serjax.corpora.utterance import Utterance
from serjax.data.splits import PARTS

TOLERANCE_S = 0.1
"""Utterances of one file may overlap by this much: tables round."""


def check_split(
    utterances: Sequence[Utterance],
    parts: Sequence[str],
    digests: Sequence[str],
    classes: Sequence[str],
    split: str = "strict",
    fingerprints: Sequence[str] = (),
) -> None:
    """Refuse a split whose test results would be worth nothing.

    Rows of an unknown speaker pass: there is nothing to check them by.

    Args:
      digests: a digest of the content of each row's file.
      classes: the emotion classes that training must have.
      split: 'strict', or 'shared_heldout': validation and testing may share speakers.
      fingerprints: of the samples of each row, where they are known: they tell a
        recording in another encoding.

    Raises:
      ValueError: a speaker, or the same speech, is in two parts; a part is unknown;
        training lacks a class; validation or testing has no rows.
    """
    for utterance, part in zip(utterances, parts, strict=True):
        if part not in PARTS:
            raise ValueError(
                f"{utterance.file}: part {part!r}; expected one of {', '.join(PARTS)}."
            )
    _check_speakers(utterances, parts, split)
    for first, second in _same_speech(utterances, parts, digests, fingerprints):
        if parts[first] != parts[second]:
            one, other = (
                f"{it.file} {it.stretch}" if it.is_segment else it.file
                for it in (utterances[first], utterances[second])
            )
            raise ValueError(
                f"{one} in {parts[first]} and {other} in {parts[second]} are the same "
                "recording; a test must not hold what training or validation heard. "
                "Remove one of the two."
            )
    for part in ("train", "valid", "test"):
        if part not in parts:
            raise ValueError(
                f"The split has no row in {part}, and no given training part has known "
                "speakers enough to draw some from. Give it rows, or --split=ignore."
            )
    rows = zip(utterances, parts, strict=True)
    trained = {utterance.emotion for utterance, part in rows if part == "train"}
    missing = [name for name in classes if name not in trained]
    if missing:
        raise ValueError(
            f"No training row of class {', '.join(missing)}; a model would never learn "
            "it. Add recordings of it, or map other labels to it (--label_map)."
        )


def _check_speakers(
    utterances: Sequence[Utterance], parts: Sequence[str], split: str
) -> None:
    """Refuse a speaker in two parts, but for two held-out ones where that is asked."""
    part_of: dict[str, str] = {}
    for utterance, part in zip(utterances, parts, strict=True):
        if utterance.speaker is None:
            continue
        other = part_of.setdefault(utterance.speaker, part)
        held_out = {other, part} == {"valid", "test"}
        if other == part or (held_out and split == "shared_heldout"):
            continue
        remedy = "Put all of the speaker's rows in one part, or let serjax split."
        if utterance.part is not None:
            remedy = (
                "Change the column split of its manifest, or drop it (--split=ignore) "
                "to let serjax split. Published splits that share speakers between "
                "parts, as many of EmoBox's do, are not used."
            )
        if held_out:
            remedy += " --split=shared_heldout lets valid and test share speakers."
        raise ValueError(
            f"Speaker {utterance.speaker!r} is in {other} and in {part} "
            f"({utterance.file}); a split must keep every speaker in one part. {remedy}"
        )


def _same_speech(
    utterances: Sequence[Utterance],
    parts: Sequence[str],
    digests: Sequence[str],
    fingerprints: Sequence[str],
) -> Iterator[tuple[int, int]]:
    """Pairs of rows of the same speech: of one file, of its copy, or re-encoded."""
    stretches: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
    first_with: dict[str, int] = {}
    for row, utterance in enumerate(utterances):
        end_s = math.inf if utterance.end_s is None else utterance.end_s
        stretches[digests[row]].append((utterance.start_s, end_s, row))
        if fingerprints:
            yield first_with.setdefault(fingerprints[row], row), row
    for of_file in stretches.values():
        # By start, an utterance overlaps those that have not ended; one of each part
        # that ends last is enough to look at.
        last: dict[str, tuple[float, int]] = {}
        for start_s, end_s, row in sorted(of_file):
            for other_end_s, other in last.values():
                if start_s < other_end_s - TOLERANCE_S:
                    yield other, row
            last[parts[row]] = max(last.get(parts[row], (0.0, row)), (end_s, row))
