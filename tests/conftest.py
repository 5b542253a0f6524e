import os
import shutil
import signal
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import hypothesis
import pytest

# Before any import of jax, and inherited by the scripts that tests start.
os.environ.setdefault("JAX_NUMPY_RANK_PROMOTION", "raise")
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
# Most tests compile for longer than they run; slow ones train as users do.
_QUICK_TO_COMPILE = (
    "--xla_backend_optimization_level=0 --xla_cpu_parallel_codegen_split_count=1"
)
if version("jaxlib").startswith("0.10."):  # a later one ends at flags that it lacks
    _QUICK_TO_COMPILE += " --xla_cpu_use_fusion_emitters=false"

# The same examples each time; SERJAX_EXAMPLES=20000 for a campaign by hand, whose
# examples are others.
_NUM_EXAMPLES = int(os.environ.get("SERJAX_EXAMPLES", "40"))
hypothesis.settings.register_profile(
    "serjax",
    max_examples=_NUM_EXAMPLES,
    derandomize=_NUM_EXAMPLES == 40,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
hypothesis.settings.load_profile("serjax")


def pytest_configure(config):
    """Let all processes of a session, scripts too, share what one of them compiled.

    Before any import of jax, which reads the folder's name once. Workers inherit it; a
    folder that is set already is kept, and makes the next session quicker.
    """
    if "XLA_FLAGS" not in os.environ and config.option.markexpr != "slow":
        os.environ["XLA_FLAGS"] = _QUICK_TO_COMPILE
        os.environ["SERJAX_CHECKED_FLAGS"] = _QUICK_TO_COMPILE  # no script need ask
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        folder = tempfile.mkdtemp(prefix="serjax-compiled-")
        os.environ["JAX_COMPILATION_CACHE_DIR"] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.fixture(scope="session", autouse=True)
def _own_caches(tmp_path_factory):
    """Keep out of the user's cache."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(base / "cache"))
        yield


@pytest.fixture
def slowness() -> float:
    """How much longer than on a quick machine Python takes just now; 1 or more.

    Limits in seconds are multiplied by it: a machine may be slow, or share its cores.
    """
    begin = time.process_time()
    sum(number * number for number in range(2_000_000))
    return max((time.process_time() - begin) / 0.1, 1.0)


@pytest.fixture
def interruptible():
    """Let started processes take SIGINT, which those of a background job ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def speech_folder(tmp_path_factory) -> Path:
    """Noise with the names of Emo-DB, six speakers, and of TESS, all of one length."""
    from tests.experiments.scripts import write_speech

    folder = tmp_path_factory.mktemp("speech")
    write_speech(folder)
    return folder


@pytest.fixture(scope="session")
def corpora_folder() -> Path:
    """The folder of real recordings (RAVDESS and Emo-DB) that SERJAX_CORPORA names."""
    folder = os.environ.get("SERJAX_CORPORA", "")
    if not folder:
        pytest.skip("SERJAX_CORPORA names no folder with RAVDESS and Emo-DB")
    return Path(folder)
