from pathlib import Path

from serjax.cache import cache_root


def test_a_cache_that_is_named_is_used():
    assert cache_root("some/where") == Path("some/where")
    assert cache_root("~/x") == Path.home() / "x"


def test_the_default_cache_follows_the_xdg_specification(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_root() == tmp_path / "serjax"
    for ignored in ("", "relative/path"):
        monkeypatch.setenv("XDG_CACHE_HOME", ignored)
        assert cache_root() == Path.home() / ".cache" / "serjax"
