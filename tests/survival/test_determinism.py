import pytest

from tests.survival.determinism import (
    FIRST,
    OTHER_WORKERS,
    find_differences,
    make_run,
)
from tests.survival.driving import SMALL


@pytest.fixture(scope="module")
def flags(survival_speech):
    kept = [flag for flag in SMALL if not flag.startswith("--cache_dir")]
    return [*kept, f"--data={survival_speech}", "--epochs=3"]


@pytest.fixture(scope="module")
def first(flags, tmp_path_factory):
    folder = tmp_path_factory.mktemp("determinism") / "first"
    make_run(folder, flags, FIRST)
    return folder


def test_another_process_with_another_number_of_workers_has_the_same_bits(
    flags, first, tmp_path
):
    make_run(tmp_path / "run", flags, OTHER_WORKERS)
    assert find_differences(tmp_path / "run", first) == []
