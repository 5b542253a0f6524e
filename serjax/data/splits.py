"""Speaker-disjoint 80/10/10 splits per corpus, or those that users give.

The paper holds out 10 % of each corpus's speakers for validation and 10 % for testing
(Sec. 4.1); its out-of-domain corpora are only tested on.
"""

import itertools
import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

import numpy as np

from serjax.config import DEFAULT_OOD
from serjax.corpora.names import find_corpora
from serjax.corpora.utterance import Utterance

DRAWN_PARTS = ("train", "valid", "test")
"""The parts of a corpus that is trained on."""

PARTS = (*DRAWN_PARTS, "ood")
"""The parts of a split; every row is in one."""

HELD_OUT_FRACTION = 0.1
"""Share of a corpus's speakers in 'valid', and again in 'test' (Sec. 4.1)."""

FEW_SPEAKERS = 6
"""Up to so many, `shared_heldout` holds out one (SAVEE 4, EMOVO 6; the paper's corpora
cannot be split 80/10/10 otherwise, and it only keeps held-out speakers from training).
"""


def resolve_ood(ood: Sequence[str] | None, present: Sequence[str]) -> tuple[str, ...]:
    """Settle which of the corpora `present` are out-of-domain: names, sorted.

    Args:
      ood: names asked for, in any case; None for those of the paper's two that are
        present.

    Raises:
      ValueError: a name is not present, or no corpus is left to train on; a corpus has
        the name of a part.
    """
    if ood is None:
        ood = [name for name in DEFAULT_OOD if name in present]
    named = find_corpora("ood", ood, present)
    if not set(present) - {*named}:
        raise ValueError(
            f"Every corpus present ({', '.join(sorted(present))}) is out-of-domain, so "
            "nothing is left to train on; name fewer in --ood (--ood= for none)."
        )
    return named


def split_by_speaker(
    utterances: Sequence[Utterance],
    ood: Sequence[str],
    split_seed: int,
    split: str = "strict",
    whole: Collection[str] = (),
) -> tuple[str, ...]:
    """Split each corpus by speaker; an out-of-domain corpus is one part, 'ood'.

    A corpus whose rows have a `part` keeps those. Where no corpus then has rows in
    'valid' or 'test', speakers are drawn for it from the training parts given. What is
    drawn depends on the corpus's speakers, their sessions and `split_seed` alone:
    neither the order of the rows nor another corpus changes it.

    Where each speaker is in one `session` and no session has more than two speakers
    (IEMOCAP), whole sessions are held out, one speaker of each for validation and one
    for testing: in one room, each microphone hears both.

    Args:
      ood: corpora that are only tested on.
      split: 'strict', or 'shared_heldout': of a corpus with 6 speakers or fewer, and
        without such sessions, one is held out; half of the speaker's files are for
        validation and half for testing; or 'ignore': strict, whatever part rows have.
      whole: corpora that are not split but all train.

    Returns:
      The part of each row.

    Raises:
      ValueError: a corpus to split has an unknown speaker, or too few; only some rows
        of a corpus have a part.
    """
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, utterance in enumerate(utterances):
        rows_of[utterance.corpus].append(row)
    part_of: dict[int, str] = {}
    for corpus, rows in rows_of.items():
        its = [utterances[row] for row in rows]
        if corpus in ood:
            found = ["ood"] * len(its)
        elif corpus in whole:
            found = ["train"] * len(its)
        elif split != "ignore" and any(it.part is not None for it in its):
            found = _given_parts(corpus, its)
        else:
            found = _drawn_parts(corpus, its, split_seed, split)
        part_of |= zip(rows, found, strict=True)
    missing = [part for part in ("valid", "test") if part not in part_of.values()]
    for corpus, rows in rows_of.items() if missing else ():
        given = [n for n in rows if utterances[n].part == part_of[n] == "train"]
        known = {n: it for n in given if (it := utterances[n]).speaker is not None}
        rng = _make_rng(corpus, split_seed)
        drawn = _hold_out([*known.values()], missing, rng)
        if len(drawn) < len({it.speaker for it in known.values()}):
            part_of |= {
                n: drawn.get(str(it.speaker), "train") for n, it in known.items()
            }
    return tuple(part_of[row] for row in range(len(utterances)))


def _given_parts(corpus: str, utterances: Sequence[Utterance]) -> list[str]:
    without = [utterance.file for utterance in utterances if utterance.part is None]
    if without:
        raise ValueError(
            f"{len(without)} of {len(utterances)} rows of corpus {corpus!r} have no "
            f"part, the first is {without[0]}, and the others have. Fill the column "
            "split of its manifest in every row, or give --split=ignore to let serjax "
            "split."
        )
    for utterance in utterances:
        if utterance.part not in DRAWN_PARTS:
            raise ValueError(
                f"{utterance.file}: its given part is {utterance.part!r}; expected one "
                f"of {', '.join(DRAWN_PARTS)}."
            )
    return [str(utterance.part) for utterance in utterances]


def _drawn_parts(
    corpus: str, utterances: Sequence[Utterance], split_seed: int, split: str
) -> list[str]:
    genders = _genders(utterances)
    num_speakers = len(genders)
    sessions = _sessions(utterances)
    shared = split == "shared_heldout" and num_speakers <= FEW_SPEAKERS and not sessions
    if num_speakers < (2 if shared else 3):
        few = num_speakers == 2 and not sessions
        share = "let valid and test share one (--split=shared_heldout), " if few else ""
        raise ValueError(
            f"Corpus {corpus!r} has {num_speakers} speaker(s), and a split into train, "
            f"valid and test without a common speaker needs 3. Make it out-of-domain "
            f"(--ood={corpus}), {share}or leave it out of the data folder."
        )
    rng = _make_rng(corpus, split_seed)
    if shared:
        held = {*_hold_out(utterances, ("both",), rng)}
        half_of = _halves([it for it in utterances if it.speaker in held], rng)
        return [
            half_of[it.file] if it.speaker in held else "train" for it in utterances
        ]
    part_of = _hold_out(utterances, ("valid", "test"), rng)
    return [part_of.get(str(it.speaker), "train") for it in utterances]


def _make_rng(corpus: str, split_seed: int) -> np.random.Generator:
    return np.random.default_rng((split_seed, zlib.crc32(corpus.encode())))


def _hold_out(
    utterances: Sequence[Utterance], parts: Sequence[str], rng: np.random.Generator
) -> dict[str, str]:
    """Draw a tenth of the speakers for each part, or as many sessions for all."""
    genders, sessions = _genders(utterances), _sessions(utterances)
    num_held = max(1, round(HELD_OUT_FRACTION * len(genders)))
    if sessions:
        order = _in_sessions(sessions, genders, rng)[: 2 * num_held]
        return {speaker: parts[n % len(parts)] for n, speaker in enumerate(order)}
    order = _alternating(genders, rng)[: num_held * len(parts)]
    return {speaker: parts[n // num_held] for n, speaker in enumerate(order)}


def _genders(utterances: Sequence[Utterance]) -> dict[str, str]:
    """Speakers of a corpus with their genders, '' where it is unknown."""
    genders: dict[str, str] = {}
    for utterance in utterances:
        if utterance.speaker is None:
            unknown = sum(it.speaker is None for it in utterances)
            raise ValueError(
                f"{utterance.file}: its speaker is unknown, as of {unknown} of the "
                f"{len(utterances)} rows of {utterance.corpus!r}, which therefore "
                "cannot be split by speaker: whoever speaks may be heard in training. "
                "Name the speakers, leave these rows out, give all rows of the corpus "
                "a part (column split of a manifest), or make it out-of-domain "
                f"(--ood={utterance.corpus})."
            )
        # The largest name, so that contradicting rows cannot bring their order in.
        known = genders.get(utterance.speaker, "")
        genders[utterance.speaker] = max(known, utterance.gender or "")
    return genders


def _sessions(utterances: Sequence[Utterance]) -> dict[str, list[str]]:
    """Sessions of one or two speakers with these; empty where speakers share none."""
    found: dict[str | None, set[str | None]] = defaultdict(set)
    for utterance in utterances:
        found[dict(utterance.extra).get("session")].add(utterance.speaker)
    sizes = list(map(len, found.values()))
    in_one_each = sum(sizes) == len(set().union(*found.values()))
    if None in found or max(sizes, default=0) != 2 or not in_one_each:
        return {}
    return {str(name): sorted(map(str, them)) for name, them in found.items()}


def _alternating(genders: dict[str, str], rng: np.random.Generator) -> list[str]:
    """Shuffle speakers; the first alternate in gender: the few held out have both."""
    queues: dict[str, list[str]] = defaultdict(list)
    for speaker in rng.permutation(sorted(genders)).tolist():
        queues[genders[speaker]].append(speaker)
    rounds = itertools.zip_longest(*queues.values())
    return [speaker for turn in rounds for speaker in turn if speaker is not None]


def _in_sessions(
    sessions: dict[str, list[str]], genders: dict[str, str], rng: np.random.Generator
) -> list[str]:
    """Shuffle sessions; the first speakers of several in a row alternate in gender."""
    names = rng.permutation(sorted(sessions)).tolist()
    # Those of two first: each of them gives a speaker to both held-out parts.
    names.sort(key=lambda name: -len(sessions[name]))
    order: list[str] = []
    first = Counter[str]()
    for name in names:
        pair = rng.permutation(sessions[name]).tolist()
        pair.sort(key=lambda speaker: first[genders[speaker]])
        first[genders[pair[0]]] += 1
        order += pair
    return order


def _halves(
    utterances: Sequence[Utterance], rng: np.random.Generator
) -> dict[str, str]:
    """Deal files out to 'valid' and 'test', as evenly as can be in each emotion."""
    emotions_of: dict[str, Counter[str]] = defaultdict(Counter)
    for utterance in utterances:
        emotions_of[utterance.file][utterance.emotion] += 1
    files = rng.permutation(sorted(emotions_of)).tolist()
    # By emotion, and long files first, so that short ones even out what these leave.
    files.sort(key=lambda it: (sorted(emotions_of[it]), -emotions_of[it].total()))
    dealt = {part: Counter[str]() for part in ("valid", "test")}
    half_of: dict[str, str] = {}
    for file in files:
        emotions = emotions_of[file]
        loads = {
            part: (sum(held[it] * num for it, num in emotions.items()), held.total())
            for part, held in dealt.items()
        }
        half_of[file] = min(loads, key=loads.__getitem__)
        dealt[half_of[file]] += emotions
    return half_of
