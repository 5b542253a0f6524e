import csv

import pytest

from tests.experiments.scripts import TINY, call_script, refusal


def test_a_planted_optimum_is_found_on_synthetic_speech(tmp_path):
    space = tmp_path / "space.toml"
    # Of these only one trains at all in three epochs.
    space.write_text("[learning_rate]\nchoices = [1e-7, 0.05]\n")
    command = [*TINY, "--epochs=3", "--encoder=cnn", f"--space={space}"]
    command += ["--approaches=baseline", "--trials=3", f"--workdir={tmp_path}/tune"]
    done = call_script("tune", *command)
    assert done.returncode == 0, done.stderr
    assert "Equal budget for each of baseline: 3 trials" in done.stdout
    flags = (tmp_path / "tune" / "best-baseline.flags").read_text()
    assert flags.splitlines()[1:] == ["--learning_rate=0.05"]
    rows = [
        *csv.DictReader((tmp_path / "tune" / "trials.csv").read_text().splitlines())
    ]
    scores = {row["learning_rate"]: float(row["score"]) for row in rows}
    assert scores["0.05"] > scores["1e-07"] + 5
    # A second time everything is read, and the flags are taken by a script.
    again = call_script("tune", *command)
    table = done.stdout[done.stdout.index("Scores in percent") :]
    assert again.stdout.endswith(table)
    assert " trial 1/3: " not in again.stdout
    flagfile = f"--flagfile={tmp_path}/tune/best-baseline.flags"
    for script in ("study", "train"):
        assert call_script(script, flagfile, "--help").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--space is not given"),
        (["--space=no.toml"], "space='no.toml' cannot be read"),
        (["--space=x", "--selection=oracle"], "should be one of <valid|leave_one_out>"),
        (["--space=x", "--trials=0"], "trials"),
        (["--space=x", "--seed=1"], "Unknown command line flag 'seed'"),
    ],
)
def test_a_wrong_flag_is_told_in_one_line(arguments, message):
    assert message in refusal(call_script("tune", *arguments))
