import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from serjax.config import DataSettings
from serjax.corpora import Corpora, read_corpora, synthetic
from serjax.corpora.recipes import RECIPES
from serjax.corpora.synthetic import synthetic_root, write_synthetic_corpora


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def corpora(cache) -> Corpora:
    return read_corpora(DataSettings(data="synthetic"), cache_dir=str(cache))


def few(monkeypatch):
    """One speaker and two labels a corpus, for speed."""
    small = {
        corpus: dataclasses.replace(
            recipe,
            speakers=dict(list(recipe.speakers.items())[:1]),
            counts=dict(list(recipe.counts.items())[:2]),
        )
        for corpus, recipe in RECIPES.items()
    }
    monkeypatch.setattr(synthetic, "RECIPES", small)


def bytes_of(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_readers_of_real_corpora_read_all_of_it(corpora):
    assert corpora.corpora == ("emodb", "emovo", "ravdess", "tess")
    assert corpora.skipped == ()
    expected = {
        corpus: len(recipe.speakers) * sum(n for _, n in recipe.counts.values())
        for corpus, recipe in RECIPES.items()
    }
    assert Counter(row.corpus for row in corpora.utterances) == expected
    assert sum(expected.values()) == 598


def test_every_speaker_speaks_in_every_class(corpora):
    for corpus, recipe in RECIPES.items():
        rows = [row for row in corpora.utterances if row.corpus == corpus]
        speakers = {row.speaker for row in rows}
        assert len(speakers) == len(recipe.speakers)
        for speaker in speakers:
            emotions = {row.emotion for row in rows if row.speaker == speaker}
            assert emotions == set(corpora.classes)


def test_the_names_say_the_recipes_genders_and_languages(corpora):
    for row in corpora.utterances:
        recipe = RECIPES[row.corpus]
        name = row.speaker.split("/")[1]
        speakers = {key.lower(): gender for key, gender in recipe.speakers.items()}
        assert row.gender == speakers[name]
        assert row.language == recipe.language


def test_the_trap_of_tess_is_in_it(corpora):
    names = {Path(row.file).name for row in corpora.utterances}
    assert "OA_bite_neutral.wav" in names


def test_recordings_are_audible_unclipped_and_minutes_in_all(corpora):
    total_s = 0.0
    for row in corpora.utterances:
        rate_hz, samples = wavfile.read(corpora.root / row.file)
        recipe = RECIPES[row.corpus]
        assert rate_hz == recipe.sample_rate_hz
        assert samples.ndim == recipe.num_channels
        duration_s = len(samples) / rate_hz
        assert 0.5 < duration_s < 3.0
        loudest = np.abs(samples.astype(float)).max()
        assert 200 < loudest < 32767, row.file
        total_s += duration_s
    assert 5 * 60 < total_s < 15 * 60


def test_mixing_the_channels_of_synthetic_emovo_weakens_it(corpora):
    row = next(row for row in corpora.utterances if row.corpus == "emovo")
    _, samples = wavfile.read(corpora.root / row.file)
    assert samples.mean(axis=1).std() < 0.2 * samples[:, 0].std()


def test_the_same_seed_writes_the_same_bytes(tmp_path, monkeypatch):
    few(monkeypatch)
    first = bytes_of(write_synthetic_corpora(tmp_path / "a", seed=3))
    assert bytes_of(write_synthetic_corpora(tmp_path / "b", seed=3)) == first
    other = bytes_of(write_synthetic_corpora(tmp_path / "c", seed=4))
    assert other.keys() == first.keys()
    assert not set(other.values()) & set(first.values())


def test_no_two_recordings_are_the_same(corpora):
    contents = bytes_of(corpora.root).values()
    assert len(set(contents)) == len(corpora.utterances)


def test_the_cache_is_written_once(cache, corpora, monkeypatch):
    def refuse(*_):
        raise AssertionError("written again")

    monkeypatch.setattr(synthetic, "write_synthetic_corpora", refuse)
    assert synthetic_root(cache) == corpora.root
    assert corpora.root.name == f"synthetic-{synthetic.VERSION}"
    assert [path.name for path in cache.iterdir()] == [corpora.root.name]


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
