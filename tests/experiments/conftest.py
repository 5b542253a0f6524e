from pathlib import Path

import pytest

from tests.experiments.scripts import write_speech


@pytest.fixture(scope="session")
def speech_folder(tmp_path_factory) -> Path:
    """Noise with the names of Emo-DB, six speakers, and of TESS, all of one length."""
    folder = tmp_path_factory.mktemp("speech")
    write_speech(folder)
    return folder
