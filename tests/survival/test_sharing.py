"""Scripts beside each other: on one cache, in one study, one looking at another."""

import os
import subprocess

import pytest

from serjax import run_study
from serjax.errors import InUse
from serjax.lock import holding
from serjax.records.folder import read_study
from tests.experiments.scripts import script
from tests.survival.machine import ROOT, contents
from tests.training.made import make_dataset, make_small_config


def test_two_that_fill_one_cache_at_once_find_what_one_alone_does(
    speech_folder, tmp_path
):
    def command(name, cache):
        flags = (f"--workdir={tmp_path / name}", f"--cache_dir={tmp_path / cache}")
        return script("prepare", f"--data={speech_folder}", *flags)

    together = [
        subprocess.Popen(
            command(name, "shared"), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=-1
        )
        for name in ("first", "second")
    ]
    errors = [process.communicate(timeout=120)[1] for process in together]
    assert [process.returncode for process in together] == [0, 0], errors
    subprocess.run(command("alone", "own"), cwd=ROOT, check=True, capture_output=True)
    assert contents(tmp_path / "shared") == contents(tmp_path / "own")
    for name in ("first", "second"):
        for table in ("manifest.csv", "skipped.csv", "giveaways.csv"):
            alone = (tmp_path / "alone" / table).read_bytes()
            assert (tmp_path / name / table).read_bytes() == alone


def test_a_study_is_held_from_its_first_to_its_last_run_and_can_be_read(tmp_path):
    seen = []

    def look(line):
        with pytest.raises(InUse), holding(tmp_path):
            pass
        with holding(tmp_path / "runs" / f"baseline-seed{len(seen)}"):
            seen.append(line)
        files = read_study(tmp_path)
        assert len(files.finished) == len(seen)
        assert not files.with_status("broken")

    config = make_small_config(epochs=1, wait=True)
    args = ["baseline"], [], [0, 1]
    here = {"workdir": tmp_path, "workers": 1}
    impatient = config.replace(wait=False)
    with holding(tmp_path), pytest.raises(InUse, match=f"by process {os.getpid()} on"):
        run_study(impatient, *args, dataset=make_dataset(), report=None, **here)
    run_study(config, *args, dataset=make_dataset(), report=look, **here)
    assert len(seen) == 2
    with holding(tmp_path):
        pass
