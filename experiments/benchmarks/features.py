"""How fast features are computed, beside `librosa.load` and its mel spectrogram.

Two figures for each sample rate of the data, per hour of speech, the least of some
repeats: of computing alone, in one process, beside librosa; and of the whole way into
the feature store, by all processors.
"""

import collections
import time
from collections.abc import Sequence

import librosa
import numpy as np
from threadpoolctl import threadpool_limits

from experiments.benchmarks.bench import Bench
from experiments.benchmarks.record import Row
from serjax.ahead import processes
from serjax.config import Config
from serjax.corpora.utterance import Utterance
from serjax.data import store_features
from serjax.data.extraction import compute_features, num_workers
from serjax.data.front_end import make_front_end

_BARS = {48_000: 2.0}  # of the speedup, at the rate of most corpora
_STORE_BAR = 3.6  # 1,000 times real time


def measure(bench: Bench) -> list[Row]:
    """Compute the features of some recordings, rate by rate."""
    num_all = len(bench.dataset.utterances)
    places = np.linspace(0, num_all - 1, min(12 if bench.quick else 1_200, num_all))
    by_rate_hz = collections.defaultdict(list)
    for row in places.round().astype(int).tolist():
        by_rate_hz[bench.dataset.recordings[row].sample_rate_hz].append(row)
    return [row for it in sorted(by_rate_hz.items()) for row in _measure(bench, *it)]


def _measure(bench: Bench, rate_hz: int, rows: Sequence[int]) -> list[Row]:
    bench.progress(f"features: {len(rows)} recordings of {rate_hz} Hz")
    config, dataset = bench.config, bench.dataset
    sample = [dataset.utterances[row] for row in rows]
    given = dataset.paths, sample, config.features

    def store(repeat: int) -> None:
        cache = bench.scratch / f"features-{rate_hz}-{repeat}"
        store_features(*given, cache, config.data, progress=False)

    def compute(repeat: int) -> None:
        _ = [serjax_features(dataset.paths[it.file], it, config) for it in sample]

    def compute_by_librosa(repeat: int) -> None:
        _ = [librosa_features(dataset.paths[it.file], it, config) for it in sample]

    ways = store, compute, compute_by_librosa
    seconds = {way.__name__: [] for way in ways}
    # Started once, as for a large corpus: what is measured is the work.
    with threadpool_limits(1, "blas"), processes(num_workers()):
        for repeat in range(2 if bench.quick else 6):
            for way in ways:
                began = time.perf_counter()
                way(repeat)
                if repeat:  # the first loads libraries and the files' pages
                    seconds[way.__name__].append(time.perf_counter() - began)
    hours = sum(dataset.recordings[row].duration_s for row in rows) / 3600
    stored, ours, theirs = (min(it) / hours for it in seconds.values())
    details = {"s": seconds, "speech_h": hours}
    bar, what = _BARS.get(rate_hz), f"an hour of {rate_hz} Hz -> log-mel"
    return [
        Row(what, ours, "s", theirs, bar, is_speedup=True, details=details),
        Row(f"{what} in the store", stored, "s", bar=_STORE_BAR, details=details),
    ]


def serjax_features(path: str, utterance: Utterance, config: Config) -> np.ndarray:
    """Compute float32[frames, mels] as the store has them, not normalised."""
    front_end = make_front_end(config.features, config.data)
    return compute_features(path, utterance, front_end)[1]


def librosa_features(path: str, utterance: Utterance, config: Config) -> np.ndarray:
    """Compute the same as a reader of librosa's manual would."""
    settings, channel = config.features, config.data.channel_of(utterance.corpus)
    start_s, end_s = utterance.start_s, utterance.end_s
    signal, rate_hz = librosa.load(
        path,
        sr=settings.sample_rate_hz,
        mono=False,
        offset=start_s,
        duration=None if end_s is None else end_s - start_s,
    )
    signal = np.atleast_2d(signal)
    energies = librosa.feature.melspectrogram(
        y=signal.mean(0) if channel == "mean" else signal[int(channel)],
        sr=rate_hz,
        n_fft=settings.fft_size,
        win_length=settings.window_samples,
        hop_length=settings.hop_samples,
        n_mels=settings.num_mels,
        center=False,
    )
    return np.log(energies.T + settings.log_floor)
