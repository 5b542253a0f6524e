"""Names and codes of languages -> ISO 639-1."""

import re

from serjax.corpora.words import is_unknown

# Code, its three-letter codes (ISO 639-2 and 639-3, with the most spoken of a group),
# English names, and codes of countries that are no language's; but kr, which is also
# Kanuri's (kau), is taken for Korea's.
_TABLE = """
af afr afrikaans; am amh amharic; ar ara arb arz arabic; as asm assamese;
az aze azj azerbaijani; be bel belarusian; bg bul bulgarian; bn ben bengali bangla;
bs bos bosnian; ca cat catalan; cs ces cze cz czech; cy cym wel welsh; da dan dk danish;
de deu ger german; el ell gre gr greek; en eng us gb english; eo epo esperanto;
es spa spanish castilian; et est ekk estonian; eu eus baq basque;
fa fas per pes persian farsi; fi fin finnish; fr fra fre french; ga gle irish;
gl glg galician; gu guj gujarati; ha hau hausa; he heb hebrew; hi hin hindi;
hr hrv croatian; hu hun hungarian; hy hye arm armenian; id ind indonesian;
ig ibo igbo; is isl ice icelandic; it ita italian; ja jpn jp japanese;
jv jav javanese; ka kat geo georgian; kk kaz kazakh; km khm khmer; kn kan kannada;
ko kor kr korean; kr kau kanuri; ku kur kurdish; lb ltz luxembourgish;
lt lit lithuanian; lv lav lvs latvian;
mk mkd mac macedonian; ml mal malayalam; mn mon khk mongolian; mr mar marathi;
ms msa may zsm malay; mt mlt maltese; my mya bur burmese; ne nep npi nepali;
nl nld dut dutch flemish; no nor nob nno norwegian; or ori ory odia;
pa pan punjabi panjabi; pl pol polish; ps pus pashto; pt por portuguese;
ro ron rum romanian; ru rus russian; si sin sinhala; sk slk slo slovak;
sl slv slovene slovenian; so som somali; sq sqi alb albanian; sr srp serbian;
sv swe swedish; sw swa swh swahili; ta tam tamil; te tel telugu; th tha thai;
tl tgl fil tagalog filipino; tr tur turkish; uk ukr ua ukrainian; ur urd urdu;
uz uzb uzn uzbek; vi vie vn vietnamese; yo yor yoruba;
zh zho chi cmn yue cn chinese mandarin cantonese; zu zul zulu
"""
_CODES = {
    name: code
    for code, *names in (entry.split() for entry in _TABLE.split(";"))
    for name in names
}


def language_code(text: str) -> str | None:
    """The language's two-letter code, without a region; None if it is unknown.

    Args:
      text: a code (`en`, `en-GB`, `eng`, or a country's, `jp`), or an English name.

    Raises:
      ValueError: it is none of these.

    Example:
      >>> language_code("en_US"), language_code("deu"), language_code("Italian")
      ('en', 'de', 'it')
    """
    name = re.split(r"[-_ (]", text.strip().lower())[0]
    if is_unknown(text) or is_unknown(name) or name == "und":
        return None
    if name not in _CODES and not re.fullmatch(r"[a-z]{2}", name):
        raise ValueError(
            f"language {text!r}; expected a code of ISO 639-1, as en or de, or an "
            "empty cell."
        )
    return _CODES.get(name, name)
