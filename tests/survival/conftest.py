import pytest

from tests.survival.driving import write_speech
from tests.survival.kills import make_reference


@pytest.fixture(scope="session")
def survival_speech(tmp_path_factory):
    return write_speech(tmp_path_factory.mktemp("speech") / "synthetic")


@pytest.fixture(scope="session")
def reference(tmp_path_factory, survival_speech):
    """A study that nothing disturbed."""
    folder = tmp_path_factory.mktemp("reference")
    return make_reference(folder, survival_speech, ["baseline", "reversal"], num_warm=0)
