import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from serjax.config import DataSettings, FeatureSettings
from serjax.corpora import Skip, read_corpora
from serjax.data import store_features
from serjax.preparation.inventory import (
    CorpusSummary,
    count_reasons,
    summarise,
    warn_of_files,
)


@pytest.fixture
def summarise_folder(tmp_path) -> Callable[..., dict[str, CorpusSummary]]:
    """Read a folder, get its features and summarise its corpora, by name."""

    def summarise_(folder: Path, **settings) -> dict[str, CorpusSummary]:
        data = DataSettings(data=str(folder), **settings)
        corpora = read_corpora(data)
        stored = store_features(
            corpora.paths,
            corpora.utterances,
            FeatureSettings(),
            tmp_path / "cache",
            data,
            progress=False,
        )
        return {it.corpus: it for it in summarise(corpora, stored, data)}

    return summarise_


def test_a_corpus_is_summed_up(two_corpora, summarise_folder):
    found = summarise_folder(two_corpora)
    assert found["emodb"] == CorpusSummary(
        corpus="emodb",
        num_found=12,
        num_official=535,
        num_utterances=12,
        duration_s=pytest.approx(6.0),  # pyright: ignore
        speakers={"female": 2, "male": 2},
        num_speakerless=0,
        languages={"de": 12},
        labels={"negative": {"W": 4}, "neutral": {"N": 4}, "positive": {"F": 4}},
        sample_rates_hz={16_000: 12},
        channels={1: 12},
        channel=0,
        skipped={},
    )
    ravdess = found["ravdess"]
    assert ravdess.sample_rates_hz == {48_000: 6}
    assert ravdess.channels == {1: 3, 2: 3}
    assert ravdess.is_multichannel
    assert not found["emodb"].is_multichannel
    assert ravdess.labels["negative"] == {"05": 2}


def test_unusable_and_dropped_recordings_are_found_and_copies_and_songs_are_not(
    two_corpora, summarise_folder, tmp_path
):
    first = two_corpora / "ravdess/Actor_01/03-01-01-01-01-01-01.wav"
    (two_corpora / "ravdess/again").mkdir()
    (two_corpora / "ravdess/again" / first.name).write_bytes(first.read_bytes())
    (two_corpora / "ravdess/03-02-01-01-01-01-01.wav").write_bytes(b"a song")
    (two_corpora / "ravdess/03-01-01-01-02-01-01.wav").write_bytes(b"no audio")
    table = tmp_path / "labels.toml"
    table.write_text('[ravdess]\n03 = "drop"\n')
    summary = summarise_folder(two_corpora, label_map=str(table))["ravdess"]
    assert summary.num_found == 7  # 6, and the one that does not decode
    assert summary.num_utterances == 4
    assert sum(summary.skipped.values()) == 5
    assert summary.skipped["label '03' of ravdess is dropped by the mapping"] == 2
    assert summary.skipped["ravdess song; give --ravdess_song to read it"] == 1
    few, line = warn_of_files([summary])
    assert few.startswith("ravdess: 2 speakers, and a split into train, valid and test")
    assert line == (
        "ravdess: 7 of the official 1,440 recordings were found; 1,433 are missing."
    )


def test_a_corpus_without_a_usable_file_is_there_and_warned_of(
    two_corpora, summarise_folder
):
    for path in (two_corpora / "ravdess").rglob("*.wav"):
        path.write_bytes(b"")
    summary = summarise_folder(two_corpora)["ravdess"]
    assert (summary.num_found, summary.num_utterances) == (6, 0)
    assert summary.duration_s == 0
    lines = warn_of_files([summary])
    assert lines[1] == "ravdess: no recording of it is usable; skipped.csv says why."
    anonymous = dataclasses.replace(summary, num_utterances=6, num_speakerless=6)
    lines = warn_of_files([anonymous])
    assert any("the speaker of 6 utterances is unknown" in it for it in lines)


def test_reasons_that_differ_in_particulars_alone_are_one():
    reasons = {
        "a.wav": "too long: 734 s; expected 600 or less (--max_duration_s)",
        "b.wav": "too long: 901 s; expected 600 or less (--max_duration_s)",
        "c.wav": "same recording as a/my first.wav",
        "d.wav": "same recording as b/my second.wav",
        "i.wav": "another encoding of my third.wav",
        "j.wav": "another encoding of my fourth.wav",
        "k.wav": "no such file, though m/m.csv lists it; did you mean K.wav?",
        "l.wav": "no such file, though m/m.csv lists it; did you mean my L.wav?",
        "e.wav": "label '02' of ravdess is dropped by the mapping",
        "f.wav": "label '03' of ravdess is dropped by the mapping",
        "g.wav": "label '03' of ravdess is dropped by the mapping",
        "h.wav": "truncated: 1.25 s of the 2.00 s that its header tells",
    }
    counts = count_reasons([Skip(*item) for item in reasons.items()])
    assert list(counts.items()) == [
        ("another encoding of ...", 2),
        ("label '03' of ravdess is dropped by the mapping", 2),
        ("no such file, though m/m.csv lists it; did you mean ...", 2),
        ("same recording as ...", 2),
        ("too long: ... s; expected 600 or less (--max_duration_s)", 2),
        ("label '02' of ravdess is dropped by the mapping", 1),
        ("truncated: 1.25 s of the 2.00 s that its header tells", 1),
    ]
