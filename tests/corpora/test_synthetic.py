import dataclasses
import itertools
import re
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest
import soundfile

from serjax.config import CLASSES, DataSettings
from serjax.corpora import Corpora, read_corpora, synthetic
from serjax.corpora.recipes import RECIPES
from serjax.corpora.synthetic import synthetic_root, write_synthetic_corpora
from serjax.data import UnusableAudio, read_audio

NAMES = {
    "crema-d": r"AudioWAV/\d{4}_[A-Z]{3}_(ANG|DIS|FEA|HAP|NEU|SAD)_(XX?|LO|MD|HI)\.wav",
    "emodb": r"wav/\d\d[ab]\d\d[NFWEATL][a-h]\.wav",
    "emovo": r"[fm][123]/[a-z]{3}-[fm][123]-[a-z]\d\.wav",
    "epst": r"speech/(cc|cl|gg|jg|mf|mk|mm)_001\.sph",
    "iemocap": r"IEMOCAP_full_release/Session(\d)/(dialog/wav/Ses01F_impro01\.wav|"
    r"sentences/wav/(Ses0\1[FM]_(impro|script)[\d_]+[ab]?)/(\._)?\3_[FM]\d{3}\.wav)",
    "ravdess": r"(audio_speech_actors_01-24/|Audio_Song_Actors_01-24/)?Actor_(\d\d)/"
    r"0[13]-0[12]-0\d-01-0[12]-0[12]-\2\.wav",
    "savee": r"(AudioData/(DC|JE)/|ALL/(JK|KL)_)(a|d|f|h|n|sa|su)\d\d\.wav",
    "tess": r"((OAF|YAF)_[a-z]+)/(OAF|YAF|OA)_[a-z]+_[a-z]+\.wav",
}
SIDE_FILES = {
    "emodb": r"erkennung\.txt|lablaut/.*|labsilb/.*|silb/.*",
    "epst": r"transcr/(cc|cl|gg|jg|mf|mk|mm)_001\.txt",
    "iemocap": r".*/dialog/EmoEvaluation/(\._|Attribute/|Categorical/)?Ses.*\.txt",
}
# Whose one recording is a trap.
TRAP_SPEAKERS = {"crema-d/1040", "crema-d/1076", "crema-d/1091"}
SKIPS = {
    "ravdess/Actor_01/01-01-03-01-01-01-01.wav": "modality 01 is a video's",
    "ravdess/Audio_Song_Actors_01-24/Actor_01/03-02-03-01-01-01-01.wav": "ravdess song",
    "ravdess/audio_speech_actors_01-24/Actor_01/*": "same recording as ravdess/",
    "iemocap/IEMOCAP_full_release/Session*/sentences/wav/*": "label 'xxx' of iemocap",
    "iemocap/IEMOCAP_full_release/Session1/dialog/wav/Ses01F_impro01.wav": "dialogue",
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def root(cache) -> Path:
    return synthetic_root(cache)


@pytest.fixture(scope="module")
def corpora(cache) -> Corpora:
    return read_corpora(DataSettings(data="synthetic"), cache_dir=str(cache))


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


def test_every_file_has_an_official_name(root):
    for path in filter(Path.is_file, root.rglob("*")):
        corpus, _, file = path.relative_to(root).as_posix().partition("/")
        is_audio = path.suffix in (".wav", ".sph")
        grammar = NAMES[corpus] if is_audio else SIDE_FILES[corpus]
        assert re.fullmatch(grammar, file), path


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


def test_the_readers_skip_the_traps_alone(corpora):
    unmet = set(SKIPS)
    for skip in corpora.skipped:
        for pattern in (key for key in SKIPS if fnmatch(skip.file, key)):
            assert SKIPS[pattern] in skip.reason
            unmet.discard(pattern)
            break
        else:
            pytest.fail(f"{skip} is no trap")
    assert not unmet
    counts = Counter(skip.file.partition("/")[0] for skip in corpora.skipped)
    assert counts == {"ravdess": 2 + 11, "iemocap": 10 + 1}


def test_the_audio_of_traps_alone_is_unusable(corpora):
    reasons: dict[str, str] = {}
    for row in corpora.utterances:
        try:
            read_audio(corpora.paths[row.file], row.start_s, row.end_s)
        except UnusableAudio as error:
            reasons[row.file] = str(error)
    assert reasons.keys() == {
        "crema-d/AudioWAV/1076_MTI_SAD_XX.wav",
        "crema-d/AudioWAV/1091_TAI_NEU_XX.wav",
    }
    silent, pointer = (reasons[file] for file in sorted(reasons))
    assert "silent" in silent
    assert "Git LFS" in pointer


def test_every_speaker_speaks_in_every_class(corpora):
    for corpus, recipe in RECIPES.items():
        rows = [row for row in corpora.utterances if row.corpus == corpus]
        speakers = {row.speaker for row in rows} - TRAP_SPEAKERS
        assert len(speakers) == len(recipe.speakers)
        for speaker in speakers:
            assert {r.emotion for r in rows if r.speaker == speaker} == set(CLASSES)


def test_the_readers_tell_the_recipes_genders_and_languages(corpora):
    for row in corpora.utterances:
        recipe = RECIPES[row.corpus]
        speakers = {key.lower(): gender for key, gender in recipe.speakers.items()}
        assert row.language == recipe.language
        if row.corpus == "epst":
            assert row.gender is None
        elif row.speaker not in TRAP_SPEAKERS:
            assert row.gender == speakers[row.speaker.split("/")[1].lower()]


def test_a_turn_of_iemocap_is_its_speakers_and_its_own_dialogues(corpora):
    rows = {Path(row.file).stem: row for row in corpora.utterances}
    mismatch = rows["Ses01F_impro01_M003"]
    assert mismatch.speaker == "iemocap/Ses01M"
    assert mismatch.gender == "male"
    assert rows["Ses05M_script01_1b_F000"].speaker == "iemocap/Ses05F"
    assert rows["Ses03M_impro05a_M001"].gender == "male"
    # A single rater called it anger, in a folder that is not to be read.
    assert rows["Ses01F_impro01_F000"].label == "neu"


def test_segments_of_epst_share_recordings_and_never_overlap(corpora):
    rows = [row for row in corpora.utterances if row.corpus == "epst"]
    assert len({row.file for row in rows}) == 7
    assert {"hot-anger", "cold-anger"} < {row.label for row in rows}
    for before, after in itertools.pairwise(rows):
        assert before.file != after.file or before.end_s <= after.start_s


@pytest.mark.parametrize(
    ("file", "format", "rate_hz", "num_channels"),
    [
        ("crema-d/AudioWAV/1040_ITH_SAD_X.wav", "WAV", 16_000, 1),
        ("emovo/f1/dis-f1-b3.wav", "WAV", 16_000, 1),
        ("emovo/f1/gio-f1-l2.wav", "WAV", 16_000, 2),
        ("epst/speech/cc_001.sph", "NIST", 22_050, 2),
        ("ravdess/Actor_02/03-01-01-01-01-01-02.wav", "WAV", 16_000, 2),
        ("savee/ALL/JK_a01.wav", "WAV", 44_100, 1),
        ("savee/AudioData/DC/a01.wav", "WAV", 44_100, 1),
        ("tess/OAF_fear/OAF_food_fear.wav", "WAV", 96_000, 1),
        ("tess/OAF_neutral/OA_bite_neutral.wav", "WAV", 24_414, 1),
        ("tess/YAF_neutral/YAF_back_neutral.wav", "AIFF", 24_414, 1),
    ],
)
def test_recordings_are_of_the_kinds_that_real_trees_hold(
    root, file, format, rate_hz, num_channels
):
    with soundfile.SoundFile(root / file) as recording:
        assert recording.format == format
        assert recording.samplerate == rate_hz
        assert recording.channels == num_channels


def test_a_chunk_lies_before_the_samples_of_ravdess(root):
    files = sorted((root / "ravdess").rglob("*.wav"))
    for path in files:
        data = path.read_bytes()
        assert data[36:40] == b"LIST"
        assert int.from_bytes(data[4:8], "little") == len(data) - 8


def test_evaluations_name_the_turns_that_are_there(root):
    release = root / "iemocap" / "IEMOCAP_full_release"
    line = re.compile(r"\[(\d+\.\d{4}) - (\d+\.\d{4})\]\t(\S+)\t([a-z]{3})\t\[.*\]")
    named: list[str] = []
    for path in release.glob("*/dialog/EmoEvaluation/Ses*.txt"):
        text = path.read_text()
        assert text.startswith("% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]")
        times = [0.0]
        for start_s, end_s, turn, _ in line.findall(text):
            times += [float(start_s), float(end_s)]
            named.append(turn)
        assert times == sorted(times)
    turns = [path.stem for path in release.glob("*/sentences/wav/*/Ses*.wav")]
    assert sorted(named) == sorted(turns)
    assert len(turns) == 100


def test_transcripts_end_within_their_recordings(root):
    lines = 0
    for path in (root / "epst" / "transcr").iterdir():
        text = path.read_text()
        assert "A: [MISC]" in text
        assert "A: (" in text
        assert "A: Emotion category " in text
        assert "A: hot anger, " in text
        recording = root / "epst" / "speech" / f"{path.stem}.sph"
        lines += text.count("\n")
        end_s = float(text.splitlines()[-1].split()[1])
        assert end_s == pytest.approx(soundfile.info(recording).duration, abs=0.006)
    assert lines == 7 * (10 + 3)


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


def test_no_two_recordings_are_the_same_but_the_doubles(root):
    contents = {
        file: data
        for file, data in bytes_of(root).items()
        if file.endswith((".wav", ".sph")) and "/._" not in file
    }
    doubles = len(contents) - len(set(contents.values()))
    # Kaggle's copies of an actor, a video's sound, and the repetition of actor 07.
    assert doubles == 11 + 1 + 1


def test_the_cache_is_written_once(cache, root, monkeypatch):
    def refuse(*_):
        raise AssertionError("written again")

    monkeypatch.setattr(synthetic, "write_synthetic_corpora", refuse)
    assert synthetic_root(cache) == root
    assert root.name == f"synthetic-{synthetic.VERSION}"
    assert [path.name for path in cache.iterdir()] == [root.name]


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
