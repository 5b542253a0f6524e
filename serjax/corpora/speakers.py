"""One person, several spellings: `01` in a file's name, `1` in a spreadsheet."""

import dataclasses
import functools
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterator, Mapping, Sequence

from serjax.corpora.disk_names import caseless
from serjax.corpora.names import folded
from serjax.corpora.utterance import Utterance


@functools.cache
def speaker_key(speaker: str | None) -> str:
    """What all spellings of a speaker have in common.

    Case, leading zeros, the `.0` of a number and the corpus's own name before it do
    not tell people apart; a space, `_` and `-` are the same.

    Example:
      >>> {speaker_key(f"ravdess/{it}") for it in ("01", "1", "1.0", "RAVDESS_01")}
      {'ravdess/1'}
    """
    if speaker is None:
        return ""
    corpus, _, name = speaker.partition("/")
    name = re.sub(r"[\s_-]+", "_", caseless(name))
    # Behind a digit the corpus's name needs a sign, or 12 of corpus 1 would be 2.
    own = "_?".join(map(re.escape, folded(corpus)))
    name = re.sub(rf"^{own}([\W_]+|(?<=\D)(?=\d))(?=.)", "", name)
    name = re.sub(r"^(\d+)[.,]0*$", r"\1", name)
    name = re.sub(r"(?<!\d)(?<!\d[.,])0+(?=\d)", "", name)
    return f"{corpus}/{name}"


def settle_speakers(
    rows: Sequence[Utterance],
    read: Mapping[str, Sequence[Utterance]],
    written: Mapping[str, int],
) -> tuple[list[Utterance], list[str]]:
    """Give every speaker one spelling: the reader's, else the most frequent one.

    Spellings of which one is only a woman's and the other only a man's stay two.

    Args:
      read: file -> what a reader made of it; its speakers stay as they are.
      written: speaker -> rows of tables that write it so.

    Returns:
      The rows; and in words what was united, and what may still be one person.
    """
    if not written:  # Readers spell alike.
        return [*rows], []
    known = {it.speaker for its in read.values() for it in its}
    genders: dict[str, Counter[str | None]] = defaultdict(Counter)
    for row in rows:
        if row.speaker is not None:
            genders[row.speaker][row.gender] += 1
    first_of: dict[str, str] = {}
    united: dict[str, str] = {}
    notes: list[str] = []
    for name in sorted(genders, key=lambda n: (n not in known, -written.get(n, 0), n)):
        first = first_of.setdefault(speaker_key(name), name)
        one, other = genders[first], genders[name]
        if name == first or name in known:
            continue
        if {"female", "male"} <= {*one, *other} and not {*one} & {*other} - {None}:
            notes.append(
                f"possible leak: {name!r} ({other.total():,} recordings) and {first!r} "
                f"({one.total():,}) are spelt alike, and taken for two speakers only "
                "because of their genders. If they are one, training may hear whom a "
                "test is about: mend spelling or gender"
            )
        else:
            united[name] = first
    rows = [
        dataclasses.replace(row, speaker=united[row.speaker])
        if row.speaker in united
        else row
        for row in rows
    ]
    lost = {it for it in written if speaker_key(it) in first_of} - {*genders}
    pairs = {(first_of[speaker_key(it)], it) for it in {*united} | lost}
    if pairs:
        notes.insert(
            0,
            f"{len(pairs)} spellings of speakers differ from others in case, leading "
            "zeros, '.0', separators or the corpus's name alone, and are taken for the "
            f"same speakers: {_listed(pairs)}",
        )
    return rows, [*notes, *_warn_of_renamed(rows, read, known)]


def _warn_of_renamed(
    rows: Sequence[Utterance],
    read: Mapping[str, Sequence[Utterance]],
    known: Container[str | None],
) -> Iterator[str]:
    """Name speakers of whom tables rename some recordings, and others stay."""
    pairs = Counter[tuple[str, str]]()
    for row in rows:
        before = {it.speaker for it in read.get(row.file, ())}
        reader = before.pop() if len(before) == 1 else None
        if row.speaker is not None:
            pairs[reader or row.speaker, row.speaker] += 1
    names = Counter(reader for reader, _ in pairs)
    renamed = {
        pair: number
        for pair, number in pairs.items()
        if pair[1] not in known and names[pair[0]] > 1
    }
    if renamed:
        yield (
            f"possible leak: {sum(renamed.values()):,} recordings have another speaker "
            "in a manifest than by their names, and others of the same speakers have "
            f"not: {_listed(renamed)}. If they are the same people, training may hear "
            "whom a test is about: write each speaker in one way, and one corpus"
        )


def _listed(pairs: Collection[tuple[str, str]]) -> str:
    """Speakers with their other names; the first five will do."""
    shown = [f"{first!r} as {other!r}" for first, other in sorted(pairs)[:5]]
    return ", ".join(shown) + (f" and {len(pairs) - 5} more" if len(pairs) > 5 else "")
