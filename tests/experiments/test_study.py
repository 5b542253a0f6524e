import json
import shlex
import shutil

import pytest

from serjax.config import all_settings
from tests.experiments.scripts import TINY, call_script, refusal, run_script


def test_help_is_complete_and_names_no_flag_that_the_grid_decides():
    done = call_script("study", "--help")
    assert done.returncode == 0
    decided = {"approach", "attributes", "seed"}
    shown = done.stdout.replace("[no]", "")
    own = {"approaches", "attribute_sets", "seeds", "print_commands", "shard"}
    for name in {*all_settings()} - decided | own:
        assert f"\n  --{name}" in shown, name
    lines = {line.split()[0] for line in shown.splitlines() if line[:4] == "  --"}
    assert not {f"--{name}" for name in decided} & lines


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--approaches=GR", "approaches='GR': expected some of baseline, svm,"),
        ("--roles=S:reversal,G", "roles: cannot read 'G'; expected attribute:role"),
        ("--attribute_sets=C+C", "named twice"),
        ("--seeds=-1", "expected numbers of 0 or more"),
        ("--seeds=3-1", "expected numbers of 0 or more, each once, as in 0,1,2 or 0-9"),
        ("--seed=1", "Unknown command line flag 'seed'"),
        ("--shard=0/4", "expected one of n from 1 to n, as 1/4"),
    ],
)
def test_a_wrong_flag_is_told_in_one_line(argument, message):
    assert message in refusal(call_script("study", argument))


def test_ua_by_corpus_is_no_measure_where_corpora_are_held_out_in_turn():
    words = ["--measure=ua_test_by_corpus", "--protocol=leave_one_out"]
    assert "Give another measure" in refusal(call_script("study", *words))


def test_a_study_prints_its_table_and_redoes_only_what_is_missing(
    speech_folder, tmp_path
):
    command = [*TINY, "--workers=1", f"--data={speech_folder}", f"--workdir={tmp_path}"]
    command += ["--approaches=baseline,reversal", "--attribute_sets=L,S"]
    first = call_script("study", *command)
    assert first.returncode == 0, first.stderr
    assert "[1/2] baseline - seed 0: test " in first.stdout
    assert "[2/2] reversal S seed 0: test " in first.stdout
    assert "Not applicable: L (language has one value" in first.stdout
    assert "epoch   1/2" not in first.stdout
    table = first.stdout[first.stdout.index("UA in percent") :]
    assert "Preset demo" in table
    assert f"Table: {tmp_path}/tables/ua.csv" in table
    gathered = (tmp_path / "results.jsonl").read_text().splitlines()
    assert [json.loads(line)["approach"] for line in gathered] == [
        "baseline",
        "reversal",
    ]

    shutil.rmtree(tmp_path / "runs" / "reversal-S-seed0")
    again = call_script("study", *command)
    assert "[1/2] baseline - seed 0" in again.stdout
    assert again.stdout.count("(done before)") == 1
    assert again.stdout.endswith(table)


def test_runs_trained_by_their_commands_are_those_of_the_study(
    speech_folder, tmp_path, monkeypatch
):
    monkeypatch.setenv("PYTHONHASHSEED", "7")  # of another process: sets in other order
    workdir = tmp_path / "it's a study"
    command = [*TINY, "--workers=1", f"--data={speech_folder}", f"--workdir={workdir}"]
    command += ["--approaches=reversal", "--attribute_sets=L,S", "--seeds=3"]
    told = call_script("study", *command, "--print_commands")
    assert told.returncode == 0, told.stderr
    assert "Not applicable: L: language has one value" in told.stderr
    assert {path.name for path in workdir.iterdir()} == {"study.json", "skipped.csv"}
    # As a shell reads it, but with this Python.
    words = shlex.split(told.stdout)
    assert words[:3] == ["python", "-m", "experiments.train"]
    done = run_script("train", *words[3:])
    assert done.returncode == 0, done.stderr
    names = ("predictions.csv", "embeddings.npz", "metrics.jsonl", "config.json")
    runs = workdir / "runs"
    alone = {path: path.read_bytes() for name in names for path in runs.rglob(name)}
    alone = {path: it for path, it in alone.items() if path.parent.parent == runs}
    assert len(alone) == 4

    shutil.move(runs, tmp_path / "alone")
    whole = call_script("study", *command)
    assert whole.returncode == 0, whole.stderr
    assert "(done before)" not in whole.stdout
    for path, content in alone.items():
        if path.name == "metrics.jsonl":  # beside the seconds
            assert without_times(path.read_bytes()) == without_times(content)
        else:
            assert path.read_bytes() == content, path


def without_times(metrics):
    lines = [json.loads(line) for line in metrics.splitlines()]
    return [
        {k: v for k, v in line.items() if k not in ("train_s", "utterances_per_s")}
        for line in lines
    ]


def test_of_several_ways_not_to_train_all_one_is_given():
    message = refusal(call_script("study", "--dry_run", "--shard=1/2"))
    assert "--dry_run and --shard are given; give one of them" in message


def test_a_dry_run_tells_runs_and_time_and_leaves_no_trace(speech_folder, tmp_path):
    workdir = tmp_path / "study"
    command = [*TINY, "--workers=1", f"--data={speech_folder}", f"--workdir={workdir}"]
    command += ["--approaches=baseline,reversal", "--attribute_sets=L,S"]
    command += ["--roles=S:reversal,G:multitask:0.2"]
    done = call_script("study", *command, "--dry_run")
    assert done.returncode == 0, done.stderr
    assert not workdir.exists()
    for line in (
        "baseline-seed0                          to be trained",
        "mixed-S.reversal+G.multitask.0.2-seed0  to be trained",
        "Runs: 3 (3 to be trained)",
    ):
        assert f"\n{line}\n" in done.stdout
    assert "Not applicable: L: language has one value" in done.stdout
    assert "\nTime: 0:0" in done.stdout
    assert "by a measurement on these data" in done.stdout
    assert "\nMeasuring baseline: " in done.stdout


def test_a_study_with_a_failed_run_says_so_and_ends_with_1(speech_folder, tmp_path):
    command = [*TINY, "--workers=1", f"--data={speech_folder}", f"--workdir={tmp_path}"]
    done = call_script(
        "study", *command, "--approaches=baseline", "--learning_rate=1e300"
    )
    assert done.returncode == 1, done.stderr
    assert "Failed: baseline - seed 0: baseline-seed0: train_loss, " in done.stdout
    assert "\nFailed runs: 1; " in done.stdout
    assert (tmp_path / "report.html").exists()
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == "serjax: exit 1 (failed run)"
    failure = json.loads((tmp_path / "runs/baseline-seed0/failure.json").read_text())
    assert failure["status"] == "failed"
