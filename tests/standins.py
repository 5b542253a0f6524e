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
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import soundfile

from serjax.corpora.layouts import Stretch, format_evaluation, format_transcript
from tests.published import CORPORA, Corpus


@dataclasses.dataclass(frozen=True)
class StandIn:
    """A recording; of EPST a segment of the recording that it names."""

    name: str
    label: str
    duration_s: float


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
