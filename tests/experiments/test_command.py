import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import experiments

FOLDER = Path(experiments.__file__).parent
# As a wheel installs it: serjax is found, and no `experiments`.
UNDER_ANOTHER_NAME = f"""
import importlib.util, sys
file = "{FOLDER}/__init__.py"
sys.path.insert(0, "site")
spec = importlib.util.spec_from_file_location("serjax_scripts", file)
sys.modules["serjax_scripts"] = module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
from serjax_scripts.__main__ import main
main()
"""


def run(folder, *words):
    return subprocess.run(
        [sys.executable, *map(str, words)],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=60,
    )


@pytest.mark.parametrize("name", ["train", "export"])
def test_a_script_runs_by_its_path_from_any_folder(tmp_path, name):
    done = run(tmp_path, FOLDER / f"{name}.py", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"python -m experiments.{name}" in done.stdout


def test_the_command_runs_a_script_beside_a_folder_named_experiments(tmp_path):
    _install(tmp_path)
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "__init__.py").write_text("raise SystemExit(9)\n")
    done = run(tmp_path, "-c", UNDER_ANOTHER_NAME, "report", "--workdir=nowhere")
    assert done.returncode == 2
    assert "nowhere holds no study" in done.stderr


def test_the_command_names_the_scripts(tmp_path):
    _install(tmp_path)
    done = run(tmp_path, "-c", UNDER_ANOTHER_NAME, "--help")
    assert done.returncode == 0
    names = "prepare, train, study, tune, report, embed, predict, export"
    assert names in done.stdout
    done = run(FOLDER.parent, "-m", "experiments", "tran")
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: serjax SCRIPT" in done.stderr


def _install(folder):
    (folder / "site").mkdir()
    (folder / "site" / "serjax").symlink_to(FOLDER.parent / "serjax")


def test_the_wheel_has_every_room():
    root = FOLDER.parent
    listed = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]
    rooms = (it.parent for it in (root / "serjax").rglob("__init__.py"))
    names = {".".join(it.relative_to(root).parts) for it in rooms}
    assert {*listed["packages"]} == names | {"serjax_scripts"}
