import pytest

from serjax.config import CLASSES
from serjax.corpora.labels import DROP, read_labels

NUM_LABELS = {
    "crema-d": 6,
    "emodb": 7,
    "emovo": 7,
    "epst": 15,
    "iemocap": 11,
    "ravdess": 8,
    "savee": 7,
}


def test_the_table_has_every_label_of_all_eight_corpora():
    classes = read_labels().classes
    counts = {corpus: len(cells) for corpus, cells in classes.items()}
    assert counts.pop("tess") == 9  # Seven, and two spellings of pleasant surprise.
    assert counts == NUM_LABELS


def test_every_corpus_has_all_three_classes_and_only_iemocap_drops():
    for corpus, cells in read_labels().classes.items():
        drops = {DROP} if corpus == "iemocap" else set()
        assert set(cells.values()) == {*CLASSES, *drops}, corpus


def test_a_users_table_is_laid_over_the_built_in_one(read_tree, tmp_path):
    table = tmp_path / "mine.toml"
    table.write_text('[ravdess]\n02 = "positive"\n')
    calm, happy = "03-01-02-01-01-01-01.wav", "03-01-03-01-01-01-01.wav"
    rows = read_tree(calm, happy, label_map=str(table)).utterances
    assert [row.emotion for row in rows] == ["positive", "positive"]
    assert read_tree(calm, happy).utterances[0].emotion == "neutral"


def test_a_dropped_label_is_a_listed_skip(read_tree, tmp_path):
    table = tmp_path / "mine.toml"
    table.write_text('[emodb]\nL = "drop"\n')
    corpora = read_tree("03a01La.wav", "03a01Fa.wav", label_map=str(table))
    assert [row.label for row in corpora.utterances] == ["F"]
    assert corpora.skipped[0].reason == "label 'L' of emodb is dropped by the mapping"


def test_a_users_table_can_teach_a_new_label(read_tree, tmp_path):
    table = tmp_path / "mine.toml"
    table.write_text('[emodb]\nX = "neutral"\n')
    (row,) = read_tree("03a01Xa.wav", label_map=str(table)).utterances
    assert row.emotion == "neutral"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[emodb]\nF = "joyful"\n', "label 'F' of 'emodb' maps to 'joyful'; expected"),
        ("[emodb]\nF = 1\n", "label 'F' of 'emodb' maps to 1; expected one of neg"),
        ("[emodb\n", "is not TOML"),
        ('F = "neutral"\n', r"'F' stands outside of a corpus. Write a \[corpus\]"),
    ],
)
def test_a_malformed_table_is_refused(tmp_path, text, message):
    table = tmp_path / "mine.toml"
    table.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_labels(str(table))


def test_a_missing_table_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"cannot be read.*Give a TOML file"):
        read_labels(str(tmp_path / "none.toml"))
