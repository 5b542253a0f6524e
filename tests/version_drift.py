"""The tests with the lowest and with the newest versions that pyproject.toml allows.

Run by hand, for it installs all that serjax needs, twice; what came is in
docs/measurements.md:

  python -m tests.version_drift lowest
  python -m tests.version_drift newest

What serjax names is held to its lower bound by constraints; what those packages bring
with them is the newest that they allow. There a deprecation is told and is no failure:
old packages meet new ones, and that is not serjax's to mend.
"""

import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]


def requirements() -> list[Requirement]:
    """What serjax and its tests require, as pyproject.toml says it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    texts = project["dependencies"] + project["optional-dependencies"]["test"]
    return [Requirement(text) for text in texts]


def lowest(requirement: Requirement) -> str:
    """A constraint to the lowest version that a requirement allows."""
    (bound,) = (it.version for it in requirement.specifier if it.operator == ">=")
    return f"{requirement.name}=={bound}"


def main(which: str) -> int:
    """Install, test, print the versions; return pytest's exit code."""
    named = requirements()
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        constraints = Path(folder) / "constraints.txt"
        lines = [lowest(it) for it in named] if which == "lowest" else []
        constraints.write_text("\n".join(lines))
        install = [python, "-m", "pip", "install", "--quiet", "-c", str(constraints)]
        subprocess.run([*install, "-e", f"{ROOT}[test]"], check=True)
        tests = [python, "-m", "pytest", "-n", "2", "-q", "-p", "no:cacheprovider"]
        tests += ["-W", "default::DeprecationWarning"]
        done = subprocess.run(tests, cwd=ROOT)
        show = "import importlib.metadata as m, sys; print(sys.version.split()[0], *"
        show += "(f'{it} {m.version(it)}' for it in sys.argv[1:]), sep=', ')"
        names = ("jaxlib", "tensorstore", *(it.name for it in named))
        used = [python, "-c", show, *names]
        found = subprocess.run(used, check=True, stdout=subprocess.PIPE, text=True)
    print(f"{which}: Python {found.stdout.strip()}")
    return done.returncode


if __name__ == "__main__":
    if sys.argv[1:] not in (["lowest"], ["newest"]):
        sys.exit(f"{__doc__}")
    sys.exit(main(sys.argv[1]))
