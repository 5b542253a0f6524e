import pytest

from serjax.corpora.labels import (
    ANY,
    BUILT_IN,
    DROP,
    LabelTable,
    describe_classes,
    read_labels,
)

# Per corpus: negative, neutral and positive labels of the mapping three-class.
THREE = {
    "crema-d": ("ANG DIS FEA SAD", "NEU", "HAP"),
    "emodb": ("W E A T L", "N", "F"),
    "emovo": ("rab dis pau tri", "neu", "gio sor"),
    "epst": (
        "anxiety boredom cold-anger contempt despair disgust hot-anger panic sadness "
        "shame",
        "neutral",
        "elation happy interest pride",
    ),
    "iemocap": ("ang sad fru fea dis", "neu", "hap exc sur"),
    "ravdess": ("04 05 06 07", "01 02", "03 08"),
    "savee": ("a d f sa", "n", "h su"),
    "tess": ("angry disgust fear sad", "neutral", "happy ps surprise surprised"),
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


@pytest.mark.parametrize("corpus", THREE)
def test_three_classes_have_every_label_of_a_corpus(corpus):
    cells = read_labels("three-class").cells[corpus]
    for emotion, labels in zip(CLASSES["three-class"], THREE[corpus], strict=True):
        assert {it for it in cells if cells[it] == emotion} == {*labels.split()}
    dropped = {label for label in cells if cells[label] == DROP}
    # Where IEMOCAP's raters did not agree.
    assert dropped == ({"xxx", "oth"} if corpus == "iemocap" else set())


def test_four_classes_know_the_same_labels_and_agree_on_what_is_good_and_bad():
    three, four = (read_labels(name).cells for name in BUILT_IN)
    assert {*four} - {ANY} == {*three} - {ANY} == {*THREE}
    fits = {"anger": "negative", "sadness": "negative", "happiness": "positive"}
    for corpus, labels in four.items():
        assert set(labels) == set(three[corpus])
        assert set(labels.values()) - {DROP} == set(CLASSES["four-class"]), corpus
        for label in (it for it in labels if labels[it] != DROP):
            expected = fits.get(labels[label], "neutral")
            assert three[corpus][label] == expected, (corpus, label)


@pytest.mark.parametrize(
    ("three", "four", "labels"),
    [
        ("negative", "anger", "anger,Angry,hot  anger"),
        ("positive", "happiness", "happiness,HAPPY,joy,excitement"),
        ("negative", "sadness", "sadness,sad"),
        ("negative", DROP, "fear,disgust,boredom,contempt,frustration"),
        ("positive", DROP, "surprise,Pleasant_Surprise,pleasant-surprise"),
        ("neutral", "neutral", "calm,neutral"),
        (DROP, DROP, "other"),
    ],
)
def test_common_english_names_are_known_for_any_corpus(three, four, labels):
    for label in labels.split(","):
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
    cells = '[ravdess]\n02 = "positive"\n[emodb]\nX = "neutral"\nL = "drop"\n'
    table.write_text(cells, "utf-8-sig")
    calm, happy = "03-01-02-01-01-01-01.wav", "03-01-03-01-01-01-01.wav"
    corpora = read_tree(
        *(calm, happy, "03a01Xa.wav", "03a01La.wav"), label_map=str(table)
    )
    found = {row.file: row.emotion for row in corpora.utterances}
    assert found == {calm: "positive", happy: "positive", "03a01Xa.wav": "neutral"}
    (skip,) = corpora.skipped
    assert skip.reason == "label 'L' of emodb is dropped by the mapping"
    assert corpora.notes == ()


def test_a_corpora_has_its_mappings_classes(read_tree):
    corpora = read_tree("03a01Wa.wav", "03a01Ea.wav", label_map="four-class")
    assert corpora.classes == CLASSES["four-class"]
    assert [row.emotion for row in corpora.utterances] == ["anger"]
    assert len(corpora.skipped) == 1
    assert corpora.notes == ()  # Built-in cells that match nothing are no news.


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
        (
            '[emodb]\nF = "joyful"\n',
            "label 'F' of 'emodb' maps to 'joyful'; expected one of .*Map it anew",
        ),
        ("[emodb]\nF = 1\n", "label 'F' of 'emodb' maps to 1; expected one of neg"),
        ("[emodb]\nF = {}\n", "label 'F' of 'emodb' maps to {}; expected one of neg"),
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
            "base four-class: label 'ANG' of 'crema-d' maps to 'anger'; expected one "
            "of a, b, drop",
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
