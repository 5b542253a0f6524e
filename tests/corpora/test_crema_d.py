import os
import re
from collections import Counter

import pytest

from serjax.corpora.crema_d import actor_genders

HEADER = "ActorID,Age,Sex,Race,Ethnicity\n"
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"


def test_a_crema_d_name_says_everything_but_the_sex(read_tree):
    (row,) = read_tree("CREMA-D/AudioWAV/1001_DFA_ANG_XX.wav").utterances
    assert (row.corpus, row.label, row.emotion) == ("crema-d", "ANG", "negative")
    assert (row.speaker, row.gender, row.language) == ("crema-d/1001", "male", "en")


def test_a_copy_of_crema_d_without_demographics_knows_its_91_actors(read_tree):
    assert Counter(actor_genders().values()) == {"female": 43, "male": 48}
    rows = read_tree("1002_IEO_HAP_HI.wav", "1095_IEO_HAP_LO.wav").utterances
    assert [row.gender for row in rows] == ["female", None]


def test_demographics_that_are_there_have_the_last_word(read_tree):
    csv = "VideoDemographics.csv"
    rows = read_tree(
        *("AudioWAV/1001_DFA_ANG_XX.wav", "AudioWAV/1002_DFA_NEU_XX.wav", csv),
        contents={csv: HEADER + "1001,51,Female,Caucasian,Not Hispanic\n"},
    ).utterances
    assert [row.gender for row in rows] == ["female", "female"]
    assert rows[0].speaker == "crema-d/1001"


def test_a_sex_that_is_none_is_refused(read_tree):
    csv = "VideoDemographics.csv"
    contents = {csv: HEADER + "1001,51,Other?,,\n"}
    message = r"Sex of '1001' is 'other\?'; expected female"
    with pytest.raises(ValueError, match=message):
        read_tree("1001_DFA_ANG_XX.wav", csv, contents=contents)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("ActorID,Age\n1001,51\n", r"has the columns ActorID, Age; expected ActorID a"),
        (b"\xff\xfe\x00", r"VideoDemographics.csv is not UTF-8 text"),
        ("", r"has the columns none"),
        (LFS, r"because VideoDemographics.csv is a Git LFS.*run `git lfs pull`"),
    ],
)
def test_demographics_that_say_nothing_are_listed_and_done_without(
    read_tree, content, why
):
    csv = "VideoDemographics.csv"
    corpora = read_tree("1002_DFA_ANG_XX.wav", csv, contents={csv: content})
    assert [row.gender for row in corpora.utterances] == ["female"]
    (skip,) = corpora.skipped
    assert (skip.file, skip.corpus) == (csv, "crema-d")
    assert skip.reason.startswith("actors' sex is taken from serjax's own table")
    assert re.search(why, skip.reason)


def test_demographics_that_lead_nowhere_are_listed(read_tree, tmp_path):
    read_tree("1002_DFA_ANG_XX.wav")
    os.symlink("nowhere", tmp_path / "data" / "VideoDemographics.csv")
    (skip,) = read_tree().skipped
    assert "because VideoDemographics.csv cannot be read: No such" in skip.reason


def test_two_demographics_must_agree(read_tree):
    contents = dict.fromkeys(
        ("a/VideoDemographics.csv", "b/VideoDemographics.csv"), HEADER + "1001,51,F,,\n"
    )
    (row,) = read_tree("1001_DFA_ANG_XX.wav", *contents, contents=contents).utterances
    assert row.gender == "female"
    contents["b/VideoDemographics.csv"] = HEADER + "1001,51,M,,\n"
    message = r"a/VideoDem.* and b/VideoDemographics.csv in .* differ in the sex"
    with pytest.raises(ValueError, match=message):
        read_tree(*contents, contents=contents)


def test_demographics_without_crema_d_are_not_opened(read_tree):
    csv = "VideoDemographics.csv"
    assert len(read_tree("03a01Fa.wav", csv, contents={csv: b"\xff"}).utterances) == 1


def test_the_cut_name_of_crema_d_is_read_and_no_second_recording(read_tree):
    cut, whole = "1040_ITH_SAD_X.wav", "1040_ITH_SAD_XX.wav"
    (row,) = read_tree(cut).utterances
    assert (row.speaker, row.label) == ("crema-d/1040", "SAD")
    same = {f"a/{cut}": "s", f"b/{whole}": "s", cut: "s"}
    corpora = read_tree(*same, contents=same)
    assert len(corpora.utterances) == 1 and len(corpora.copies) == 2


def test_the_mp3s_of_crema_d_are_no_second_recordings(read_tree):
    mp3, wav = "AudioMP3/1001_DFA_ANG_XX.mp3", "AudioWAV/1001_DFA_ANG_XX.wav"
    corpora = read_tree(mp3, wav)
    assert [row.file for row in corpora.utterances] == [wav]
    assert corpora.copies == {}  # Their bytes differ.
    (skip,) = corpora.skipped
    assert (skip.file, skip.corpus) == (mp3, "crema-d")
    assert skip.reason == f"another encoding of {wav}"


def test_crema_d_as_mp3_alone_is_read(read_tree):
    assert len(read_tree("AudioMP3/1001_DFA_ANG_XX.mp3").utterances) == 1
