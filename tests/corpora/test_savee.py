import pytest

from serjax.config import DataSettings
from serjax.corpora import read_corpora

LABELS = {
    "a": "negative",
    "d": "negative",
    "f": "negative",
    "h": "positive",
    "n": "neutral",
    "sa": "negative",
    "su": "positive",
}


@pytest.mark.parametrize("name", ["AudioData/KL/{}07.wav", "ALL/KL_{}07.wav"])
@pytest.mark.parametrize("label", LABELS)
def test_savee_letters_are_emotions_in_both_layouts(read_tree, name, label):
    (row,) = read_tree(name.format(label)).utterances
    assert (row.corpus, row.label, row.emotion) == ("savee", label, LABELS[label])
    assert (row.speaker, row.gender, row.language) == ("savee/kl", "male", "en")


def test_savee_has_four_men(read_tree):
    rows = read_tree(*(f"{it}/a01.wav" for it in ("DC", "JE", "JK", "KL"))).utterances
    assert {row.speaker for row in rows} == {
        "savee/dc",
        "savee/je",
        "savee/jk",
        "savee/kl",
    }


def test_savee_in_both_layouts_is_counted_once(read_tree):
    files = ["AudioData/DC/a01.wav", "AudioData/DC/sa01.wav", "flat/DC_a01.wav"]
    corpora = read_tree(*files, contents=dict.fromkeys(files, "same"))
    assert [row.file for row in corpora.utterances] == files[:2]
    assert corpora.copies == {files[2]: files[0]}


def test_the_flat_names_of_savee_may_lie_in_folders_of_speakers(read_tree):
    (row,) = read_tree("DC/DC_su01.wav").utterances
    assert (row.speaker, row.label) == ("savee/dc", "su")


@pytest.mark.parametrize("pair", ["", "savee="])
def test_a_folder_of_one_speaker_of_savee_is_refused_with_the_one_to_give(
    read_tree, tmp_path, pair
):
    read_tree("AudioData/DC/a01.wav")
    folder = tmp_path / "data" / "AudioData"
    message = f"None of the 1 audio files .*Give the folder above, {folder}: names of "
    with pytest.raises(ValueError, match=message + "savee begin with the folder"):
        read_corpora(DataSettings(data=f"{pair}{folder / 'DC'}"))
