import os
from collections import Counter

import pytest

from serjax.config import DataSettings
from serjax.corpora import Corpora, read_corpora


@pytest.fixture(scope="module")
def corpora() -> Corpora:
    folder = os.environ.get("SERJAX_CORPORA")
    if not folder:
        pytest.skip("SERJAX_CORPORA names no folder with RAVDESS and Emo-DB")
    return read_corpora(DataSettings(data=folder))


def rows_of(corpora: Corpora, corpus: str):
    return [row for row in corpora.utterances if row.corpus == corpus]


def test_nothing_real_is_skipped(corpora):
    assert corpora.corpora == ("emodb", "ravdess")
    assert corpora.skipped == ()


def test_ravdess_has_its_documented_counts(corpora):
    rows = rows_of(corpora, "ravdess")
    labels = Counter(row.label for row in rows)
    assert labels == {"01": 96, **{f"{code:02d}": 192 for code in range(2, 9)}}
    emotions = Counter(row.emotion for row in rows)
    assert emotions == {"negative": 768, "positive": 384, "neutral": 288}
    speakers = {(row.speaker, row.gender) for row in rows}
    genders = Counter(gender for _, gender in speakers)
    assert genders == {"female": 12, "male": 12}
    assert {row.language for row in rows} == {"en"}


def test_emodb_has_its_documented_counts(corpora):
    rows = rows_of(corpora, "emodb")
    labels = Counter(row.label for row in rows)
    assert labels == {"W": 127, "L": 81, "E": 46, "A": 69, "F": 71, "N": 79, "T": 62}
    emotions = Counter(row.emotion for row in rows)
    assert emotions == {"negative": 385, "neutral": 79, "positive": 71}
    speakers = {(row.speaker, row.gender) for row in rows}
    genders = Counter(gender for _, gender in speakers)
    assert genders == {"female": 5, "male": 5}
    assert {row.language for row in rows} == {"de"}
