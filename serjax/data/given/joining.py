"""Which of a source's entries are an utterance's."""

import itertools
import os
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from serjax.corpora.disk_names import composed
from serjax.corpora.reader import stem
from serjax.corpora.utterance import Utterance
from serjax.data.given.entry import Entry, Source

# Times are written with three decimals.
_TOLERANCE_S = 0.0006


def join_entries(
    utterances: Sequence[Utterance],
    paths: Mapping[str, str],
    source: Source,
    root: str = "",
) -> list[list[Entry] | str]:
    """Find each utterance's entries, or say why there are none.

    A recording is found by its name in the data, by its path, by its path from the
    source's folder, and last by its stem, if no other recording has it; all but the
    stem also without the ending.

    Args:
      utterances: the rows.
      paths: where each `file` lies, or would lie.
      source: what there is.
      root: taken off the names that begin with it, and put before all others.

    Returns:
      For each utterance its entries, one or its frames in order; or the reason.
    """
    by_name: dict[str, list[Entry]] = defaultdict(list)
    for entry in source.entries:
        by_name[_rooted(composed(entry.name), root)].append(entry)
    corpus_of = {it.file: it.corpus for it in utterances}
    full = {file: _paths_of(file, paths[file], source) for file in corpus_of}
    short = {file: (stem(file), f"{it}-{stem(file)}") for file, it in corpus_of.items()}
    owners: dict[str, set[str]] = defaultdict(set)
    for names_of in (full, short):
        for file, names in names_of.items():
            for name in names:
                owners[name].add(file)

    def find(file: str) -> list[Entry] | str:
        found = [it for it in full[file] if it in by_name]
        if not found:
            found = [it for it in short[file] if it in by_name]
            for name in found:
                if others := sorted(owners[name] - {file}):
                    key = by_name[name][0].key
                    return f"{key} may be its features or those of {others[0]}"
        if len(found) > 1:
            keys = [by_name[name][0].key for name in found]
            return f"two of the features are its: {keys[0]} and {keys[1]}"
        return by_name[found[0]] if found else "no features of it are given"

    of_file = {file: find(file) for file in corpus_of}
    counts = Counter(it.file for it in utterances)
    return [
        _choose(it, of_file[it.file], source.lists_frames, counts[it.file] == 1)
        for it in utterances
    ]


def describe_names(file: str, names: Sequence[str]) -> str:
    """Say how a recording's name differs from the most similar of a source's."""
    parts = PurePosixPath(file).with_suffix("").parts

    def shared(name: str) -> int:
        its = PurePosixPath(name).parts
        ends = zip(reversed(parts), reversed((*its[:-1], stem(its[-1]))), strict=False)
        count = 0
        for ours, theirs in ends:
            if ours != theirs:
                break
            count += 1
        return count

    nearest = max(names, key=shared)
    text = f"The data have {file!r}, the features {nearest!r}"
    count = shared(nearest)
    if not count:
        return f"{text}."
    ours = "/".join(parts[:-count])
    theirs = str(PurePosixPath(*PurePosixPath(nearest).parts[:-count]))
    theirs = "" if theirs == "." else theirs
    if not (ours and theirs) and ours != theirs:
        return f"{text}: a prefix differs. Give --features_root={ours or theirs}."
    return f"{text}: they begin differently, with {ours!r} and with {theirs!r}."


def _rooted(name: str, root: str) -> str:
    if not root:
        return name
    if name.startswith(root):
        return name.removeprefix(root).lstrip("/")
    return f"{root.rstrip('/')}/{name}"


def _paths_of(file: str, path: str, source: Source) -> tuple[str, ...]:
    path = os.path.abspath(path)
    names = [file, path]
    if source.base is not None:
        names.append(os.path.relpath(path, source.base.absolute()))
    names = [composed(it.replace(os.sep, "/")) for it in names]
    names += [os.path.splitext(it)[0] for it in names]
    return tuple(dict.fromkeys(names))


def _choose(
    utterance: Utterance, found: list[Entry] | str, lists_frames: bool, is_alone: bool
) -> list[Entry] | str:
    """Of a recording's entries those of an utterance, which may be alone in its file.

    An utterance that is alone, and starts where its file does, may be all of it.
    """
    if isinstance(found, str):
        return found
    exact = [it for it in found if _is_same(it, utterance)]
    if not exact and is_alone and utterance.start_s == 0:
        exact = [it for it in found if it.is_whole]
    if len(exact) > 1:
        return f"two of the features are its: {exact[0].key} and {exact[1].key}"
    if exact or not lists_frames:
        text = f"no features of it are given, but of {found[0].key}"
        return exact or text
    frames = [it for it in found if not it.is_whole and _is_within(it, utterance)]
    frames.sort(key=lambda it: it.start_s)
    for one, other in itertools.pairwise(frames):
        if one.start_s == other.start_s:
            return f"two of the features are its: {one.key} and {other.key}"
    return frames or f"no features of it are given, but of {found[0].key}"


def _is_same(entry: Entry, utterance: Utterance) -> bool:
    if not utterance.is_segment:
        return entry.is_whole
    ends = entry.end_s, utterance.end_s
    alike = None in ends or abs(ends[0] - ends[1]) < _TOLERANCE_S  # pyright: ignore
    starts_alike = abs(entry.start_s - utterance.start_s) < _TOLERANCE_S
    return starts_alike and alike and not entry.is_whole


def _is_within(entry: Entry, utterance: Utterance) -> bool:
    ends_within = (
        utterance.end_s is None
        or entry.end_s is None
        or entry.end_s <= utterance.end_s + _TOLERANCE_S
    )
    return entry.start_s >= utterance.start_s - _TOLERANCE_S and ends_within
