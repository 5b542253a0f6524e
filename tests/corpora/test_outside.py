"""A manifest's files lie in its folder or in --data, unless it is allowed otherwise."""

import os

import pytest

from serjax.config import DataSettings
from serjax.corpora.tree import read_corpora
from tests.corpora.tables import KINDS, write_table

# audformat's own.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def mine(tmp_path):
    """A folder with a recording, and one beside it."""
    for name in ("mine/a.wav", "other/secret.wav"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    return tmp_path / "mine"


def read(mine, file, kind="csv", **settings):
    """Read a manifest of some kind that lists a.wav and another file."""
    rows = [("a.wav", "happy", "1"), (file, "sad", "1")]
    manifest = write_table(mine, kind, rows)
    return read_corpora(DataSettings(manifest=(manifest,), **settings))


@pytest.mark.parametrize("kind", KINDS)
def test_an_absolute_path_outside_is_refused_unless_it_is_allowed(mine, kind, tmp_path):
    # EmoBox's and Kaldi's folders reach three up: this one is farther.
    deep = tmp_path / "a" / "b" / "c" / "d"
    deep.mkdir(parents=True)
    (mine / "a.wav").rename(deep / "a.wav")
    file = str(mine.parent / "other" / "secret.wav")
    with pytest.raises(ValueError, match="1 of its files lie outside.*allow_outside"):
        read(deep, file, kind)
    assert len(read(deep, file, kind, allow_outside_data=True).utterances) == 2


@pytest.mark.parametrize(
    "file",
    [
        *("../other/secret.wav", "x/../../other/secret.wav", "..\\other\\secret.wav"),
        *("link/../../other/secret.wav", "./.././other//secret.wav"),
    ],
)
def test_a_way_up_is_refused_unless_it_is_allowed(mine, file):
    (mine / "link").symlink_to(mine.parent / "other")
    with pytest.raises(ValueError, match="1 of its files lie outside"):
        read(mine, file)
    assert len(read(mine, file, allow_outside_data=True).utterances) == 2
    # And it is inside where the data are.
    assert len(read(mine, file, data=str(mine.parent)).utterances) == 2


@pytest.mark.parametrize(
    "file",
    [
        *("~/secret.wav", "~root/secret.wav", "$HOME/secret.wav", "C:\\secret.wav"),
        *(
            "\\\\host\\share\\secret.wav",
            "//host/share/secret.wav",
            "other\n/secret.wav",
        ),
        *("file:///etc/passwd", "pipe.wav", "zero.wav", "/dev/zero"),
        *("/dev/stdin", "/proc/self/fd/0", "x" * 5000),
    ],
)
@pytest.mark.parametrize("allowed", [False, True])
def test_what_is_no_recording_is_a_skip_and_nothing_is_waited_for(mine, file, allowed):
    os.mkfifo(mine / "pipe.wav")
    (mine / "zero.wav").symlink_to("/dev/zero")
    found = read(mine, file, allow_outside_data=allowed)
    assert [row.file for row in found.utterances] == ["a.wav"]
    (skip,) = found.skipped
    assert "no such file" in skip.reason


def test_pipes_beside_recordings_are_not_waited_for(mine):
    os.rename(mine / "a.wav", mine / "03a01Fa.wav")
    os.mkfifo(mine / "03a01Nc.wav")
    for name in ("VideoDemographics.csv", "Ses01F_impro01.txt", "cc_001.txt"):
        os.mkfifo(mine / name)
    assert len(read_corpora(DataSettings(data=str(mine))).utterances) == 2
