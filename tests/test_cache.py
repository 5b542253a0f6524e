import os
import warnings
from pathlib import Path

import pytest

from serjax import cache
from serjax.cache import cache_root, lend_cache

VARIABLES = ("XDG_CACHE_HOME", "NUMBA_CACHE_DIR", "MPLCONFIGDIR")


@pytest.fixture
def homeless(monkeypatch, tmp_path):
    """A user who can write to no home, but to a temporary folder; which."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/dev/null")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    cache._spare_cache.cache_clear()
    yield tmp_path
    cache._spare_cache.cache_clear()


def test_a_cache_that_is_named_is_used():
    assert cache_root("some/where") == Path("some/where")
    assert cache_root("~/x") == Path.home() / "x"


def test_the_default_cache_follows_the_xdg_specification(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_root() == tmp_path / "serjax"
    monkeypatch.setenv("HOME", str(tmp_path))
    for ignored in ("", "relative/path"):
        monkeypatch.setenv("XDG_CACHE_HOME", ignored)
        assert cache_root() == tmp_path / ".cache" / "serjax"


def test_without_a_home_the_cache_is_temporary_and_told_of_once(homeless):
    spare = homeless / f"serjax-cache-{os.getuid()}"
    with pytest.warns(UserWarning, match=rf"cannot be written; {spare} .* --cache_dir"):
        assert cache_root() == spare / "serjax"
    with warnings.catch_warnings(action="error"):
        assert cache_root() == spare / "serjax"
        lend_cache()
    assert spare.stat().st_mode & 0o777 == 0o700
    assert os.environ["XDG_CACHE_HOME"] == str(spare)
    assert cache_root() == spare / "serjax"


def test_a_home_that_is_not_known_is_none(homeless, monkeypatch):
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    with pytest.warns(UserWarning, match="cannot be written"):
        assert cache_root().is_relative_to(homeless)


def test_libraries_are_lent_a_part_of_the_cache_where_the_home_has_none(
    homeless, tmp_path
):
    lend_cache(str(tmp_path / "mine"))
    lent = tmp_path / "mine" / "libraries"
    assert [os.environ[name] for name in VARIABLES] == [
        str(lent),
        str(lent / "numba"),
        str(lent / "matplotlib"),
    ]
    assert not [it for it in homeless.iterdir() if it.name.startswith("serjax-cache")]


def test_what_a_user_chose_stays(homeless, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(homeless / "numba"))
    lend_cache(str(homeless / "mine"))
    assert os.environ["NUMBA_CACHE_DIR"] == str(homeless / "numba")


def test_nothing_is_lent_where_the_home_can_be_written(monkeypatch, tmp_path):
    for name in VARIABLES[1:]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    lend_cache()
    assert not {*VARIABLES[1:]} & {*os.environ}


def test_a_temporary_folder_of_another_user_is_not_taken(homeless, monkeypatch):
    monkeypatch.setattr("os.getuid", lambda: 12345)
    (homeless / "serjax-cache-12345").symlink_to(homeless)
    with pytest.raises(OSError, match="is another user's; give --cache_dir"):
        cache_root()


def test_a_cache_that_cannot_be_written_is_told_before_libraries_need_it(homeless):
    with pytest.raises(OSError, match="/dev/null"):
        lend_cache("/dev/null")
