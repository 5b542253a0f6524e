from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from serjax.corpora.utterance import Utterance

CLASSES = ("negative", "neutral", "positive")


@pytest.fixture
def make_rows() -> Callable[..., list[Utterance]]:
    """Make rows of a corpus: per speaker one of each class."""

    def make(
        corpus: str,
        language: str | None,
        genders: Sequence[str | None],
        classes: Sequence[str] = CLASSES,
        **more: object,
    ) -> list[Utterance]:
        return [
            Utterance(
                file=f"{corpus}/{number:02}{emotion}.wav",
                corpus=corpus,
                label=emotion,
                emotion=emotion,
                speaker=f"{corpus}/{number:02}",
                gender=gender,
                language=language,
                **more,  # pyright: ignore
            )
            for number, gender in enumerate(genders)
            for emotion in classes
        ]

    return make


@pytest.fixture
def write_speech(tmp_path: Path) -> Callable[..., Path]:
    """Write noise below `tmp_path`/data; the same seed is the same recording."""

    def write(
        file: str,
        seed: int = 0,
        num_channels: int = 1,
        sample_rate_hz: int = 16_000,
        level: float = 0.1,
        lead_s: float = 0.0,
    ) -> Path:
        path = tmp_path / "data" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        shape = (sample_rate_hz // 2, num_channels)
        noise = level * np.random.default_rng(seed).standard_normal(shape)
        silence = np.zeros((round(lead_s * sample_rate_hz), num_channels))
        soundfile.write(path, np.concatenate([silence, noise]), sample_rate_hz)
        return path

    return write


@pytest.fixture
def two_corpora(tmp_path: Path, write_speech: Callable[..., Path]) -> Path:
    """Emo-DB of four speakers, and RAVDESS of two that starts late and in stereo."""
    seed = 0
    for speaker in ("03", "08", "09", "10"):
        for code in "WNF":
            write_speech(f"berlin/{speaker}a01{code}a.wav", seed := seed + 1)
    for actor in ("01", "02"):
        for code in ("01", "03", "05"):
            file = f"ravdess/Actor_{actor}/03-01-{code}-01-01-01-{actor}.wav"
            channels = 2 if actor == "01" else 1
            write_speech(file, seed := seed + 1, channels, 48_000, lead_s=0.5)
    return tmp_path / "data"
