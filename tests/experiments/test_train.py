import json

import pytest

from serjax.config import all_settings
from tests.experiments.scripts import TINY, call_script, refusal

CLASSES = ("negative", "neutral", "positive")


def result_of(workdir):
    return json.loads((workdir / "result.json").read_text())


def test_help_is_complete():
    done = call_script("train", "--help")
    assert done.returncode == 0
    for name in (*all_settings(), "config", "flagfile"):
        assert f"\n  --{name}" in done.stdout.replace("[no]", ""), name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--colour=red"], "Unknown command line flag 'colour'"),
        (["--epochs=many"], "flag --epochs=many"),
        (["--epochs=0"], "epochs=0: expected 1 or more"),
        (["reversal"], "unexpected 'reversal'"),
        (["--approach=reversal"], "needs attributes"),
        (["--config=absent.json"], "absent.json"),
    ],
)
def test_a_wrong_flag_is_told_in_one_line(arguments, message):
    assert message in refusal(call_script("train", *arguments))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data=absent"], "absent"),
        (["--data=speech", "--ood=emovo"], "emovo"),
        (["--data=speech", "--approach=reversal", "--attributes=L"], "one value"),
        (["--data=speech", "--platform=tpu"], "platform='tpu'"),
    ],
)
def test_wrong_data_is_told_in_one_line_and_leaves_nothing(
    speech_folder, tmp_path, arguments, message
):
    arguments = [text.replace("=speech", f"={speech_folder}") for text in arguments]
    done = call_script("train", *TINY, f"--workdir={tmp_path / 'run'}", *arguments)
    assert message in refusal(done)
    assert not list(tmp_path.iterdir())


def test_a_run_is_trained_once_and_can_be_repeated(speech_folder, tmp_path):
    workdir = tmp_path / "run"
    command = [*TINY, f"--data={speech_folder}", "--roles=S:reversal,G:multitask"]
    first = call_script("train", *command, f"--workdir={workdir}")
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("Preset: demo\nDevice: cpu: ")
    parts = [line.split() for line in first.stdout.splitlines()]
    classes = "Classes: 3 (negative, neutral, positive)"
    assert f"{classes}, label_map three-class\n" in first.stdout
    assert [
        "part",
        "utterances",
        "h:mm:ss",
        "speakers",
        "negative",
        "neutral",
        "positive",
    ] in parts
    assert ["train", "24", "0:00:07", "4", "8", "8", "8"] in parts
    assert ["tess", "6", "0:00:02", "2", "2", "2", "2"] in parts
    assert "epoch   2/2" in first.stdout
    finished = first.stdout[first.stdout.index("Finished: ") :]
    assert "mixed S:reversal+G:multitask, seed 0" in finished
    assert "\nspeaker, reversal: alpha " in finished
    assert "\ngender, multitask: alpha 0.10 at best, 0.10 at last.\n" in finished
    legend = "As in speaker 16.0 (17.0): accuracy in training and, in brackets, chance"
    assert first.stdout.count(legend) == 1
    assert "Epochs count from 1 here, and from 0 in metrics.jsonl" in first.stdout
    assert f"chance is 33.33.\n{classes}.\n" in finished
    assert f"Run: {workdir}" in finished
    lines = finished.splitlines()
    at = lines.index(
        "Utterances by true class (rows) and predicted class (columns), best:"
    )
    assert lines[at + 1].split() == [*CLASSES]
    rows = iter(lines[at + 2 :])
    for part, matrix in result_of(workdir)["confusion"].items():
        for name, counts in zip(CLASSES, matrix, strict=True):
            assert next(rows).split() == [part, name, *map(str, counts)]

    again = call_script("train", *command, f"--workdir={workdir}")
    assert again.returncode == 0
    assert again.stdout.endswith(finished)
    assert "epoch   1/2" not in again.stdout

    other = call_script("train", *command, f"--workdir={workdir}", "--seed=1")
    assert "seed=0 there, 1 given" in refusal(other)

    copy = tmp_path / "copy"
    config = f"--config={workdir / 'config.json'}"
    repeated = call_script("train", config, f"--workdir={copy}")
    assert repeated.returncode == 0, repeated.stderr
    for key in ("ua", "ua_last", "confusion", "config_hash", "dataset"):
        assert result_of(copy)[key] == result_of(workdir)[key]


def test_a_loss_that_is_not_finite_ends_with_1_and_no_result(speech_folder, tmp_path):
    flags = [*TINY, f"--data={speech_folder}", "--learning_rate=1e300"]
    done = call_script("train", *flags, f"--workdir={tmp_path}")
    assert done.returncode == 1
    assert "error: baseline-seed0: train_loss, " in done.stderr
    assert done.stderr.endswith("\nserjax: exit 1 (failed run)\n")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "result.json").exists()
