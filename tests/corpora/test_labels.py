import pytest

from serjax.corpora.labels import (
    ANY,
    BUILT_IN,
    DROP,
    LabelTable,
    describe_classes,
    read_labels,
)

NUM_LABELS = {
    "crema-d": 6,
    "emodb": 7,
    "emovo": 7,
    "epst": 15,
    "iemocap": 11,
    "ravdess": 8,
    "savee": 7,
    "tess": 9,  # Seven, and two spellings of pleasant surprise.
}
CLASSES = {
    "three-class": ("negative", "neutral", "positive"),
    "four-class": ("anger", "happiness", "neutral", "sadness"),
}


@pytest.fixture
def read(tmp_path):
    """Reads a mapping of this text."""

    def read(text: str) -> LabelTable:
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return read_labels(str(path))

    return read


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_mapping_has_every_label_of_all_eight_corpora(name):
    cells = dict(read_labels(name).cells)
    del cells[ANY]
    assert {corpus: len(labels) for corpus, labels in cells.items()} == NUM_LABELS


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_corpus_has_all_classes(name):
    table = read_labels(name)
    assert table.classes == CLASSES[name]
    for corpus, labels in table.cells.items():
        assert set(labels.values()) - {DROP} == set(CLASSES[name]), corpus


def test_three_classes_drop_only_what_iemocaps_raters_did_not_agree_on():
    cells = dict(read_labels("three-class").cells)
    del cells[ANY]
    dropped = {(c, k) for c, it in cells.items() for k in it if it[k] == DROP}
    assert dropped == {("iemocap", "xxx"), ("iemocap", "oth")}


def test_both_mappings_know_the_same_labels():
    three, four = (read_labels(name).cells for name in BUILT_IN)
    assert {c: set(it) for c, it in three.items()} == {
        c: set(it) for c, it in four.items()
    }


def test_four_classes_agree_with_three_on_what_is_good_and_bad():
    three, four = (read_labels(name).cells for name in BUILT_IN)
    fits = {"anger": "negative", "sadness": "negative", "happiness": "positive"}
    for corpus, labels in four.items():
        for label, emotion in labels.items():
            if emotion != DROP:
                expected = fits.get(emotion, "neutral")
                assert three[corpus][label] == expected, (corpus, label)


@pytest.mark.parametrize(
    ("corpus", "label", "three", "four"),
    [
        ("crema-d", "ANG", "negative", "anger"),
        ("emodb", "L", "negative", DROP),
        ("emovo", "gio", "positive", "happiness"),
        ("epst", "hot-anger", "negative", "anger"),
        ("epst", "pride", "positive", DROP),
        ("iemocap", "exc", "positive", "happiness"),
        ("iemocap", "fru", "negative", DROP),
        ("ravdess", "02", "neutral", "neutral"),
        ("savee", "sa", "negative", "sadness"),
        ("tess", "ps", "positive", DROP),
    ],
)
def test_a_corpuss_own_label_has_its_class(corpus, label, three, four):
    assert read_labels("three-class").emotion(corpus, label, "a.wav") == three
    assert read_labels("four-class").emotion(corpus, label, "a.wav") == four


@pytest.mark.parametrize(
    ("label", "three", "four"),
    [
        ("anger", "negative", "anger"),
        ("Angry", "negative", "anger"),
        ("happiness", "positive", "happiness"),
        ("HAPPY", "positive", "happiness"),
        ("joy", "positive", "happiness"),
        ("sadness", "negative", "sadness"),
        ("sad", "negative", "sadness"),
        ("fear", "negative", DROP),
        ("disgust", "negative", DROP),
        ("surprise", "positive", DROP),
        ("Pleasant_Surprise", "positive", DROP),
        ("pleasant-surprise", "positive", DROP),
        ("calm", "neutral", "neutral"),
        ("boredom", "negative", DROP),
        ("contempt", "negative", DROP),
        ("excitement", "positive", "happiness"),
        ("frustration", "negative", DROP),
        ("neutral", "neutral", "neutral"),
        ("hot  anger", "negative", "anger"),
        ("other", DROP, DROP),
    ],
)
def test_common_english_names_are_known_for_any_corpus(label, three, four):
    assert read_labels("three-class").emotion("mine", label, "a.wav") == three
    assert read_labels("four-class").emotion("mine", label, "a.wav") == four


def test_a_corpuss_own_table_goes_before_the_common_names(read):
    table = read('[mine]\ncalm = "positive"\n')
    assert table.emotion("mine", "calm", "a.wav") == "positive"
    assert table.emotion("mine", "Calm", "a.wav") == "neutral"
    assert table.emotion("other", "calm", "a.wav") == "neutral"


def test_common_names_can_be_mapped_anew_in_any_spelling(read):
    table = read('[any]\nPleasant_Surprise = "drop"\nhangry = "negative"\n')
    assert table.emotion("mine", "pleasant surprise", "a.wav") == DROP
    assert table.emotion("mine", "Hangry", "a.wav") == "negative"
    assert table.emotion("mine", "happy", "a.wav") == "positive"


def test_an_unknown_label_is_refused_with_what_to_do():
    message = (
        r"No class for label 'cold feet' of corpus 'my own', met in a.wav; known are "
        r'common English names. Map it in a TOML file, \["my own"\] with the line '
        r'"cold feet" = "anger" \(or another class, or "drop"\), and give that file'
    )
    with pytest.raises(ValueError, match=message):
        read_labels("four-class").emotion("my own", "cold feet", "a.wav")
    message = r"known are A, E, F, L, N, T, W, common English.*\[emodb\].*line X = "
    with pytest.raises(ValueError, match=message):
        read_labels().emotion("emodb", "X", "a.wav")


def test_an_empty_label_map_is_the_default():
    assert read_labels("") == read_labels() == read_labels("three-class")


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


def test_a_corpora_has_its_mappings_classes(read_tree):
    corpora = read_tree("03a01Wa.wav", "03a01Ea.wav", label_map="four-class")
    assert corpora.classes == CLASSES["four-class"]
    assert [row.emotion for row in corpora.utterances] == ["anger"]
    reasons = [skip.reason for skip in corpora.skipped]
    assert reasons == ["label 'E' of emodb is dropped by the mapping"]


def test_a_users_table_can_be_laid_over_four_class(read):
    table = read('base = "four-class"\n[emodb]\nE = "anger"\n')
    assert table.classes == CLASSES["four-class"]
    assert table.emotion("emodb", "E", "a.wav") == "anger"
    assert table.emotion("emodb", "W", "a.wav") == "anger"


def test_a_users_table_with_classes_stands_alone(read):
    table = read('classes = ["low", "high"]\n[emodb]\nW = "high"\nT = "low"\n')
    assert table.classes == ("low", "high")
    assert dict(table.cells) == {"emodb": {"W": "high", "T": "low"}}
    message = r"label 'happy' of corpus 'mine', met in a.wav; known are none.*= \"low\""
    with pytest.raises(ValueError, match=message):
        table.emotion("mine", "happy", "a.wav")


def test_a_users_classes_can_extend_those_of_the_base(read):
    table = read(
        'classes = ["anger", "fear", "happiness", "neutral", "sadness"]\n'
        'base = "four-class"\n[emodb]\nA = "fear"\n'
    )
    assert len(table.classes) == 5
    assert table.emotion("emodb", "A", "a.wav") == "fear"
    assert table.emotion("emodb", "W", "a.wav") == "anger"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[emodb]\nF = "joyful"\n', "label 'F' of 'emodb' maps to 'joyful'; expected"),
        ("[emodb]\nF = 1\n", "label 'F' of 'emodb' maps to 1; expected one of neg"),
        ("[emodb]\nF = {}\n", "label 'F' of 'emodb' maps to {}; expected one of neg"),
        (
            '[emodb]\nF = "anger"\n',
            "Other classes come with base or classes at the top",
        ),
        ("[emodb\n", "is not TOML"),
        ('F = "neutral"\n', r"'F' stands outside of a corpus. Write a \[corpus\]"),
        (
            'base = "two-class"\n',
            "base is 'two-class'; expected one of three-class, fo",
        ),
        ("base = 3\n", "base is 3; expected one of three-class"),
        ("classes = 3\n", "classes is 3; expected a list of two names or more"),
        ('classes = "anger"\n', "classes is 'anger'; expected a list"),
        ("classes = []\n", r"classes is \[\]; expected a list of two"),
        ('classes = ["anger"]\n', "expected a list of two names or more"),
        ("[classes]\n", "classes is {}; expected a list"),
        ('classes = ["a", "b", "a"]\n', "class 'a' is named twice"),
        ('classes = ["a", 1]\n', "1 cannot name a class"),
        ('classes = ["a", "drop"]\n', "'drop' cannot name a class"),
        ('classes = ["a", ""]\n', "'' cannot name a class"),
        ('classes = ["a", "b,c"]\n', "'b,c' cannot name a class; expected letters"),
        ('classes = ["a", "b|c"]\n', "'b|c' cannot name a class"),
        ('classes = ["a", "b\\n"]\n', "cannot name a class"),
        ('classes = ["a", " b"]\n', "' b' cannot name a class"),
        (
            'classes = ["a", "b"]\nbase = "four-class"\n',
            "base four-class maps label 'ANG' of 'crema-d' to 'anger', which is none "
            "of the file's own classes, a, b",
        ),
        ('[any]\n"a b" = "neutral"\na_B = "neutral"\n', r"\[any\] has a label twice"),
    ],
)
def test_a_malformed_table_is_refused(read, text, message):
    with pytest.raises(ValueError, match=message.replace("|", r"\|")) as refused:
        read(text)
    assert "mine.toml" in str(refused.value)


def test_a_missing_table_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"cannot be read.*Give a TOML file"):
        read_labels(str(tmp_path / "none.toml"))


def test_classes_are_described_with_their_number():
    expected = "Classes: 4 (anger, happiness, neutral, sadness)"
    assert describe_classes(read_labels("four-class").classes) == expected


def test_a_users_map_may_begin_with_a_byte_order_mark(tmp_path):
    table = tmp_path / "mine.toml"
    table.write_text('[emodb]\nL = "drop"\n', "utf-8-sig")
    assert read_labels(str(table)).emotion("emodb", "L", "a.wav") == DROP


def test_a_users_cells_that_match_nothing_are_told(read_tree, tmp_path):
    table = tmp_path / "mine.toml"
    table.write_text(
        '[ravdess]\n2 = "drop"\ncalm = "drop"\n03 = "neutral"\n'
        '[emo-db]\nL = "drop"\n["my own"]\nx = "drop"\n[any]\nhangry = "drop"\n'
    )
    files = ("03-01-02-01-01-01-01.wav", "03-01-03-01-01-01-01.wav", "03a01La.wav")
    assert read_tree(*files, label_map=str(table)).notes == (
        'mine.toml: [emo-db], ["my own"]: no such corpus here; present: emodb, ravdess',
        "mine.toml: [ravdess] 2, calm matched no recording; labels met there are "
        "02, 03",
    )


def test_a_cell_that_drops_all_of_a_corpus_is_used(read_tree, tmp_path):
    table = tmp_path / "mine.toml"
    table.write_text('[emodb]\nL = "drop"\n')
    files = ("03-01-02-01-01-01-01.wav", "03a01La.wav")
    assert read_tree(*files, label_map=str(table)).notes == ()


@pytest.mark.parametrize("label_map", BUILT_IN)
def test_built_in_cells_that_match_nothing_are_no_news(read_tree, label_map):
    assert read_tree("03a01Na.wav", label_map=label_map).notes == ()


@pytest.mark.parametrize("name", ["own/OA_test_calm.wav", "OAF_back_bored.wav"])
def test_readers_know_a_corpuss_own_labels_alone(read_tree, name):
    message = r"corpus 'tess', met in .*known are angry.*; or rename it if it is none"
    with pytest.raises(ValueError, match=message) as refused:
        read_tree("03a01Fa.wav", name)
    assert "common English names" not in str(refused.value)


def test_readers_of_other_corpora_know_the_common_names_too(read):
    for table in (read_labels(), read('[lund]\nweird = "drop"\n')):
        assert table.emotion("lund", "Happy", "a.wav", common=False) == "positive"


def test_an_unknown_label_of_a_table_is_mended_in_its_row():
    with pytest.raises(ValueError, match=r"met in my.csv line 7.*; or mend that row\."):
        read_labels().emotion("mine", "hungry", "my.csv line 7")
