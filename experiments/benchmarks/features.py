"""How fast features are computed, beside `librosa.load` and its mel spectrogram."""

import collections
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import librosa
import numpy as np
import soundfile
from threadpoolctl import threadpool_limits

from experiments.benchmarks.bench import Bench
from experiments.benchmarks.row import Row
from serjax.ahead import compute_in_processes, processes
from serjax.config import DataSettings, FeatureSettings
from serjax.corpora.utterance import Utterance
from serjax.data import normalise, store_features
from serjax.data.extraction import compute_features, num_workers
from serjax.data.front_end import make_front_end

OFTEN_HZ = 48_000

Task = tuple[str, Utterance, FeatureSettings, DataSettings]

# 1,000 times real time, in seconds per hour of speech.
_REAL_TIME_BAR = 3.6
# Times as fast as librosa, at the rate of most corpora.
_SPEEDUP_BAR = 2.0


def measure(bench: Bench) -> list[Row]:
    """Compute the features of a sample of the recordings, two rows per sample rate.

    One is of computing alone, beside librosa in as many processes, where what is
    computed stays; the other of the whole way into the feature store. Where no
    recording has 48 kHz, the most usual rate of the corpora, the first rate's are
    written anew with it.
    """
    num_files, repeats = (12, 1) if bench.quick else (1_200, 5)
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
        rows += _measure_rate(bench, paths[rate_hz], rate_hz, sample, repeats)
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
) -> list[Row]:
    settings, data = bench.config.features, bench.config.data
    workers = 1 if bench.quick else num_workers()
    tasks = [(paths[it.file], it, settings, data) for it in sample]

    def store(repeat: int) -> None:
        cache = bench.scratch / f"features-{rate_hz}-{repeat}"
        store_features(paths, sample, settings, cache, data, progress=False).join()

    # Started once, as for a large corpus: what is measured is the work.
    with processes(workers):
        seconds = _time_in_turn(
            {
                "stored": store,
                "computed": lambda _: _run(_serjax_sum, tasks, workers),
                "librosa": lambda _: _run(_librosa_sum, tasks, workers),
            },
            repeats,
        )
    hours = sum(_duration_s(paths[it.file], it) for it in sample) / 3600
    per_hour = {way: min(times) / hours for way, times in seconds.items()}
    checked = tasks[:: max(len(tasks) // 50, 1)]
    details = {
        "figure": "least of the repeats, per hour of speech",
        "largest_difference": largest_difference(
            [_serjax_frames(task) for task in checked],
            [librosa_features(*task) for task in checked],
        ),
        "recordings": len(sample),
        "speech_h": hours,
        "workers": workers,
        "seconds": seconds,
    }
    what = f"recordings of {rate_hz} Hz -> log-mel"
    bar = {"bar": _SPEEDUP_BAR, "judged": "speedup"} if rate_hz == OFTEN_HZ else {}
    return [
        Row(
            section="features",
            what=f"{what}, per hour of speech",
            value=per_hour["computed"],
            unit="s",
            twin=per_hour["librosa"],
            details={"times_real_time": 3600 / per_hour["computed"], **details},
            **bar,
        ),
        Row(
            section="features",
            what=f"{what} in the store, per hour of speech",
            value=per_hour["stored"],
            unit="s",
            bar=_REAL_TIME_BAR,
            details={"times_real_time": 3600 / per_hour["stored"], **details},
        ),
    ]


def _time_in_turn(
    ways: Mapping[str, Callable[[int], None]], repeats: int
) -> dict[str, list[float]]:
    """Time each way `repeats` times, in turn, after a round that is not timed."""
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    with threadpool_limits(1, "blas"):
        for repeat in range(repeats + 1):
            for way, function in ways.items():
                began = time.perf_counter()
                function(repeat)
                # The first round loads libraries and the files' pages.
                if repeat:
                    seconds[way].append(time.perf_counter() - began)
    return seconds


def _run(
    function: Callable[[Task], float], tasks: Sequence[Task], workers: int
) -> None:
    """Call the function on every task, in processes if there are several workers."""
    results = map(function, tasks)
    if workers > 1:
        results = compute_in_processes(function, tasks, workers)
    collections.deque(results, maxlen=0)


def _serjax_frames(task: Task) -> np.ndarray:
    path, utterance, settings, data = task
    front_end = make_front_end(settings, data)
    frames = compute_features(path, utterance, front_end)[1]
    return normalise(frames, settings.normalisation)


def _serjax_sum(task: Task) -> float:
    return float(_serjax_frames(task).sum())


def _librosa_sum(task: Task) -> float:
    return float(librosa_features(*task).sum())


def librosa_features(
    path: str, utterance: Utterance, settings: FeatureSettings, data: DataSettings
) -> np.ndarray:
    """Compute what training gets as a reader of librosa's manual would.

    Args:
      path: the recording.
      utterance: its segment is used.
      settings: how to compute a spectrogram.
      data: which channel to keep of recordings that have several.

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
        y=_one_channel(signal, data.channel_of(utterance.corpus)),
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
