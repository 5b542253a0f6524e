import pytest

from serjax.corpora.languages import language_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *[("en", "en"), ("EN", "en"), ("en-GB", "en"), ("en_US", "en"), ("eng", "en")],
        *[("English", "en"), ("English (UK)", "en"), ("deu", "de"), ("ger", "de")],
        *[("fra", "fr"), ("fre", "fr"), ("Italian", "it"), ("cmn", "zh"), ("uk", "uk")],
        *[("", None), ("und", None), ("unknown", None), ("N/A", None), ("?", None)],
        # Codes of countries, but for those that are languages', as Sami's.
        *[("jp", "ja"), ("CN", "zh"), ("gr", "el"), ("cz", "cs"), ("dk", "da")],
        *[("kr", "ko"), ("Kanuri", "kr"), ("se", "se"), ("uk", "uk"), ("zh-CN", "zh")],
    ],
)
def test_a_language_has_one_code_however_it_is_written(text, code):
    assert language_code(text) == code


@pytest.mark.parametrize("text", ["klingon", "xxx", "e", "1", "deutsch?"])
def test_what_is_no_language_is_refused(text):
    with pytest.raises(ValueError, match="expected a code of ISO 639-1") as caught:
        language_code(text)
    assert repr(text) in str(caught.value)
