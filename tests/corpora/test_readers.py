import pytest

from serjax.corpora import Utterance


def test_a_ravdess_name_says_everything(read_tree):
    file = "Audio_Speech_Actors_01-24/Actor_12/03-01-06-01-02-01-12.wav"
    assert read_tree(file).utterances == (
        Utterance(
            file=file,
            corpus="ravdess",
            label="06",
            emotion="negative",
            speaker="ravdess/12",
            gender="female",
            language="en",
        ),
    )


def test_an_odd_ravdess_actor_is_male(read_tree):
    (row,) = read_tree("03-01-08-01-02-01-07.wav").utterances
    assert (row.gender, row.emotion) == ("male", "positive")


def test_ravdess_song_is_skipped_and_listed_unless_wanted(read_tree):
    speech, song = "a/03-01-03-01-01-01-01.wav", "a/03-02-03-01-01-01-01.wav"
    corpora = read_tree(speech, song)
    assert [row.file for row in corpora.utterances] == [speech]
    assert [skip.file for skip in corpora.skipped] == [song]
    assert "--ravdess_song" in corpora.skipped[0].reason
    assert len(read_tree(speech, song, ravdess_song=True).utterances) == 2


def test_ravdess_as_kaggle_has_it_twice_over_is_read_once(read_tree):
    name, other = "03-01-03-01-01-01-01.wav", "03-01-03-01-01-01-02.wav"
    twice = [f"Actor_01/{name}", f"audio_speech_actors_01-24/Actor_01/{name}"]
    files = [*twice, f"audio_speech_actors_01-24/Actor_02/{other}"]
    corpora = read_tree(*files, contents=dict.fromkeys(files, "same"))
    assert [row.file for row in corpora.utterances] == [twice[0], files[2]]
    assert corpora.copies == {twice[1]: twice[0]}
    (skip,) = corpora.skipped
    assert (skip.file, skip.corpus) == (twice[1], "ravdess")
    assert skip.reason == f"same recording as {twice[0]}"


def test_the_sound_of_ravdess_videos_is_skipped(read_tree):
    corpora = read_tree("03-01-03-01-01-01-01.wav", "02-01-03-01-01-01-01.wav")
    assert len(corpora.utterances) == 1
    assert corpora.skipped[0].reason == (
        "ravdess modality 02 is a video's; only modality 03, audio-only, is read"
    )


@pytest.mark.parametrize(
    ("label", "emotion"),
    [
        *zip("WEATLFN", ["negative"] * 5 + ["positive", "neutral"], strict=True),
    ],
)
def test_emodb_letters_are_german_words(read_tree, label, emotion):
    (row,) = read_tree(f"wav/03a01{label}a.wav").utterances
    assert (row.corpus, row.label, row.emotion) == ("emodb", label, emotion)
    assert (row.speaker, row.gender, row.language) == ("emodb/03", "male", "de")


def test_emodb_has_further_files_and_an_older_folder(read_tree):
    others = ["lablaut/03a01Fa.lablaut", "silb/03a01Fa.silb", "erkennung.txt"]
    corpora = read_tree(
        "wav_corpus/03a01Fa.wav", *others, contents={"erkennung.txt": b"W\xfct"}
    )
    assert [row.label for row in corpora.utterances] == ["F"]
    assert corpora.skipped == ()


def test_emodb_genders_are_the_documented_ones(read_tree):
    speakers = ["03", "08", "09", "10", "11", "12", "13", "14", "15", "16"]
    rows = read_tree(*(f"{speaker}b10Fb.flac" for speaker in speakers)).utterances
    women = [row.speaker for row in rows if row.gender == "female"]
    assert women == ["emodb/08", "emodb/09", "emodb/13", "emodb/14", "emodb/16"]


def test_the_gender_of_an_unlisted_emodb_speaker_is_unknown(read_tree):
    (row,) = read_tree("07a01Fa.wav").utterances
    assert row.gender is None


@pytest.mark.parametrize(
    ("label", "emotion"),
    [
        ("gio", "positive"),
        ("sor", "positive"),
        ("neu", "neutral"),
        ("dis", "negative"),
        ("pau", "negative"),
        ("rab", "negative"),
        ("tri", "negative"),
    ],
)
def test_emovo_names_start_with_the_emotion(read_tree, label, emotion):
    (row,) = read_tree(f"EMOVO/f2/{label}-f2-b2.wav").utterances
    assert (row.corpus, row.label, row.emotion) == ("emovo", label, emotion)
    assert (row.speaker, row.gender, row.language) == ("emovo/f2", "female", "it")


def test_an_emovo_m_is_a_man(read_tree):
    assert read_tree("neu-m3-d1.wav").utterances[0].gender == "male"


def test_tess_has_two_speakers_though_one_name_says_oa(read_tree):
    corpora = read_tree(
        "OAF_neutral/OAF_back_neutral.wav",
        "OAF_neutral/OA_bite_neutral.wav",
        "YAF_neutral/YAF_bite_neutral.wav",
    )
    speakers = {row.speaker for row in corpora.utterances}
    assert speakers == {"tess/oaf", "tess/yaf"}
    assert {row.gender for row in corpora.utterances} == {"female"}


@pytest.mark.parametrize(
    "ending", ["ps", "pleasant_surprise", "pleasant_surprised", "Surprise"]
)
def test_tess_surprise_is_pleasant_however_it_is_spelt(read_tree, ending):
    (row,) = read_tree(f"YAF_young_{ending}.wav").utterances
    assert (row.corpus, row.label, row.emotion) == ("tess", "ps", "positive")


def test_tess_as_kaggle_has_it_one_tree_in_the_other_is_read_once(read_tree):
    top = "TESS Toronto emotional speech set data"
    same = {
        f"{top}/OAF_Pleasant_surprise/OAF_back_ps.wav": "b",
        f"{top}/{top}/OAF_Pleasant_surprise/OAF_back_ps.wav": "b",
        f"{top}/YAF_pleasant_surprised/YAF_back_ps.wav": "y",
        f"{top}/OAF_neutral/OA_bite_neutral.wav": "n",
        f"{top}/{top}/OAF_neutral/OAF_bite_neutral.wav": "n",
    }
    corpora = read_tree(*same, contents=same)
    assert len(corpora.utterances) == 3
    assert sorted(corpora.copies) == sorted(it for it in same if it.count(top) == 2)


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
        "1001_DFA_ANG_XXX.wav",
        "1001_DFB_ANG_XX.wav",
        "DX_a01.wav",
        "a01.wav",
        "DC/a1.wav",
        "Ses01F_F000.wav",
        "cc_001_anxiety_May-twenty-third.wav",
        "03a01Fa-copy.wav",
        "03-01-06-01-02-01.wav",
        "03-03-06-01-02-01-01.wav",
        "OAF_angry.wav",
    ],
)
def test_a_name_of_another_grammar_is_left_to_others(read_tree, name):
    corpora = read_tree("03a01Fa.wav", name)
    assert [skip.file for skip in corpora.skipped] == [name]


def test_an_actor_past_the_published_ones_has_no_gender(read_tree):
    names = [f"03-01-03-01-01-01-{actor}.wav" for actor in ("00", "23", "24", "25")]
    genders = [row.gender for row in read_tree(*names).utterances]
    assert genders == [None, "male", "female", None]
