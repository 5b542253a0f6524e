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


def test_a_folder_s_name_may_hold_an_equals_sign_or_a_comma(folders, tmp_path):
    folder, pair = folders["emodb=x"], f"emodb={folders['emodb=x']}"
    assert parse_data(str(folder)) == (Folder(folder),)
    assert parse_data(pair) == (Folder(folder, "emodb"),)
    comma = tmp_path / "a,b"
    comma.mkdir()
    pairs = parse_data(f"TESS={comma},savee={tmp_path}")
    assert pairs == (Folder(comma, "tess"), Folder(tmp_path, "savee"))
    assert parse_data("") == ()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("emodb={0},emodb={0}", "emodb is named twice. Give the folder above"),
        ("emodb={0}/none", r"No such folder: .*none. Give --data a folder with"),
        ("{0}/none", r"No such folder: .*none. Give --data a folder with"),
        ("mine={0}", "mine=.*: no reader of that name; expected one of crema-d, emodb"),
        ("{0}/wav/03a01Fa.wav", "03a01Fa.wav. It is a file; unpack it"),
        ("emodb={0}/wav/03a01Fa.wav", "03a01Fa.wav. It is a file; unpack it"),
        ("savee={0}", r"None of the 1 audio files .*of a known corpus \(savee\)"),
    ],
)
def test_pairs_that_say_nothing_are_refused(folders, data, message):
    data = data.format(folders["berlin"])
    with pytest.raises(ValueError, match=message):
        read_corpora(DataSettings(data=data))
