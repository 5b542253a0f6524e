import pathlib

import pytest

import serjax
from serjax.paths import expand


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_a_tilde_is_the_home_and_all_else_stays(home):
    assert expand("~") == str(home)
    assert expand("~/a b/[1]") == f"{home}/a b/[1]"
    assert expand(pathlib.Path("~/x")) == f"{home}/x"
    for path in ("", "x/~", "./~/x", "/x//y/..", " x ", "a\nb", "[a]*?\\{}%#:'\"", "ä"):
        assert expand(path) == path


def test_settings_with_a_tilde_name_folders_in_the_home(home):
    config = serjax.make_config(workdir="~/run", cache_dir="~/cache")
    assert config.run.workdir == f"{home}/run"
    assert config.run.cache_dir == f"{home}/cache"
    assert config.replace(workdir="~/b").run.workdir == f"{home}/b"


def test_the_library_takes_a_tilde_wherever_it_takes_a_folder(home):
    with pytest.raises(ValueError, match=f"^{home}/study holds no study"):
        serjax.report("~/study")
    with pytest.raises(ValueError, match=f"^{home}/run holds no finished run"):
        serjax.embed("~/run", serjax.make_config())


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "~nobody-here/x",
            r"workdir='~nobody-here/x': no home .* ~nobody-here; .* \./",
        ),
        ("gs://bucket/run", "workdir='gs://bucket/run': only folders of this machine"),
        ("a\0b", r"workdir='a\\x00b': a path holds no zero byte"),
    ],
)
def test_a_path_that_no_file_system_has_is_refused(path, message):
    with pytest.raises(ValueError, match=message):
        serjax.make_config(workdir=path)


def test_a_folder_that_begins_with_a_tilde_and_is_there_is_taken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "~old").mkdir()
    assert expand("~old") == "~old"


def test_without_a_home_a_tilde_is_an_error(monkeypatch):
    monkeypatch.setattr(
        "os.path.expanduser", lambda path: path
    )  # as of an unknown user
    with pytest.raises(ValueError, match="no home folder is known for ~; .* ./~/run"):
        expand("~/run", "workdir")
