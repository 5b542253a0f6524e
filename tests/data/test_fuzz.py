"""Damaged files by the hundred: each is a row or a listed skip, never a crash."""

import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

ROOT = Path(__file__).parents[2]

BASES = [
    ("WAV", "PCM_U8"),
    ("WAV", "PCM_16"),
    ("WAVEX", "PCM_24"),
    ("WAV", "FLOAT"),
    ("WAV", "IMA_ADPCM"),
    ("WAV", "MS_ADPCM"),
    ("WAV", "GSM610"),
    ("WAV", "ALAW"),
    ("RF64", "PCM_16"),
    ("W64", "PCM_16"),
    ("AIFF", "PCM_16"),
    ("AIFF", "DOUBLE"),
    ("AU", "PCM_24"),
    ("SVX", "PCM_16"),
    ("CAF", "PCM_16"),
    ("CAF", "ALAC_16"),
    ("NIST", "PCM_16"),
    ("NIST", "ULAW"),
    ("VOC", "PCM_16"),
    ("FLAC", "PCM_16"),
    ("FLAC", "PCM_24"),
    ("OGG", "VORBIS"),
    ("OGG", "OPUS"),
    ("MP3", "MPEG_LAYER_III"),
]
ENDINGS = "wav flac ogg mp3 aiff au snd sph raw gsm vox caf sd2 xi w64 opus".split()
EXTREMES = (0, 1, 2, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)

# A crash, a hang or a lack of memory ends this process, and no other.
WORKER = """
import json, resource, sys, warnings
from pathlib import Path
from serjax.config import DataSettings, FeatureSettings
from serjax.corpora.utterance import Utterance
from serjax.data import store_features

resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
warnings.simplefilter("error", RuntimeWarning)
root, cache = Path(sys.argv[1]), Path(sys.argv[2])
rows = []
for number, file in enumerate(sys.stdin.read().split()):
    corpus = ("first", "mixed")[number % 2]
    start_s, end_s = ((0.0, None), (0.05, None), (0.03, 0.08))[number // 2 % 3]
    row = Utterance(
        file, corpus, "happy", "positive", "toy/1", start_s=start_s, end_s=end_s
    )
    rows.append(row)
stored = store_features(
    {row.file: root / row.file for row in rows}, rows, FeatureSettings(), cache,
    DataSettings(channel=("mixed:mean",)), progress=False,
)
kept = [row.file for row in stored.utterances]
print(json.dumps([kept, [[skip.file, skip.reason] for skip in stored.skipped]]))
"""


def _flip(rng, data, reach=None):
    """Change some bytes, up to `reach` from the start."""
    for _ in range(rng.integers(1, 9)):
        at = rng.integers(min(reach or len(data), len(data)))
        data[at] ^= int(rng.integers(1, 256))


def _run(rng, data, byte):
    at, count = rng.integers(len(data)), int(2 ** rng.uniform(0, 12))
    data[at : at + count] = bytes([byte]) * len(data[at : at + count])


def _extreme(rng, data):
    """Overwrite what may be a size, a rate or a count."""
    order = "<>"[rng.integers(2)]
    kind = "BHIQ"[rng.integers(4)]
    value = int(rng.choice(EXTREMES)) & (1 << 8 * struct.calcsize(kind)) - 1
    at = int(rng.integers(min(len(data), 160))) // 2 * 2
    data[at : at + struct.calcsize(kind)] = struct.pack(order + kind, value)


def _double(rng, data):
    """Insert a copy of a stretch, a chunk perhaps, somewhere."""
    source, to = rng.integers(len(data), size=2)
    data[to:to] = data[source : source + int(2 ** rng.uniform(2, 10))]


def _drop(rng, data):
    at = rng.integers(min(len(data), 400))
    del data[at : at + int(2 ** rng.uniform(0, 8))]


def mutate(rng, data, other):
    """Damage a file in one way of many; `other` is another whole file."""
    data = bytearray(data)
    way = rng.integers(14)
    if way < 2:
        _flip(rng, data)
    elif way < 5:
        _flip(rng, data, reach=int(rng.choice([16, 64, 256])))
    elif way < 8:
        _extreme(rng, data)
    elif way == 8:
        del data[int(len(data) * rng.uniform() ** 2) :]
    elif way == 9:
        cut = int(2 ** rng.uniform(2, 9))
        data[:cut] = other[:cut]
    elif way == 10:
        _run(rng, data, (0, 255)[rng.integers(2)])
    elif way == 11:
        _double(rng, data)
    elif way == 12:
        _drop(rng, data)
    else:
        data[rng.integers(1, 64) :] = rng.bytes(int(2 ** rng.uniform(0, 13)))
    if rng.integers(4) == 0:
        _flip(rng, data, reach=100) if data else None
    return bytes(data)


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    """Whole files of every format, short."""
    path = tmp_path_factory.mktemp("bases") / "a"
    rng = np.random.default_rng(0)
    files = []
    for number, (kind, subtype) in enumerate(BASES):
        signal = 0.1 * rng.standard_normal((4000, 1 + number % 2))
        rate_hz = (16_000, 48_000)[number // 2 % 2]
        signal = signal[:, :1] if kind == "SVX" else signal
        soundfile.write(path, signal, rate_hz, format=kind, subtype=subtype)
        files.append(path.read_bytes())
    return files


def write_mutants(root, bases, seed, count):
    """Write so many damaged files; return their names."""
    names = []
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        other = bases[rng.integers(len(bases))]
        data = mutate(rng, bases[number % len(bases)], other)
        ending = ENDINGS[rng.integers(len(ENDINGS))] if number % 3 == 0 else "wav"
        names.append(f"{seed}-{number}.{ending}")
        (root / names[-1]).write_bytes(data)
    return names


def _store(root, names, limit_s):
    """Take features of the files in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", WORKER, root, root / "cache"],
        input="\n".join(names),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=limit_s,
        cwd=ROOT,
    )


def _culprit(root, names, limit_s):
    """Find one file that fails by itself, by halves; all of them if none does."""
    while len(names) > 1:
        for half in (names[: len(names) // 2], names[len(names) // 2 :]):
            try:
                if _store(root, half, limit_s).returncode == 0:
                    continue
            except subprocess.TimeoutExpired:
                pass
            names = half
            break
        else:
            break
    return names


def check_mutants(root, names, limit_s):
    """Fail unless each file is a row or a skip with a reason; count the rows."""
    try:
        done = _store(root, names, limit_s)
    except subprocess.TimeoutExpired:
        pytest.fail(f"hangs: {_culprit(root, names, limit_s)}")
    if done.returncode:
        culprit = _culprit(root, names, limit_s)
        pytest.fail(f"exit {done.returncode}: {culprit}\n{done.stderr[-3000:]}")
    kept, skipped = json.loads(done.stdout)
    assert sorted([*kept, *(file for file, _ in skipped)]) == sorted(names)
    for file, reason in skipped:
        assert len(reason) > 9, file
        assert reason.isprintable(), file
        assert str(root) not in reason, file
        assert not any(
            word in reason for word in ("Traceback", "Error(", "errno", "None", ".wav")
        ), (file, reason)
    return len(kept)


def test_whole_files_of_every_format_are_rows(tmp_path, bases):
    names = []
    for number, data in enumerate(bases):
        names.append(f"{number}.wav")
        (tmp_path / names[-1]).write_bytes(data)
    assert check_mutants(tmp_path, names, limit_s=60) == len(BASES)


def test_600_damaged_files_are_rows_or_listed_skips(tmp_path, bases):
    names = write_mutants(tmp_path, bases, seed=0, count=600)
    num_rows = check_mutants(tmp_path, names, limit_s=120)
    # Neither everything passes nor nothing.
    assert 100 < num_rows < 500


@pytest.mark.slow
def test_a_thousand_damaged_files_are_rows_or_listed_skips(tmp_path, bases):
    names = write_mutants(tmp_path, bases, 1, count=1000)
    check_mutants(tmp_path, names, limit_s=300)
