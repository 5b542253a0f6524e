"""The check that any split must pass, drawn or given: nothing leaks between parts."""

from collections.abc import Hashable, Sequence

from serjax.corpora.utterance import Utterance
from serjax.data.splits import PARTS


def check_split(
    utterances: Sequence[Utterance],
    parts: Sequence[str],
    digests: Sequence[str],
    classes: Sequence[str],
    split: str = "strict",
) -> None:
    """Refuse a split whose test results would be worth nothing.

    Rows of an unknown speaker pass: there is nothing to check them by.

    Args:
      utterances: the rows.
      parts: the part of each row.
      digests: a digest of the content of each row's file.
      classes: the emotion classes that training must have.
      split: 'strict', or 'shared_heldout': validation and testing may share speakers.

    Raises:
      ValueError: a speaker, or the same recording under two names, is in two parts; a
        part is unknown; training lacks a class; validation or testing has no rows.
    """
    for utterance, part in zip(utterances, parts, strict=True):
        if part not in PARTS:
            raise ValueError(
                f"{utterance.file}: part {part!r}; expected one of {', '.join(PARTS)}."
            )
    _check_speakers(utterances, parts, split)
    _check_recordings(utterances, parts, digests)
    for part in ("train", "valid", "test"):
        if part not in parts:
            raise ValueError(f"The split has no row in {part}; give it some.")
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
                "Change the column split of its manifest, or drop it to let serjax "
                "split. Published splits that share speakers between parts, as many "
                "of EmoBox's do, are not used."
            )
        if held_out:
            remedy += " --split=shared_heldout lets valid and test share speakers."
        raise ValueError(
            f"Speaker {utterance.speaker!r} is in {other} and in {part} "
            f"({utterance.file}); a split must keep every speaker in one part. {remedy}"
        )


def _check_recordings(
    utterances: Sequence[Utterance], parts: Sequence[str], digests: Sequence[str]
) -> None:
    """Refuse one recording under two names, or listed twice, in two parts."""
    first_with: dict[Hashable, tuple[Utterance, str]] = {}
    for utterance, part, digest in zip(utterances, parts, digests, strict=True):
        stretch = (digest, utterance.start_s, utterance.end_s)
        for key in (digest, stretch):
            twin, other = first_with.setdefault(key, (utterance, part))
            # Two stretches of one file may be in two parts.
            if other != part and (key == stretch or twin.file != utterance.file):
                raise ValueError(
                    f"{twin.file} in {other} and {utterance.file} in {part} are the "
                    "same recording, byte for byte; a test must not hold what training "
                    "or validation heard. Remove one of the two."
                )
