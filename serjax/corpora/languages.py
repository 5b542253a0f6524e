"""Names and codes of languages -> ISO 639-1."""

import re

from serjax.corpora.unknown import is_unknown

# Code, its three-letter codes (ISO 639-2 and 639-3, with the most spoken of a group),
# and English names.
_TABLE = """
af afr afrikaans; am amh amharic; ar ara arb arz arabic; as asm assamese;
az aze azj azerbaijani; be bel belarusian; bg bul bulgarian; bn ben bengali bangla;
bs bos bosnian; ca cat catalan; cs ces cze czech; cy cym wel welsh; da dan danish;
de deu ger german; el ell gre greek; en eng english; eo epo esperanto;
es spa spanish castilian; et est ekk estonian; eu eus baq basque;
fa fas per pes persian farsi; fi fin finnish; fr fra fre french; ga gle irish;
gl glg galician; gu guj gujarati; ha hau hausa; he heb hebrew; hi hin hindi;
hr hrv croatian; hu hun hungarian; hy hye arm armenian; id ind indonesian;
ig ibo igbo; is isl ice icelandic; it ita italian; ja jpn japanese; jv jav javanese;
ka kat geo georgian; kk kaz kazakh; km khm khmer; kn kan kannada; ko kor korean;
ku kur kurdish; lb ltz luxembourgish; lt lit lithuanian; lv lav lvs latvian;
mk mkd mac macedonian; ml mal malayalam; mn mon khk mongolian; mr mar marathi;
ms msa may zsm malay; mt mlt maltese; my mya bur burmese; ne nep npi nepali;
nl nld dut dutch flemish; no nor nob nno norwegian; or ori ory odia;
pa pan punjabi panjabi; pl pol polish; ps pus pashto; pt por portuguese;
ro ron rum romanian; ru rus russian; si sin sinhala; sk slk slo slovak;
sl slv slovene slovenian; so som somali; sq sqi alb albanian; sr srp serbian;
sv swe swedish; sw swa swh swahili; ta tam tamil; te tel telugu; th tha thai;
tl tgl fil tagalog filipino; tr tur turkish; uk ukr ukrainian; ur urd urdu;
uz uzb uzn uzbek; vi vie vietnamese; yo yor yoruba;
zh zho chi cmn yue chinese mandarin cantonese; zu zul zulu
"""
_CODES = {
    name: code
    for code, *names in (entry.split() for entry in _TABLE.split(";"))
    for name in names
}


# Codes of countries that are no language's.
_COUNTRIES = {
    **{"cn": "zh", "cz": "cs", "dk": "da", "gr": "el", "jp": "ja", "ua": "uk"},
    **{"au": "en", "gb": "en", "us": "en", "vn": "vi"},
}
# Codes of languages that are better known as countries': the language, and the other.
_MISTAKABLE = {"kr": ("Kanuri", "Korean is ko"), "se": ("Sami", "Swedish is sv")}


def language_code(text: str) -> str | None:
    """The language's two-letter code, without a region; None if it is unknown.

    Args:
      text: a code (`en`, `en-GB`, `eng`), an English name (`English`), or a country's
        code that is no language's (`jp`).

    Raises:
      ValueError: it is none of these.

    Example:
      >>> language_code("en_US"), language_code("deu"), language_code("Italian")
      ('en', 'de', 'it')
    """
    name = _first_word(text)
    if is_unknown(text) or name in ("", "unknown", "und"):
        return None
    if re.fullmatch(r"[a-z]{2}", name):
        return _COUNTRIES.get(name, name)
    if name not in _CODES:
        raise ValueError(
            f"language {text!r}; expected a code of ISO 639-1, as en or de, or an "
            "empty cell"
        )
    return _CODES[name]


def language_note(text: str) -> str:
    """Say where a code may mean another language than was thought; '' elsewhere."""
    name = _first_word(text)
    if name in _COUNTRIES:
        return f"language {text!r}, a country's code, is taken as {_COUNTRIES[name]!r}"
    if name in _MISTAKABLE:
        language, other = _MISTAKABLE[name]
        return f"language {text!r} is {language} by ISO 639-1; {other}"
    return ""


def _first_word(text: str) -> str:
    return re.split(r"[-_ (]", text.strip().lower())[0]
