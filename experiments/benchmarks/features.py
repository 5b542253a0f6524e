"""How fast features are computed, beside `librosa.load` and its mel spectrogram."""

import multiprocessing
import os
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import soundfile
from threadpoolctl import threadpool_limits

from experiments.benchmarks.bench import Bench
from experiments.benchmarks.row import Row
from serjax.ahead import compute_in_processes
from serjax.config import DataSettings, FeatureSettings
from serjax.corpora.utterance import Utterance
from serjax.data import store_features
from serjax.data.store import compute_features

OFTEN_HZ = 48_000

# Rate -> what must be reached. 3.6 s an hour is 1,000 times real time.
_BARS: dict[int, dict[str, Any]] = {
    16_000: {"bar": 3.6},
    OFTEN_HZ: {"bar": 2.0, "judged": "speedup"},
}


def measure(bench: Bench) -> list[Row]:
    """Compute the features of a sample of the recordings, a row per sample rate.

    Where none has 48 kHz, the most usual rate of the corpora, the first rate's are
    written anew with it.
    """
    num_files, repeats = (12, 1) if bench.quick else (600, 5)
    utterances = bench.dataset.utterances
    places = np.linspace(0, len(utterances) - 1, min(num_files, len(utterances)))
    by_rate_hz: dict[int, list[Utterance]] = defaultdict(list)
    for place in places.round().astype(int):
        rate_hz = bench.dataset.recordings[place].sample_rate_hz
        by_rate_hz[rate_hz].append(utterances[place])
    paths = dict.fromkeys(by_rate_hz, bench.dataset.paths)
    if OFTEN_HZ not in by_rate_hz:
        sample = by_rate_hz[min(by_rate_hz)]
        folder = bench.scratch / "features-resampled"
        paths[OFTEN_HZ] = write_resampled(bench.dataset.paths, folder, sample, OFTEN_HZ)
        by_rate_hz[OFTEN_HZ] = sample
    rows = []
    for rate_hz, sample in sorted(by_rate_hz.items()):
        bench.progress(f"features: {len(sample)} recordings of {rate_hz} Hz")
        rows.append(_measure_rate(bench, paths[rate_hz], rate_hz, sample, repeats))
    return rows


def write_resampled(
    paths: Mapping[str, str],
    folder: Path,
    utterances: Sequence[Utterance],
    rate_hz: int,
) -> dict[str, str]:
    """Write the files as 16-bit WAV of `rate_hz`, and say where they are."""
    written = {}
    for file in {utterance.file for utterance in utterances}:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        written[file] = str(path)
        signal, old_rate_hz = soundfile.read(paths[file], dtype="float32")
        signal = librosa.resample(
            signal, orig_sr=old_rate_hz, target_sr=rate_hz, axis=0
        )
        soundfile.write(path, signal, rate_hz, format="WAV", subtype="PCM_16")
    return written


def _measure_rate(
    bench: Bench,
    paths: Mapping[str, str],
    rate_hz: int,
    sample: Sequence[Utterance],
    repeats: int,
) -> Row:
    settings, data = bench.config.features, bench.config.data
    num_workers = min(os.cpu_count() or 1, 16)  # as many as the store's
    seconds: dict[str, list[float]] = defaultdict(list)

    def serjax_features(repeat: int) -> list[np.ndarray]:
        cache = bench.scratch / f"features-{rate_hz}-{repeat}"
        stored = store_features(paths, sample, settings, cache, data, progress=False)
        return [stored.store.row(row) for row in range(len(stored.utterances))]

    def without_store(_: int) -> list[np.ndarray]:
        tasks = [(paths[it.file], it, settings, data) for it in sample]
        return list(compute_in_processes(_serjax_frames, tasks, num_workers))

    def with_librosa(executor: Executor) -> list[np.ndarray]:
        files = [paths[utterance.file] for utterance in sample]
        channels = [data.channel_of(utterance.corpus) for utterance in sample]
        columns = files, sample, [settings] * len(sample), channels
        return list(executor.map(librosa_features, *columns, chunksize=8))

    with (
        ThreadPoolExecutor(num_workers) as threads,
        ProcessPoolExecutor(
            num_workers,
            multiprocessing.get_context("spawn"),
            initializer=_one_blas_thread,
        ) as processes,
        threadpool_limits(1, "blas"),
    ):
        ways: dict[str, Callable[[int], list[np.ndarray]]] = {
            "serjax": serjax_features,
            "librosa, threads": lambda _: with_librosa(threads),
        }
        if not bench.quick:  # their start takes seconds
            ways["serjax, without its store"] = without_store
            ways["librosa, processes"] = lambda _: with_librosa(processes)
        # The first round is not timed: it loads libraries and the files' pages.
        found = {way: function(0) for way, function in ways.items()}
        for repeat in range(1, repeats + 1):
            for way, function in ways.items():
                began = time.perf_counter()
                function(repeat)
                seconds[way].append(time.perf_counter() - began)

    durations_s = [_duration_s(paths[it.file], it) for it in sample]
    hours = sum(durations_s) / 3600
    per_hour = {way: min(times) / hours for way, times in seconds.items()}
    ours = per_hour["serjax"]
    twin = "librosa, threads" if bench.quick else "librosa, processes"
    return Row(
        section="features",
        what=f"recordings of {rate_hz} Hz -> log-mel, per hour of speech",
        value=ours,
        unit="s",
        twin=per_hour[twin],
        **_BARS.get(rate_hz, {}),
        details={
            "figure": f"least of the repeats; the twin is {twin}",
            "times_real_time": 3600 / ours,
            "largest_difference": max(
                largest_difference(found["serjax"], frames) for frames in found.values()
            ),
            "recordings": len(sample),
            "speech_h": hours,
            "workers": num_workers,
            "seconds": dict(seconds),
        },
    )


def _serjax_frames(
    task: tuple[str, Utterance, FeatureSettings, DataSettings],
) -> np.ndarray:
    return compute_features(*task)[1]


def librosa_features(
    path: str, utterance: Utterance, settings: FeatureSettings, channel: int | str
) -> np.ndarray:
    """Compute what the store holds as a reader of librosa's manual would.

    Args:
      path: the recording.
      utterance: its segment is used.
      settings: how to compute a spectrogram.
      channel: channel to keep of recordings that have several.

    Returns:
      float32[frames, mels].
    """
    end_s = utterance.end_s
    signal, rate_hz = librosa.load(
        path,
        sr=settings.sample_rate_hz,
        mono=False,
        offset=utterance.start_s,
        duration=None if end_s is None else end_s - utterance.start_s,
    )
    energies = librosa.feature.melspectrogram(
        y=_one_channel(signal, channel),
        sr=rate_hz,
        n_fft=settings.fft_size,
        win_length=settings.window_samples,
        hop_length=settings.hop_samples,
        n_mels=settings.num_mels,
        center=False,
    )
    frames = np.log(energies.T + settings.log_floor)
    axis = 0 if settings.normalisation == "coefficient" else None
    return (frames - frames.mean(axis)) / (frames.std(axis) + 1e-5)


def largest_difference(
    ours: Sequence[np.ndarray], theirs: Sequence[np.ndarray]
) -> float:
    """Largest absolute difference; infinite where the frames do not even match."""
    if [len(frames) for frames in ours] != [len(frames) for frames in theirs]:
        return float("inf")
    pairs = zip(ours, theirs, strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs)


def _one_channel(signal: np.ndarray, channel: int | str) -> np.ndarray:
    if signal.ndim == 1:
        return signal
    return signal.mean(0) if channel == "mean" else signal[int(channel)]


def _duration_s(path: str, utterance: Utterance) -> float:
    info = soundfile.info(path)
    end_s = info.duration if utterance.end_s is None else utterance.end_s
    return min(end_s, info.duration) - utterance.start_s


def _one_blas_thread() -> None:
    # As for serjax's threads: the workers share the cores by file.
    threadpool_limits(1, "blas")
