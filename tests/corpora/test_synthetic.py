import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from serjax.corpora import synthetic
from serjax.corpora.recipes import RECIPES
from serjax.corpora.synthetic import synthetic_root, write_synthetic_corpora

# Whose one recording is a trap.
TRAP_SPEAKERS = {"crema-d/1040", "crema-d/1076", "crema-d/1091"}


def few(monkeypatch):
    """One speaker and two labels a corpus, without traps, for speed."""
    small = {
        corpus: dataclasses.replace(
            recipe,
            speakers=dict(list(recipe.speakers.items())[:1]),
            counts=dict(list(recipe.counts.items())[:2]),
        )
        for corpus, recipe in RECIPES.items()
    }
    monkeypatch.setattr(synthetic, "RECIPES", small)
    monkeypatch.setattr(synthetic, "add_traps", lambda _: None)


def bytes_of(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_readers_of_real_corpora_read_all_of_it(corpora):
    expected = {
        corpus: len(recipe.speakers) * sum(n for _, n in recipe.counts.values())
        for corpus, recipe in RECIPES.items()
    }
    assert sum(expected.values()) == 912
    expected["iemocap"] -= 10  # One turn of each speaker is xxx.
    expected["ravdess"] += 1  # The repetition that is no other.
    found = Counter(
        row.corpus for row in corpora.utterances if row.speaker not in TRAP_SPEAKERS
    )
    assert found == expected


def test_speakers_are_the_recipes_and_speak_in_every_class(corpora):
    for corpus, recipe in RECIPES.items():
        rows = [row for row in corpora.utterances if row.corpus == corpus]
        assert {row.language for row in rows} == {recipe.language}
        found = {row.speaker: row.gender for row in rows}
        for name, gender in recipe.speakers.items():
            told = found.pop(
                f"{corpus}/{name if corpus == 'iemocap' else name.lower()}"
            )
            assert told == (None if corpus == "epst" else gender)
        assert {*found} <= TRAP_SPEAKERS
        spoken = {(row.speaker, row.emotion) for row in rows}
        assert len(spoken) == 3 * len(recipe.speakers) + len(found)


def test_recordings_are_audible_unclipped_and_minutes_in_all(corpora):
    total_s = 0.0
    for row in corpora.utterances:
        if row.speaker in TRAP_SPEAKERS:
            continue
        with soundfile.SoundFile(corpora.paths[row.file]) as file:
            rate_hz = file.samplerate
            file.seek(round(row.start_s * rate_hz))
            end_s = file.frames / rate_hz if row.end_s is None else row.end_s
            wave = file.read(round((end_s - row.start_s) * rate_hz), always_2d=True)
        duration_s = len(wave) / rate_hz
        assert 0.5 < duration_s < 3.0
        assert 0.006 < np.abs(wave[:, 0]).max() < 0.9999, row.file
        total_s += duration_s
    assert 8 * 60 < total_s < 15 * 60


def test_mixing_the_channels_of_synthetic_emovo_weakens_it(root):
    wave, _ = soundfile.read(root / "emovo" / "f1" / "gio-f1-l2.wav")
    assert wave.mean(axis=1).std() < 0.2 * wave[:, 0].std()


def test_the_same_seed_writes_the_same_bytes(tmp_path, monkeypatch):
    few(monkeypatch)
    first = bytes_of(write_synthetic_corpora(tmp_path / "a", seed=3))
    assert bytes_of(write_synthetic_corpora(tmp_path / "b", seed=3)) == first
    other = bytes_of(write_synthetic_corpora(tmp_path / "c", seed=4))
    assert other.keys() == first.keys()
    assert not set(other.values()) & set(first.values())


def test_the_cache_is_written_once(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(synthetic, "write_synthetic_corpora", written.append)
    root = tmp_path / f"synthetic-{synthetic.VERSION}"
    assert synthetic_root(tmp_path) == synthetic_root(tmp_path) == root
    assert len(written) == 1
    assert [path.name for path in tmp_path.iterdir()] == [root.name]


def test_a_broken_off_writing_leaves_nothing(tmp_path, monkeypatch):
    def fail(folder: Path):
        (folder / "half.wav").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(synthetic, "write_synthetic_corpora", fail)
    with pytest.raises(KeyboardInterrupt):
        synthetic_root(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_second_writer_finds_the_firsts(tmp_path, monkeypatch):
    def write_late(folder: Path):
        (folder / "late.wav").touch()
        first = tmp_path / f"synthetic-{synthetic.VERSION}"
        first.mkdir()
        (first / "early.wav").touch()

    monkeypatch.setattr(synthetic, "write_synthetic_corpora", write_late)
    root = synthetic_root(tmp_path)
    assert [path.name for path in root.iterdir()] == ["early.wav"]
    assert [path.name for path in tmp_path.iterdir()] == [root.name]
