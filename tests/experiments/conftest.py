"""A run that the tests of several scripts use."""

import pytest

from tests.experiments.scripts import TINY, call_script


@pytest.fixture(scope="session")
def run(speech_folder, tmp_path_factory):
    """A finished run on Emo-DB, TESS being unseen; never written to."""
    folder = tmp_path_factory.mktemp("study") / "runs" / "baseline-seed0"
    done = call_script("train", *TINY, f"--data={speech_folder}", f"--workdir={folder}")
    assert done.returncode == 0, done.stderr
    return folder
