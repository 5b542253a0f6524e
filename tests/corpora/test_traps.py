import itertools
from collections import Counter
from fnmatch import fnmatch

import pytest
import soundfile

from serjax.data import UnusableAudio, read_audio

SKIPS = {
    "ravdess/Actor_01/01-01-03-01-01-01-01.wav": "modality 01 is a video's",
    "ravdess/Audio_Song_Actors_01-24/Actor_01/03-02-03-01-01-01-01.wav": "ravdess song",
    "ravdess/audio_speech_actors_01-24/Actor_01/*": "same recording as ravdess/",
    "iemocap/IEMOCAP_full_release/Session*/sentences/wav/*": "label 'xxx' of iemocap",
    "iemocap/IEMOCAP_full_release/Session1/dialog/wav/Ses01F_impro01.wav": "dialogue",
}


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
    files = list((root / "ravdess").rglob("*.wav"))
    assert len(files) == 241 + 2 + 11
    for path in files:
        data = path.read_bytes()
        assert data[36:40] == b"LIST"
        assert int.from_bytes(data[4:8], "little") == len(data) - 8


def test_no_two_recordings_are_the_same_but_the_doubles(root):
    files = [*root.rglob("*.wav"), *root.rglob("*.sph")]
    contents = [path.read_bytes() for path in files if path.name[:2] != "._"]
    doubles = len(contents) - len(set(contents))
    # Kaggle's copies of an actor, a video's sound, and the repetition of actor 07.
    assert doubles == 11 + 1 + 1


def test_utterances_of_epst_share_recordings_and_never_overlap(corpora):
    rows = [row for row in corpora.utterances if row.corpus == "epst"]
    assert len({row.file for row in rows}) == 7
    for before, after in itertools.pairwise(rows):
        assert before.file != after.file or before.end_s <= after.start_s


def test_a_single_rater_s_label_of_iemocap_is_none(corpora):
    (row,) = (it for it in corpora.utterances if "Ses01F_impro01_F000" in it.file)
    assert row.label == "neu"  # The rater called it anger.
