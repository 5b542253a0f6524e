"""The corpora whose names say everything: what each name says, and which are theirs."""

from collections import Counter

import pytest

from serjax.config import DataSettings
from serjax.corpora import Utterance, read_corpora
from serjax.corpora.crema_d import actor_genders


@pytest.mark.parametrize(
    ("file", "label", "emotion", "speaker", "gender", "language"),
    [
        ("x/03-01-06-01-02-01-12.wav", "06", "negative", "ravdess/12", "female", "en"),
        ("03-01-08-01-02-01-07.wav", "08", "positive", "ravdess/07", "male", "en"),
        *[
            (f"wav/03a01{label}a.wav", label, emotion, "emodb/03", "male", "de")
            for label, emotion in zip("WF", ("negative", "positive"), strict=True)
        ],
        ("f2/gio-f2-b2.wav", "gio", "positive", "emovo/f2", "female", "it"),
        ("neu-m3-d1.wav", "neu", "neutral", "emovo/m3", "male", "it"),
        ("x/OAF_back_angry.wav", "angry", "negative", "tess/oaf", "female", "en"),
        # No third speaker.
        ("OA_bite_neutral.wav", "neutral", "neutral", "tess/oaf", "female", "en"),
        *[
            (f"YAF_young_{ending}.wav", "ps", "positive", "tess/yaf", "female", "en")
            for ending in "ps pleasant_surprise pleasant_surprised Surprise".split()
        ],
        ("1001_DFA_ANG_XX.wav", "ANG", "negative", "crema-d/1001", "male", "en"),
        ("mp3/1002_IEO_HAP_HI.mp3", "HAP", "positive", "crema-d/1002", "female", "en"),
        ("1040_ITH_SAD_X.wav", "SAD", "negative", "crema-d/1040", "male", "en"),
        ("AudioData/KL/sa07.wav", "sa", "negative", "savee/kl", "male", "en"),
        ("ALL/DC_su07.wav", "su", "positive", "savee/dc", "male", "en"),
        ("JE/JE_n01.wav", "n", "neutral", "savee/je", "male", "en"),
    ],
)
def test_a_name_says_everything(
    read_tree, file, label, emotion, speaker, gender, language
):
    corpus = speaker.partition("/")[0]
    expected = Utterance(file, corpus, label, emotion, speaker, gender, language)
    assert read_tree(file).utterances == (expected,)


def test_actors_that_are_not_of_the_published_ones_have_no_gender(read_tree):
    assert Counter(actor_genders().values()) == {"female": 43, "male": 48}
    ravdess = [f"03-01-03-01-01-01-{actor}.wav" for actor in ("00", "23", "24", "25")]
    names = [*ravdess, "07a01Fa.wav", "1095_IEO_HAP_LO.wav"]
    genders = {row.file: row.gender for row in read_tree(*names).utterances}
    assert [genders[name] for name in names] == [None, "male", "female", *[None] * 3]


def test_emodb_genders_are_the_documented_ones(read_tree):
    speakers = ["03", "08", "09", "10", "11", "12", "13", "14", "15", "16"]
    rows = read_tree(*(f"{speaker}b10Fb.flac" for speaker in speakers)).utterances
    women = [row.speaker for row in rows if row.gender == "female"]
    assert women == ["emodb/08", "emodb/09", "emodb/13", "emodb/14", "emodb/16"]


def test_ravdess_song_and_the_sound_of_videos_are_listed_skips(read_tree):
    speech, song = "a/03-01-03-01-01-01-01.wav", "a/03-02-03-01-01-01-01.wav"
    corpora = read_tree(speech, song, "b/02-01-03-01-01-01-01.wav")
    assert [row.file for row in corpora.utterances] == [speech]
    assert [skip.reason for skip in corpora.skipped] == [
        "ravdess song; give --ravdess_song to read it",
        "ravdess modality 02 is a video's; only modality 03, audio-only, is read",
    ]
    assert len(read_tree(ravdess_song=True).utterances) == 2


TESS = "TESS Toronto emotional speech set data"


@pytest.mark.parametrize(
    ("kept", "copies"),
    [
        (
            "Actor_01/03-01-03-01-01-01-01.wav",
            ["audio_speech_actors_01-24/Actor_01/03-01-03-01-01-01-01.wav"],
        ),
        (
            f"{TESS}/OAF_Pleasant_surprise/OAF_back_ps.wav",
            [f"{TESS}/{TESS}/OAF_pleasant/OAF_back_pleasant_surprise.wav"],
        ),
        (f"{TESS}/OA_bite_neutral.wav", [f"{TESS}/{TESS}/OAF_bite_neutral.wav"]),
        ("AudioData/DC/a01.wav", ["flat/DC_a01.wav"]),
        ("1040_ITH_SAD_X.wav", ["a/1040_ITH_SAD_X.wav", "b/1040_ITH_SAD_XX.wav"]),
    ],
)
def test_a_recording_that_lies_there_twice_is_read_once(read_tree, kept, copies):
    corpora = read_tree(contents=dict.fromkeys([kept, *copies], "same"))
    assert [row.file for row in corpora.utterances] == [kept]
    assert corpora.copies == dict.fromkeys(copies, kept)
    assert {it.reason for it in corpora.skipped} == {f"same recording as {kept}"}
    assert {it.corpus for it in corpora.skipped} == set(corpora.corpora)


def test_the_mp3s_of_crema_d_are_no_second_recordings(read_tree):
    mp3, wav = "AudioMP3/1001_DFA_ANG_XX.mp3", "AudioWAV/1001_DFA_ANG_XX.wav"
    corpora = read_tree(mp3, wav)
    assert [row.file for row in corpora.utterances] == [wav]
    assert corpora.copies == {}  # Their bytes differ.
    (skip,) = corpora.skipped
    assert (skip.file, skip.corpus) == (mp3, "crema-d")
    assert skip.reason == f"another encoding of {wav}"


@pytest.mark.parametrize("pair", ["", "savee="])
def test_a_folder_of_one_speaker_of_savee_is_refused_with_the_one_to_give(
    read_tree, tmp_path, pair
):
    read_tree("AudioData/DC/a01.wav")
    folder = tmp_path / "data" / "AudioData"
    message = f"None of the 1 audio files .*Give the folder above, {folder}: names of "
    with pytest.raises(ValueError, match=message + "savee begin with the folder"):
        read_corpora(DataSettings(data=f"{pair}{folder / 'DC'}"))


@pytest.mark.parametrize(
    ("file", "corpus", "label"),
    [
        ("03-01-09-01-01-01-01.wav", "ravdess", "09"),
        ("wav/03a01Xa.wav", "emodb", "X"),
        ("f1/foo-f1-b1.wav", "emovo", "foo"),
        ("OAF_back_hungry.wav", "tess", "hungry"),
        ("1001_DFA_BOR_XX.wav", "crema-d", "BOR"),
        ("cc_001_hungry_1.5_June.wav", "epst", "hungry"),
        ("DC_x01.wav", "savee", "x"),
    ],
)
def test_an_unknown_label_is_refused_with_its_file(read_tree, file, corpus, label):
    expected = f"No class for label '{label}' of corpus '{corpus}', met in {file}"
    with pytest.raises(ValueError, match=f"{expected}.*--label_map"):
        read_tree("03a01Fa.wav", file)


@pytest.mark.parametrize(
    "name",
    [
        *("1001_DFA_ANG_XXX.wav", "1001_DFB_ANG_XX.wav", "DX_a01.wav", "a01.wav"),
        *("DC/a1.wav", "Ses01F_F000.wav", "cc_001_anxiety_May-twenty-third.wav"),
        *("03a01Fa-copy.wav", "03-01-06-01-02-01.wav", "03-03-06-01-02-01-01.wav"),
        *("OAF_angry.wav", "noise/rain.wav"),
    ],
)
def test_a_name_of_another_grammar_is_left_to_others(read_tree, name):
    (skip,) = read_tree("03a01Fa.wav", name).skipped
    known = "crema-d, emodb, emovo, epst, iemocap, ravdess, savee, tess"
    assert (skip.file, skip.reason) == (name, f"its name is none of {known}")


def test_the_capitals_of_a_name_do_not_matter(read_tree):
    names = ["03-01-03-01-01-01-01.WAV", "03A01FA.Wav", "GIO-F1-B1.WAV", "oaf_x_PS.wav"]
    found = [(row.label, row.speaker) for row in read_tree(*names).utterances]
    assert sorted(found) == [
        ("03", "ravdess/01"),
        ("F", "emodb/03"),
        ("gio", "emovo/f1"),
        ("ps", "tess/oaf"),
    ]
