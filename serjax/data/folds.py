"""Leave one corpus out: which corpora are unseen in turn, and which train whole."""

from collections.abc import Sequence

from serjax.config import DataSettings
from serjax.corpora.names import find_corpora
from serjax.corpora.utterance import Utterance

ALL = ("all",)


def resolve_held_out(
    data: DataSettings, present: Sequence[str], ood: Sequence[str]
) -> tuple[str, ...]:
    """Settle which corpora are held out in turn: names, sorted; none by a given split.

    Raises:
      ValueError: a name is not present or is out-of-domain in any case, or no other
        corpus is left to train on.
    """
    if not data.leaves_one_out:
        return ()
    trained = sorted({*present} - {*ood})
    if data.held_out in ((), ALL):
        found = tuple(trained)
    else:
        found = find_corpora("held_out", data.held_out, present)
    if both := {*found} & {*ood}:
        raise ValueError(
            f"held_out={','.join(data.held_out)}: {', '.join(sorted(both))} is in ood "
            "too, and so never trained on. Name it in one of the two."
        )
    if len(trained) < 2:
        raise ValueError(
            f"protocol=leave_one_out: with one corpus held out, none of "
            f"{', '.join(trained)} is left to train on; expected two or more in the "
            "data, beside those of --ood."
        )
    return found


def find_whole(
    rows: Sequence[Utterance],
    classes: Sequence[str],
    ood: Sequence[str],
    data: DataSettings,
) -> dict[str, str]:
    """Corpora that train whole, and why: two speakers or fewer, or a class missing.

    Their parts would test on one speaker's voice, or on other classes than the rest.
    One whose split is given keeps it.
    """
    by_corpus: dict[str, list[Utterance]] = {}
    for row in rows:
        by_corpus.setdefault(row.corpus, []).append(row)
    found = {}
    for corpus, its in sorted(by_corpus.items()):
        is_given = data.split != "ignore" and any(it.part is not None for it in its)
        if corpus in ood or is_given:
            continue
        speakers = {it.speaker for it in its} - {None}
        emotions = {it.emotion for it in its}
        if missing := [name for name in classes if name not in emotions]:
            found[corpus] = f"{corpus}: trains whole, for it has no {missing[0]}"
        if len(speakers) <= 2:
            known = f"{len(speakers)} known speaker(s)"
            found[corpus] = f"{corpus}: trains whole, for it has {known}"
    return found


def count_smallest(
    rows: Sequence[Utterance], parts: Sequence[str], corpora: Sequence[str]
) -> int:
    """Training rows that are left where the corpus with the most of them is out."""
    pairs = zip(rows, parts, strict=True)
    trained = [row.corpus for row, part in pairs if part == "train"]
    return len(trained) - max(map(trained.count, corpora))
