from pathlib import Path

import pytest

from serjax.config import DataSettings
from serjax.corpora import Skip, read_corpora
from serjax.corpora.sources import Folder, parse_data

HAPPY = "03-01-03-01-01-01-01.wav"


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Two folders, one with a stranger, and one whose name looks like a pair."""
    files = {
        "actors": [f"Actor_01/{HAPPY}", "rain.wav", "03a01Fa.wav"],
        "berlin": ["wav/03a01Fa.wav"],
        "emodb=x": ["03a01Wa.wav"],
    }
    for folder, names in files.items():
        for name in names:
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
    return {folder: tmp_path / folder for folder in files}


def test_pairs_are_joined_under_the_names_of_their_corpora(folders):
    data = f"ravdess={folders['actors']}, emodb={folders['berlin']}"
    corpora = read_corpora(DataSettings(data=data))
    assert [row.file for row in corpora.utterances] == [
        "emodb/wav/03a01Fa.wav",
        f"ravdess/Actor_01/{HAPPY}",
    ]
    assert {row.corpus for row in corpora.utterances} == {"emodb", "ravdess"}
    for row in corpora.utterances:
        assert Path(corpora.paths[row.file]).read_text() in row.file


def test_of_a_pair_s_folder_no_other_corpus_is_read(folders):
    corpora = read_corpora(DataSettings(data=f"ravdess={folders['actors']}"))
    assert corpora.corpora == ("ravdess",)
    assert corpora.skipped == (
        Skip("ravdess/03a01Fa.wav", "its name is none of ravdess"),
        Skip("ravdess/rain.wav", "its name is none of ravdess"),
    )


def test_of_what_is_found_corpora_may_be_named(folders):
    data = f"ravdess={folders['actors']},emodb={folders['berlin']}"
    corpora = read_corpora(DataSettings(data=data, corpora=("Emo-DB",)))
    assert {row.corpus for row in corpora.utterances} == {"emodb"}
    with pytest.raises(ValueError, match="corpora=emo: no corpus 'emo' in the data"):
        read_corpora(DataSettings(data=data, corpora=("emo",)))


def test_copies_in_a_pair_s_folder_bear_its_name(folders):
    again = folders["berlin"] / "again" / "03a01Fa.wav"
    again.parent.mkdir()
    again.write_text("wav/03a01Fa.wav")
    corpora = read_corpora(DataSettings(data=f"emodb={folders['berlin']}"))
    kept, copy = "emodb/again/03a01Fa.wav", "emodb/wav/03a01Fa.wav"
    assert corpora.copies == {copy: kept}
    assert corpora.skipped == (Skip(copy, f"same recording as {kept}", "emodb"),)
    assert {kept, copy} <= set(corpora.paths)


def test_a_folder_whose_name_holds_an_equals_sign_is_a_folder(folders):
    assert parse_data(str(folders["emodb=x"])) == (Folder(folders["emodb=x"]),)
    pair = f"emodb={folders['emodb=x']}"
    assert parse_data(pair) == (Folder(folders["emodb=x"], "emodb"),)


def test_a_pair_may_name_a_folder_with_a_comma(tmp_path: Path):
    folder = tmp_path / "a,b"
    folder.mkdir()
    pairs = parse_data(f"TESS={folder},savee={tmp_path}")
    assert pairs == (Folder(folder, "tess"), Folder(tmp_path, "savee"))


def test_an_archive_is_no_folder(tmp_path: Path):
    (tmp_path / "emodb.zip").touch()
    for data in ("{}", "emodb={}"):
        with pytest.raises(ValueError, match="emodb.zip. It is a file; unpack it"):
            parse_data(data.format(tmp_path / "emodb.zip"))


def test_no_data_is_no_folder():
    assert parse_data("") == ()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("emodb={0},emodb={0}", "emodb is named twice. Give the folder above"),
        ("emodb={0}/none", r"No such folder: .*none. Give --data a folder with"),
        ("{0}/none", r"No such folder: .*none. Give --data a folder with"),
        ("mine={0}", "mine=.*: no reader of that name; expected one of crema-d, emodb"),
        ("savee={0}", r"None of the 1 audio files .*of a known corpus \(savee\)"),
    ],
)
def test_pairs_that_say_nothing_are_refused(folders, data, message):
    data = data.format(folders["berlin"])
    with pytest.raises(ValueError, match=message):
        read_corpora(DataSettings(data=data))


def test_the_name_of_a_file_leads_back_to_it(folders):
    folder = Folder(folders["berlin"], "emodb")
    name = folder.name("wav/03a01Fa.wav")
    assert Path(str(folder.locate(name))).is_file()
    assert folder.locate("ravdess/wav/03a01Fa.wav") is None
