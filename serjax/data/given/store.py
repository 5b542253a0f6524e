"""Utterances and the features that are given for them -> rows of the feature store."""

import contextlib
import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from serjax.ahead import compute_ahead
from serjax.config import Config, require
from serjax.corpora import Corpora
from serjax.corpora.utterance import Skip, Utterance
from serjax.data.audio import UnusableAudio
from serjax.data.extraction import num_workers, with_bar
from serjax.data.given.entry import Entry, Source
from serjax.data.given.folder import NpyFolder
from serjax.data.given.joining import describe_names, join_entries
from serjax.data.given.kaldi import KaldiArchives
from serjax.data.given.row import GivenRow, read_row
from serjax.data.given.table import FeatureTable
from serjax.data.store import StoredUtterances
from serjax.paths import expand


def open_source(path: Path) -> Source:
    """Open features by what is at a path: a folder, a table or a feats.scp.

    Raises:
      ValueError: there is nothing that serjax knows, or it cannot be read.
    """
    if (path / "feats.scp").is_file():
        return KaldiArchives(path / "feats.scp")
    if path.is_dir():
        return NpyFolder(path)
    kinds: dict[str, Any] = {".scp": KaldiArchives}
    kinds |= dict.fromkeys((".csv", ".tsv", ".parquet"), FeatureTable)
    if path.is_file() and (kind := kinds.get(path.suffix.lower())):
        return kind(path)
    what = "is of another kind" if path.exists() else "does not exist"
    raise ValueError(
        f"features={path} {what}; expected a folder of .npy, a .csv or .parquet file, "
        "or Kaldi's feats.scp."
    )


def check_settings(config: Config) -> None:
    """Refuse settings that would need the recordings.

    Raises:
      ValueError: with the setting.
    """
    features, why = config.features, "with features, which are taken as they are"
    require(features.augment == "none", "augment", features.augment, f"none {why}")
    require(features.trim_db == 0, "trim_db", features.trim_db, f"0 {why}")
    named = features.front_end
    require(named == "logmel", "front_end", named, f"none {why}")
    is_signal = features.normalisation == "signal"
    require(not is_signal, "normalisation", "signal", f"another {why}")


def store_given(
    corpora: Corpora, config: Config, cache: Path, budget: float, progress: bool = True
) -> StoredUtterances:
    """Join the features that the settings name to the utterances; errors as told.

    Each is read once to be checked, and not kept; nothing is written.

    Args:
      cache: folder of what does not fit into memory.
      budget: bytes that features may take of it.
      progress: show a bar on stderr.

    Raises:
      ValueError: settings that need recordings; a source that cannot be read; more than
        half of the utterances have no usable features.
    """
    check_settings(config)
    path = Path(expand(config.data.features, "features"))
    source, utterances = open_source(path), corpora.utterances
    root = config.data.features_root
    joined = join_entries(utterances, corpora.paths, source, root)

    def take(item: tuple[Utterance, list[Entry] | str]) -> list[GivenRow | Skip]:
        utterance, entries = item
        if isinstance(entries, str):
            return [_skip(utterance, entries)]
        try:
            return [read_row(source, entries, utterance, corpora.paths[utterance.file])]
        except UnusableAudio as error:
            return [_skip(utterance, f"{entries[0].key}: {error}")]

    items = [*zip(utterances, joined, strict=True)]
    ahead = compute_ahead(take, items, num_threads=num_workers())
    with contextlib.closing(ahead) as results:
        shown: Any = with_bar(results, len(items)) if progress else results
        found: list[GivenRow | Skip] = [it for its in shown for it in its]
    widths = Counter(it.dims for it in found if isinstance(it, GivenRow))
    dims = widths.most_common(1)[0][0] if widths else 0
    for number, (it, utterance) in enumerate(zip(found, utterances, strict=True)):
        if isinstance(it, GivenRow) and it.dims != dims:
            reason = f"{it.dims} features, where most have {dims}"
            found[number] = _skip(utterance, f"{it.entries[0].key}: {reason}")
    skipped = tuple(it for it in found if isinstance(it, Skip))
    if len(skipped) * 2 > len(utterances):
        missing = [it.file for it, why in items if isinstance(why, str)]
        names = [it.name for it in source.entries]
        raise ValueError(
            f"features={path}: {len(skipped):,} of {len(utterances):,} utterances have "
            f"no usable features; the first, {skipped[0].file}: {skipped[0].reason}. "
            f"{describe_names(missing[0], names) if missing else ''}".rstrip()
        )
    pairs = [*zip(utterances, found, strict=True)]
    kept = [(it, row) for it, row in pairs if isinstance(row, GivenRow)]
    rows = tuple(row for _, row in kept)
    is_half = all(it.dtype == "float16" for it in rows)
    described = {
        "dims": dims,
        "dtype": "float16" if is_half else "float32",
        "frame_shift_ms": source.frame_shift_ms,
    }
    return StoredUtterances(
        utterances=tuple(it for it, _ in kept),
        rows=rows,
        skipped=skipped,
        described={"features": described},
        dims=dims,
        normalisation=config.features.normalisation,
        cache=cache,
        budget_bytes=budget,
        dtype=described["dtype"],
        facts={"source": source.kind, **described, "digest": _digest_all(rows)},
    )


def _digest_all(rows: Sequence[GivenRow]) -> str:
    return hashlib.sha256("".join(it.digest for it in rows).encode()).hexdigest()[:16]


def _skip(utterance: Utterance, reason: str) -> Skip:
    where = f"{utterance.stretch}: " if utterance.is_segment else ""
    return Skip(utterance.file, f"{where}{reason}", utterance.corpus)
