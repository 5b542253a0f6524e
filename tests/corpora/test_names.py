import pytest

from serjax.config import DataSettings
from serjax.corpora import make_readers
from serjax.corpora.labels import ANY
from serjax.corpora.names import (
    RESERVED,
    check_names,
    known_name,
    official_files,
    read_official,
)
from serjax.data.splits import PARTS, resolve_ood


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Emo-DB", "emodb"),
        ("crema d", "crema-d"),
        ("IEMOCAP", "iemocap"),
        ("RAVDESS song", "RAVDESS song"),
    ],
)
def test_a_known_corpus_has_one_name(written, name):
    assert known_name(written) == name


def test_names_of_parts_and_of_the_table_of_all_labels_are_reserved():
    assert {*PARTS, ANY} == set(RESERVED)


def test_a_reader_s_corpus_may_not_have_the_name_of_a_part():
    with pytest.raises(ValueError, match="named 'Test', which is reserved"):
        resolve_ood(None, ("Test", "mine"))


def test_names_that_differ_by_more_than_case_are_told_apart():
    check_names(("mine", "mine-2", "yours"))
    with pytest.raises(ValueError, match="'Yours' and 'yours', which differ only"):
        check_names(("Yours", "mine", "yours"))


def test_every_reader_s_corpus_has_a_published_count():
    corpora = {reader.corpus for reader in make_readers(DataSettings())}
    assert set(read_official()) == corpora | {"ravdess-song"}
    assert all(official_files(corpus) for corpus in corpora)


def test_ravdess_has_more_with_song_and_others_do_not():
    assert official_files("ravdess", ravdess_song=True) == 1440 + 23 * 44
    assert official_files("tess", ravdess_song=True) == 2800


def test_a_corpus_of_one_s_own_has_no_published_count():
    assert official_files("mine") is None
    assert official_files("ravdess-song") is None
