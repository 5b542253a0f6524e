"""Stand-ins of the eight corpora at full size: official names, labels, lengths; noise.

For tests of scale. Names follow from each corpus's grammar, labels and speakers have
the official counts, lengths are drawn so that a corpus lasts as long as the real one.
All 25,648 recordings take 4 GB; without audio they are empty files.

  python -m tests.standins --out=DIR --names_only
  python -m tests.standins --out=DIR --corpora=emodb,savee
  python -m tests.standins --out=DIR --fraction=0.01
"""

import argparse
import dataclasses
import itertools
import os
import wave
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import soundfile

from serjax.corpora.layouts import Stretch, format_evaluation, format_transcript

Names = list[tuple[str, str]]
"""Pairs of a name below the corpus's folder, and a label."""


@dataclasses.dataclass(frozen=True)
class StandIn:
    """A recording; of EPST a segment of the recording that it names."""

    name: str
    label: str
    duration_s: float


@dataclasses.dataclass(frozen=True)
class Corpus:
    """What is known of a corpus as published.

    Attributes:
      names: makes all names with their labels; draws labels where names say none.
      hours: in all.
      spread: standard deviation of a length's natural logarithm.
      sample_rate_hz: of its files.
      num_channels: of its files.
    """

    names: Callable[[np.random.Generator], Names]
    hours: float
    spread: float
    sample_rate_hz: int
    num_channels: int = 1


def make_rows(corpus: str, fraction: float = 1.0, seed: int = 0) -> list[StandIn]:
    """Make the rows of a corpus; the same seed makes the same.

    Args:
      fraction: of its recordings, drawn from all of them; at least one.
    """
    recipe = CORPORA[corpus]
    rng = np.random.default_rng([seed, zlib.crc32(corpus.encode())])
    names = recipe.names(rng)
    # IEMOCAP's shortest turn has 0.6 s, its longest 34 s.
    draws = np.clip(rng.standard_normal(len(names)), -2.9, 3.5)
    lengths = np.exp(recipe.spread * draws)
    lengths *= recipe.hours * 3600 / lengths.sum()
    kept = rng.permutation(len(names))[: max(round(fraction * len(names)), 1)]
    rows = [
        StandIn(name, label, float(s))
        for (name, label), s in zip(names, lengths, strict=True)
    ]
    return [rows[i] for i in sorted(kept)]


def write_standins(
    folder: Path,
    corpora: Sequence[str] = (),
    names_only: bool = False,
    fraction: float = 1.0,
    seed: int = 0,
) -> None:
    """Write stand-ins, a folder per corpus.

    Args:
      folder: where; made if absent.
      corpora: which; none for all eight.
      names_only: empty files in place of audio, with the same labels beside them.
      fraction: of each corpus's recordings.
    """
    rng = np.random.default_rng(seed)
    noise = (1000 * rng.standard_normal(1 << 22)).astype("<i2")
    for corpus in corpora or CORPORA:
        rows = make_rows(corpus, fraction, seed)
        root = folder / corpus
        for parent in {(root / row.name).parent for row in rows}:
            parent.mkdir(parents=True, exist_ok=True)
        if corpus == "iemocap":
            _write_evaluations(root, rows)
        if corpus == "epst":
            _write_transcripts(root, rows)
        if names_only:
            _write_empty([root / name for name in dict.fromkeys(r.name for r in rows)])
            continue
        recipe = CORPORA[corpus]
        for name, group in itertools.groupby(rows, lambda row: row.name):
            seconds = sum(row.duration_s for row in group)
            if corpus == "epst":
                seconds += _GAP_S
            num_samples = round(seconds * recipe.sample_rate_hz) * recipe.num_channels
            start = rng.integers(len(noise) // 2)
            samples = np.resize(noise[start : start + num_samples], num_samples)
            _write_audio(root / name, samples, recipe)


def _write_empty(paths: Sequence[Path]) -> None:
    """Make empty files, which are one file linked: twenty times as fast on a disk."""
    first, *others = paths
    first.touch()
    for path in others:
        os.link(first, path)


def _write_audio(path: Path, samples: np.ndarray, recipe: Corpus) -> None:
    if path.suffix == ".sph":
        frames = samples.reshape(-1, recipe.num_channels)
        soundfile.write(path, frames, recipe.sample_rate_hz, format="NIST")
        return
    with wave.open(str(path), "wb") as file:
        file.setparams((recipe.num_channels, 2, recipe.sample_rate_hz, 0, "NONE", ""))
        file.writeframes(samples.tobytes())


def _write_evaluations(root: Path, rows: Iterable[StandIn]) -> None:
    """Write IEMOCAP's labels: a file per dialogue, turns one after the other."""
    for parent, turns in itertools.groupby(rows, lambda row: Path(row.name).parent):
        stretches: list[Stretch] = []
        start_s = 5.0
        for turn in turns:
            end_s = start_s + turn.duration_s
            name = Path(turn.name).stem
            stretches.append(Stretch(name, turn.label, start_s, end_s))
            start_s = end_s + 0.3
        path = root / parent.parts[0] / "dialog/EmoEvaluation" / f"{parent.name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(format_evaluation(stretches), "utf-8")


def _write_transcripts(root: Path, rows: Iterable[StandIn]) -> None:
    """Write EPST's labels: a file per recording, segments one after the other."""
    (root / "transcr").mkdir(exist_ok=True)
    for name, segments in itertools.groupby(rows, lambda row: row.name):
        stretches = [Stretch(name, "[MISC]", 0.0, _GAP_S)]
        for segment in segments:
            start_s = stretches[-1].end_s
            text = f"{segment.label.replace('-', ' ')}, March twenty-first"
            stretches.append(Stretch(name, text, start_s, start_s + segment.duration_s))
        path = root / "transcr" / f"{Path(name).stem}.txt"
        path.write_text(format_transcript(stretches), "utf-8")


_GAP_S = 2.0  # What an EPST recording holds before its first segment.


def _crema_d(rng: np.random.Generator) -> Names:
    del rng
    labels = "ANG DIS FEA HAP NEU SAD".split()
    # What the published corpus lacks: a sentence of three actors, two single files.
    absent = {("1008", "WSI", label) for label in labels}
    absent |= {("1009", "MTI", label) for label in labels}
    absent |= {("1019", "ITH", label) for label in labels}
    absent |= {("1002", "TIE", "NEU"), ("1076", "ITS", "NEU")}
    sentences = "IEO TIE IOM IWW TAI MTI IWL ITH DFA ITS TSI WSI".split()
    actors = map(str, range(1001, 1092))
    return [
        (f"AudioWAV/{actor}_{sentence}_{label}_{level}.wav", label)
        for actor, sentence, label in itertools.product(actors, sentences, labels)
        if (actor, sentence, label) not in absent
        for level in (
            ("LO", "MD", "HI") if sentence == "IEO" and label != "NEU" else ("XX",)
        )
    ]


def _emodb(rng: np.random.Generator) -> Names:
    del rng
    speakers = "03 08 09 10 11 12 13 14 15 16".split()
    texts = "a01 a02 a04 a05 a07 b01 b02 b03 b09 b10".split()
    counts = {"W": 127, "L": 81, "E": 46, "A": 69, "F": 71, "N": 79, "T": 62}
    return [
        (
            f"wav/{speakers[i % 10]}{texts[i // 10 % 10]}{label}{'ab'[i // 100]}.wav",
            label,
        )
        for label, count in counts.items()
        for i in range(count)
    ]


def _emovo(rng: np.random.Generator) -> Names:
    del rng
    sentences = "b1 b2 b3 l1 l2 l3 l4 n1 n2 n3 n4 n5 d1 d2".split()
    labels = "dis gio neu pau rab sor tri".split()
    return [
        (f"{speaker}/{label}-{speaker}-{sentence}.wav", label)
        for speaker in "f1 f2 f3 m1 m2 m3".split()
        for label in labels
        for sentence in sentences
    ]


def _epst(rng: np.random.Generator) -> Names:
    counts = {"contempt": 180, "happy": 177, "interest": 176, "despair": 174}
    counts |= {"disgust": 172, "anxiety": 170, "elation": 159, "boredom": 154}
    counts |= {"cold-anger": 154, "sadness": 151, "pride": 150, "shame": 148}
    counts |= {"panic": 141, "hot-anger": 139, "neutral": 79}
    speakers = {"cc": 265, "cl": 368, "gg": 420, "jg": 273, "mf": 299, "mk": 397}
    speakers["mm"] = 302
    recordings: list[str] = []
    for speaker, count in speakers.items():
        num_sessions = 3 if speaker == "gg" else 2  # 15 recordings in all.
        recordings += [
            f"speech/{speaker}_{1 + i * num_sessions // count:03d}.sph"
            for i in range(count)
        ]
    return list(zip(recordings, _shuffled(counts, rng), strict=True))


def _iemocap(rng: np.random.Generator) -> Names:
    dialogues: list[str] = []
    scenes = [f"impro0{number}" for number in range(1, 9)]
    scenes += "script01_1 script01_2 script01_3 script02_1 script02_2".split()
    scenes += "script03_1 script03_2".split()
    for session, letter in itertools.product(range(1, 6), "FM"):
        for scene in scenes:
            parts = (scene,)
            if session == 1 and scene == "impro08":
                parts = ()
            elif (session, letter) == (3, "M") and scene in ("impro05", "impro08"):
                parts = (f"{scene}a", f"{scene}b")
            elif (session, letter) == (5, "M") and scene == "script01_1":
                parts = (scene, f"{scene}b")
            dialogues += [f"Ses0{session}{letter}_{part}" for part in parts]
    counts = {"neu": 1708, "exc": 1041, "hap": 595, "sur": 107, "fru": 1849}
    counts |= {"ang": 1103, "sad": 1084, "fea": 40, "dis": 2, "oth": 3, "xxx": 2507}
    labels = _shuffled(counts, rng)
    names: Names = []
    for number, dialogue in enumerate(dialogues):
        first = number * len(labels) // len(dialogues)
        last = (number + 1) * len(labels) // len(dialogues)
        folder = f"Session{dialogue[4]}/sentences/wav/{dialogue}"
        names += [
            (f"{folder}/{dialogue}_{'FM'[i % 2]}{i // 2:03d}.wav", label)
            for i, label in enumerate(labels[first:last])
        ]
    return names


def _ravdess(rng: np.random.Generator) -> Names:
    del rng
    return [
        (
            f"Audio_Speech_Actors_01-24/Actor_{actor:02d}/03-01-{label:02d}-"
            f"{intensity:02d}-{statement:02d}-{repetition:02d}-{actor:02d}.wav",
            f"{label:02d}",
        )
        for actor in range(1, 25)
        for label in range(1, 9)
        for intensity in ((1,) if label == 1 else (1, 2))  # No strong neutral.
        for statement, repetition in itertools.product((1, 2), (1, 2))
    ]


def _savee(rng: np.random.Generator) -> Names:
    del rng
    return [
        (f"AudioData/{speaker}/{label}{number:02d}.wav", label)
        for speaker in ("DC", "JE", "JK", "KL")
        for label in "a d f h n sa su".split()
        for number in range(1, 31 if label == "n" else 16)
    ]


def _tess(rng: np.random.Generator) -> Names:
    del rng
    sounds = itertools.product("bcdfghjkl", "aeiou", "dgklmnprt")
    words = list(map("".join, sounds))[::2][:200]
    return [
        (f"{speaker}_{label}/{speaker}_{word}_{label}.wav", label)
        for speaker in ("OAF", "YAF")
        for label in "angry disgust fear happy neutral ps sad".split()
        for word in words
    ]


def _shuffled(counts: dict[str, int], rng: np.random.Generator) -> list[str]:
    labels = np.repeat(list(counts), list(counts.values()))
    return rng.permutation(labels).tolist()


CORPORA = {
    "crema-d": Corpus(_crema_d, 5.257, 0.2, 16_000),
    "emodb": Corpus(_emodb, 0.413, 0.35, 16_000),
    "emovo": Corpus(_emovo, 0.510, 0.35, 48_000, num_channels=2),
    # No source tells EPST's hours: four syllables take about 1.5 s.
    "epst": Corpus(_epst, 0.968, 0.25, 22_050, num_channels=2),
    "iemocap": Corpus(_iemocap, 12.438, 0.63, 16_000),
    "ravdess": Corpus(_ravdess, 1.480, 0.1, 48_000),
    "savee": Corpus(_savee, 0.512, 0.28, 44_100),
    "tess": Corpus(_tess, 1.598, 0.15, 24_414),
}
"""The eight corpora as published."""


def main() -> None:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--corpora", default=",".join(CORPORA))
    parser.add_argument("--names_only", action="store_true")
    parser.add_argument("--fraction", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    flags = parser.parse_args()
    chosen = flags.corpora.split(",")
    if strangers := set(chosen) - set(CORPORA):
        parser.error(f"no corpus {', '.join(strangers)}; known: {', '.join(CORPORA)}")
    write_standins(flags.out, chosen, flags.names_only, flags.fraction, flags.seed)


if __name__ == "__main__":
    main()
