import dataclasses

from serjax.data.attributes import attribute_columns
from serjax.preparation.confounds import find_confounds
from serjax.preparation.interpretation import warn_of_confounds

BOTH = ["female", "male"]
CLASSES = ("negative", "neutral", "positive")


def warnings_of(rows, classes=CLASSES):
    columns = attribute_columns(rows)
    return warn_of_confounds(columns, find_confounds(columns), classes)


def test_the_papers_corpora_are_told_in_a_few_lines(make_rows):
    rows = [
        *make_rows("emodb", "de", BOTH),
        *make_rows("emovo", "it", BOTH),
        *make_rows("ravdess", "en", BOTH),
        *make_rows("savee", "en", ["male", "male"]),
    ]
    assert warnings_of(rows) == [
        "corpus determines language: a set of attributes with C is not independent of "
        "L.",
        "speaker determines corpus, gender and language: a set of attributes with S is "
        "not independent of C, G, L.",
        "gender has one value alone in savee (male).",
        "language and corpus coincide in emodb (de) and emovo (it): no other corpus "
        "has their value, and they have no other.",
    ]


def test_one_corpus_has_nothing_that_coincides_with_it(make_rows):
    assert warnings_of(make_rows("a", "en", BOTH * 2)) == [
        "language is en throughout: it can take no role.",
        "speaker determines gender: a set of attributes with S is not independent of "
        "G.",
    ]


def test_what_is_unknown_can_take_no_role(make_rows):
    rows = make_rows("a", None, [None, None])
    rows = [dataclasses.replace(row, speaker=None) for row in rows]
    assert warnings_of(rows) == [
        f"{name} is unknown everywhere: it can take no role."
        for name in ("speaker", "gender", "language")
    ]
    rows = make_rows("a", "en", BOTH) + make_rows("b", "de", [None, None])
    assert "gender is unknown in b, or in parts." in warnings_of(rows)


def test_an_attribute_that_tells_the_class_is_told(make_rows):
    rows = [
        dataclasses.replace(
            row, extra=(("room", "1" if row.emotion == "neutral" else "2"),)
        )
        for row in make_rows("a", "en", [*BOTH, *BOTH])
    ]
    line = "emotion determines room: what hides that from a model hides the class."
    assert line in warnings_of(rows)
    rows = [dataclasses.replace(it, extra=(("room", it.emotion),)) for it in rows]
    assert "room and emotion determine each other: they are one attribute." in (
        warnings_of(rows)
    )


def test_attributes_that_often_go_together_are_told_with_v(make_rows):
    rows = [
        dataclasses.replace(row, extra=(("room", room),))
        for row, room in zip(make_rows("a", "en", BOTH * 4), "112" * 8, strict=True)
    ]
    rows[0] = dataclasses.replace(rows[0], extra=(("room", "2"),))
    (line,) = [line for line in warnings_of(rows) if "room" in line]
    assert line.startswith("room and emotion go together: Cramer's V is 0.9")


def test_a_value_of_its_own_for_every_row_is_not_worth_a_warning(make_rows):
    rows = make_rows("a", "en", BOTH) + make_rows("b", "de", BOTH)
    told = warnings_of(rows)
    texts = [dataclasses.replace(row, extra=(("text", row.file),)) for row in rows]
    assert warnings_of(texts) == told


def test_a_class_that_a_corpus_lacks_is_told(make_rows):
    rows = make_rows("a", "en", BOTH) + make_rows("b", "en", BOTH, ["neutral"])
    assert "b has no utterance of class negative and positive." in warnings_of(rows)


def test_a_speaker_of_two_genders_is_told(make_rows):
    rows = make_rows("a", "en", BOTH)
    rows[0] = dataclasses.replace(rows[0], gender="male")
    line = "1 of the speakers has more than one gender: a/00 is female and male."
    assert line in warnings_of(rows)
