"""The feature store: log-mel spectrograms on disk, computed once, shared by all runs.

On disk there is a `.npy` file per utterance, keyed by what its numbers depend on: the
recording's content, the segment, the channel and the feature settings. Moving or
renaming a corpus computes nothing anew. For a run all rows are laid end to end, in
memory or, past a budget, in one more file.
"""

import contextlib
import dataclasses
import hashlib
import json
import math
import os
import stat
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import tqdm
from threadpoolctl import threadpool_limits

from serjax.ahead import compute_ahead
from serjax.config import DataSettings, FeatureSettings
from serjax.corpora.utterance import Skip, Utterance
from serjax.data.audio import UnusableAudio, read_audio
from serjax.data.features import log_mel, normalise
from serjax.data.joined import FeatureStore
from serjax.data.recording import Recording
from serjax.files import replacing

# Part of every key: raise it when the same settings give other numbers.
STORE_VERSION = 2

_NUM_MEASURES = len(dataclasses.fields(Recording))


@dataclasses.dataclass(frozen=True, eq=False)
class StoredUtterances:
    """What became of a list of utterances: features, or a reason why not.

    `utterances`, `recordings`, `digests` and the rows of `store` belong together, in
    the order given.
    """

    utterances: tuple[Utterance, ...]
    recordings: tuple[Recording, ...]
    digests: tuple[str, ...]
    store: FeatureStore
    skipped: tuple[Skip, ...]


def store_features(
    paths: Mapping[str, str | Path],
    utterances: Sequence[Utterance],
    settings: FeatureSettings,
    cache: Path,
    data: DataSettings = DataSettings(),  # noqa: B008
    progress: bool = True,
    memory_budget_bytes: float = math.inf,
) -> StoredUtterances:
    """Get features from the store on disk, computing those that are not there yet.

    Threads suffice: decoding, Fourier transforms and hashing release the interpreter's
    lock. Files are written whole or not at all, so processes may share `cache`.

    Args:
      paths: where each utterance's `file` lies.
      utterances: what to load.
      settings: how to compute a spectrogram.
      cache: folder of the store; made when missing.
      data: which channel to keep, and how long an utterance may be.
      progress: show a bar on stderr while there is something to compute.
      memory_budget_bytes: features that take more than this are not held in memory but
        laid in a file in `cache`, once for all runs on them, and mapped.

    Returns:
      The usable utterances with their features, and the others with their reasons.
    """
    cache.mkdir(parents=True, exist_ok=True)
    # The threads here share the cores by file; BLAS's own would only get in their way.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(_num_threads()) as threads:
        files = sorted({utterance.file for utterance in utterances})
        digests = dict(
            zip(files, threads.map(lambda f: _digest(paths[f]), files), strict=True)
        )

        def path_of(utterance: Utterance) -> Path:
            digest = str(digests[utterance.file])
            return cache / _key(utterance, digest, settings, data)

        def look_up(utterance: Utterance) -> _Stored | UnusableAudio | None:
            digest = digests[utterance.file]
            if isinstance(digest, UnusableAudio):
                return digest
            found = _read(path_of(utterance), settings.num_mels)
            if found is None:
                return None
            recording, frames = found
            return _Stored(recording, len(frames))

        def compute(row: int) -> _Stored | UnusableAudio:
            utterance = utterances[row]
            path = paths[utterance.file]
            try:
                recording, frames = compute_features(path, utterance, settings, data)
            except UnusableAudio as error:
                return error
            _write(path_of(utterance), recording, frames)
            return _Stored(recording, len(frames))

        # Lengths alone: the frames are read again below, each straight to its place.
        found = list(threads.map(look_up, utterances))
        missing = [row for row, it in enumerate(found) if it is None]
        results = _map_with_bar(threads, compute, missing, progress)
        for row, result in zip(missing, results, strict=True):
            found[row] = result

    kept, stored, skipped = [], [], []
    for utterance, it in zip(utterances, found, strict=True):
        if isinstance(it, _Stored):
            kept.append(utterance)
            stored.append(it)
        else:
            skipped.append(Skip(utterance.file, str(it), utterance.corpus))
    return StoredUtterances(
        tuple(kept),
        tuple(it.recording for it in stored),
        tuple(str(digests[utterance.file]) for utterance in kept),
        _join(
            cache,
            [path_of(it) for it in kept],
            [it.num_frames for it in stored],
            settings,
            memory_budget_bytes,
        ),
        tuple(skipped),
    )


def compute_features(
    path: str | Path,
    utterance: Utterance,
    settings: FeatureSettings,
    data: DataSettings = DataSettings(),  # noqa: B008
) -> tuple[Recording, np.ndarray]:
    """Compute one utterance's normalised log-mel spectrogram, float32[frames, mels].

    Raises:
      UnusableAudio: with the reason.
    """
    audio = read_audio(
        path,
        utterance.start_s,
        utterance.end_s,
        data.channel_of(utterance.corpus),
        settings.sample_rate_hz,
        data.max_duration_s,
    )
    frames = normalise(log_mel(audio.signal, settings), settings.normalisation)
    return audio.recording, frames


@dataclasses.dataclass(frozen=True)
class _Stored:
    """What is known of a row in the store without holding its frames."""

    recording: Recording
    num_frames: int


def _join(
    cache: Path,
    paths: Sequence[Path],
    lengths: Sequence[int],
    settings: FeatureSettings,
    memory_budget_bytes: float,
) -> FeatureStore:
    """Lay the files' spectrograms end to end, in memory or in a file of their own."""

    def read(row: int) -> np.ndarray:
        found = _read(paths[row], settings.num_mels)
        if found is None or len(found[1]) != lengths[row]:
            raise ValueError(
                f"{paths[row]} was there a moment ago and cannot be read now. Start "
                "again; what is missing is computed anew."
            )
        return found[1]

    num_bytes = sum(lengths) * settings.num_mels * np.dtype(np.float32).itemsize
    reading = compute_ahead(
        read, range(len(paths)), num_threads=_num_threads(), num_ahead=64
    )
    with contextlib.closing(reading) as rows:
        if num_bytes <= memory_budget_bytes:
            return FeatureStore.in_memory(rows, lengths, settings.num_mels)
        names = "".join(str(path.relative_to(cache)) for path in paths)
        key = hashlib.sha256(names.encode()).hexdigest()[:40]
        path = cache / "joined" / f"{key}.npy"
        return FeatureStore.in_memory_map(path, rows, lengths, settings.num_mels)


def _map_with_bar(
    threads: ThreadPoolExecutor,
    function: Callable[[int], _Stored | UnusableAudio],
    rows: Sequence[int],
    progress: bool,
) -> Iterable[_Stored | UnusableAudio]:
    return tqdm.tqdm(
        threads.map(function, rows),
        total=len(rows),
        desc="features",
        unit="file",
        leave=False,
        disable=not (progress and rows),
        # In seconds; a log wants few lines.
        mininterval=0.1 if sys.stderr.isatty() else 10,
    )


def _num_threads() -> int:
    return min(os.cpu_count() or 1, 16)


def _digest(path: str | Path) -> str | UnusableAudio:
    """Digest of a file's content, or why it cannot be read."""
    try:
        # A pipe or a device would never end.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return UnusableAudio("not a plain file")
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return UnusableAudio(f"cannot be read: {error.strerror or error}")


def _key(
    utterance: Utterance, digest: str, settings: FeatureSettings, data: DataSettings
) -> str:
    """File name in the store, from all that the numbers depend on."""
    content = {
        "version": STORE_VERSION,
        "digest": digest,
        "start_s": utterance.start_s,
        "end_s": utterance.end_s,
        "channel": data.channel_of(utterance.corpus),
        **dataclasses.asdict(settings),
    }
    text = json.dumps(content, sort_keys=True)
    key = hashlib.sha256(text.encode()).hexdigest()[:40]
    return f"{key[:2]}/{key[2:]}.npy"


def _read(path: Path, num_mels: int) -> tuple[Recording, np.ndarray] | None:
    """Read a row back; None when it is not there or damaged."""
    try:
        with path.open("rb") as file:
            measures = np.lib.format.read_array(file, allow_pickle=False)
            frames = np.lib.format.read_array(file, allow_pickle=False)
    except FileNotFoundError:
        return None
    except Exception:
        # A damaged file can fail in any way; whatever it is, compute it again.
        return None
    fits = frames.dtype == np.float32 and frames.ndim == 2 and len(frames) > 0
    if not fits or frames.shape[1] != num_mels or not np.isfinite(frames).all():
        return None
    if measures.dtype != np.float64 or measures.shape != (_NUM_MEASURES,):
        return None
    rate_hz, num_channels, *rest = measures.tolist()
    return Recording(int(rate_hz), int(num_channels), *rest), frames


def _write(path: Path, recording: Recording, frames: np.ndarray) -> None:
    """Write a row whole or not at all: two arrays in one file."""
    measures = np.array(dataclasses.astuple(recording), np.float64)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.lib.format.write_array(file, measures, allow_pickle=False)
        np.lib.format.write_array(file, frames, allow_pickle=False)
