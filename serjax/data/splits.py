"""Speaker-disjoint 80/10/10 splits per corpus, and the check that any split must pass.

The paper holds out 10 % of each corpus's speakers for validation and 10 % for testing
(Sec. 4.1); its out-of-domain corpora are only tested on.
"""

import itertools
import zlib
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from serjax.config import CLASSES, DEFAULT_OOD
from serjax.corpora.utterance import Utterance

PARTS = ("train", "valid", "test", "ood")
"""The parts of a split; every row is in one."""

HELD_OUT_FRACTION = 0.1
"""Share of a corpus's speakers in 'valid', and again in 'test' (Sec. 4.1)."""


def resolve_ood(ood: Sequence[str] | None, present: Sequence[str]) -> tuple[str, ...]:
    """Settle which corpora are out-of-domain.

    Args:
      ood: names asked for; None for those of the paper's two that are present.
      present: names of all corpora read.

    Returns:
      Names, sorted.

    Raises:
      ValueError: a name is not present, or no corpus is left to train on.
    """
    if ood is None:
        ood = [name for name in DEFAULT_OOD if name in present]
    absent = sorted(set(ood) - set(present))
    if absent:
        raise ValueError(
            f"ood={','.join(ood)}: no corpus {', '.join(map(repr, absent))} in the "
            f"data; present are {', '.join(sorted(present))}."
        )
    if not set(present) - set(ood):
        raise ValueError(
            f"Every corpus present ({', '.join(sorted(present))}) is out-of-domain, so "
            "nothing is left to train on; name fewer in --ood (--ood= for none)."
        )
    return tuple(sorted(ood))


def split_by_speaker(
    utterances: Sequence[Utterance],
    ood: Sequence[str],
    split_seed: int,
    split: str = "strict",
) -> tuple[str, ...]:
    """Split each corpus by speaker; an out-of-domain corpus is one part, 'ood'.

    A corpus's split depends on its speakers and `split_seed` alone: neither the order
    of the rows nor another corpus changes it.

    Args:
      utterances: the rows.
      ood: corpora that are only tested on.
      split_seed: seed of the choice of speakers.

    Returns:
      The part of each row.

    Raises:
      ValueError: a corpus to split has an unknown speaker, or fewer than 3 speakers.
    """
    genders: dict[str, dict[str, str]] = defaultdict(dict)
    for utterance in utterances:
        if utterance.corpus in ood:
            continue
        if utterance.speaker is None:
            raise ValueError(
                f"{utterance.file}: its speaker is unknown, so {utterance.corpus!r} "
                "cannot be split by speaker. Name the speaker, or make the corpus "
                f"out-of-domain (--ood={utterance.corpus})."
            )
        # The largest name, so that contradicting rows cannot bring their order in.
        known = genders[utterance.corpus].get(utterance.speaker, "")
        genders[utterance.corpus][utterance.speaker] = max(
            known, utterance.gender or ""
        )
    part_of = {
        (corpus, speaker): part
        for corpus, by_speaker in genders.items()
        for speaker, part in _split_corpus(corpus, by_speaker, split_seed).items()
    }
    return tuple(
        "ood" if it.corpus in ood else part_of[it.corpus, it.speaker or ""]
        for it in utterances
    )


def _split_corpus(
    corpus: str, genders: dict[str, str], split_seed: int
) -> dict[str, str]:
    """Assign a part to each speaker of one corpus."""
    num_speakers = len(genders)
    if num_speakers < 3:
        raise ValueError(
            f"Corpus {corpus!r} has {num_speakers} speaker(s), and a split into train, "
            f"valid and test without a common speaker needs 3. Make it out-of-domain "
            f"(--ood={corpus}), or leave it out of the data folder."
        )
    rng = np.random.default_rng((split_seed, zlib.crc32(corpus.encode())))
    shuffled = [str(name) for name in rng.permutation(sorted(genders))]
    # Held-out speakers alternate in gender, so that the few there are hear both.
    queues: dict[str, list[str]] = defaultdict(list)
    for speaker in shuffled:
        queues[genders[speaker]].append(speaker)
    rounds = itertools.zip_longest(*queues.values())
    alternating = [
        speaker for turn in rounds for speaker in turn if speaker is not None
    ]
    num_held = max(1, round(HELD_OUT_FRACTION * num_speakers))
    parts = dict.fromkeys(alternating, "train")
    parts.update(dict.fromkeys(alternating[:num_held], "valid"))
    parts.update(dict.fromkeys(alternating[num_held : 2 * num_held], "test"))
    return parts


def check_split(
    utterances: Sequence[Utterance],
    parts: Sequence[str],
    digests: Sequence[str],
    classes: Sequence[str] = CLASSES,
    split: str = "strict",
) -> None:
    """Refuse a split whose test results would be worth nothing.

    Args:
      utterances: the rows.
      parts: the part of each row.
      digests: a digest of the content of each row's file.

    Raises:
      ValueError: a speaker, or the same recording under two names, is in two parts; a
        part is unknown; training lacks a class; validation or testing has no rows.
    """
    part_of_speaker: dict[str, str] = {}
    first_with: dict[str, tuple[Utterance, str]] = {}
    for utterance, part, digest in zip(utterances, parts, digests, strict=True):
        if part not in PARTS:
            raise ValueError(
                f"{utterance.file}: part {part!r}; expected one of {', '.join(PARTS)}."
            )
        if utterance.speaker is not None:
            other = part_of_speaker.setdefault(utterance.speaker, part)
            if other != part:
                raise ValueError(
                    f"Speaker {utterance.speaker!r} is in {other} and in {part} "
                    f"({utterance.file}); a split must keep every speaker in one part. "
                    "Put all of the speaker's rows in one part, or let serjax split."
                )
        twin, other = first_with.setdefault(digest, (utterance, part))
        if other != part and twin.file != utterance.file:
            raise ValueError(
                f"{twin.file} in {other} and {utterance.file} in {part} are the same "
                "recording, byte for byte; a test must not hold what training heard. "
                "Remove one of the two from the data folder."
            )
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
