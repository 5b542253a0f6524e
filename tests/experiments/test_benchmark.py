import pytest

from experiments.benchmarks import epoch, step
from experiments.benchmarks.record import Record
from serjax.config import all_settings
from serjax.errors import NonFinite
from serjax.json_files import read_json
from tests.experiments.scripts import call_script, refusal

SMALL = (
    "--preset=demo",
    "--conv_features=4",
    "--lstm_features=4",
    "--discriminator_features=4",
    "--platform=cpu",
    "--quick",
)


def test_help_is_complete_and_names_no_flag_that_sections_decide():
    done = call_script("benchmark", "--help")
    assert done.returncode == 0
    shown = done.stdout.replace("[no]", "")
    decided = {*"approach attributes roles epochs patience workdir".split()}
    decided |= {"checkpoint_every_s"}
    own = {"sections", "twin", "quick", "out", "compare"}
    for name in {*all_settings()} - decided | own:
        assert f"\n  --{name}" in shown, name
    lines = {line.split()[0] for line in shown.splitlines() if line[:4] == "  --"}
    assert not {f"--{name}" for name in decided} & lines


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--sections=step,stop", "unknown section 'stop'"),
        ("--compare=a.json", "got 1 files; expected OLD"),
        ("--epochs=3", "Unknown command line flag 'epochs'"),
    ],
)
def test_a_wrong_flag_is_told_in_one_line(argument, message):
    assert message in refusal(call_script("benchmark", argument))


def test_sections_leave_a_record_to_compare_and_one_that_fails_takes_nothing_of_others(
    speech_folder, tmp_path, monkeypatch
):
    def diverge(bench):
        raise NonFinite("train_loss")

    monkeypatch.setattr(step, "measure", lambda bench: [step.measure_size(bench, 32)])
    monkeypatch.setattr(epoch, "measure", diverge)
    out = tmp_path / "new" / "record.json"
    command = (*SMALL, f"--data={speech_folder}", f"--out={out}", "--notwin")
    done = call_script("benchmark", *command, "--sections=evaluation,epoch,step")
    assert done.returncode == 1
    assert "NonFinite" in done.stderr
    assert done.stdout.startswith("Preset: demo\nDevice: cpu: ")
    assert done.stdout.endswith(f"\nRecord: {out}\nFailed, see above: epoch\n")
    record = read_json(out, Record)
    names = ["training step, 32 x 40 frames", "evaluation of 50 utterances"]
    assert [it.what for it in record.rows] == names  # in the sections' order
    assert all(f"\n{name} " in done.stdout for name in names)
    assert {row.twin for row in record.rows} == {None}
    assert (facts := record.facts)["failed"] == ["epoch"]
    assert facts["versions"]["jax"]
    assert facts["machine"]["cores"] > 0
    assert facts["data"]["corpora"] == ["emodb", "tess"]
    assert str(speech_folder) not in out.read_text()

    compared = call_script("benchmark", f"--compare={out},{out}")
    assert compared.returncode == 0, compared.stderr
    assert compared.stdout.split("\n")[-3].startswith("training step, 32 x 40 frames ")


def test_the_twin_is_measured_by_turns(speech_folder, tmp_path, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(step, "measure", lambda bench: [step.measure_size(bench, 8)])
    monkeypatch.setattr(epoch, "measure", lambda bench: epoch.measure_size(bench, 8))
    out = tmp_path / "record.json"
    command = (*SMALL, f"--data={speech_folder}", f"--out={out}")
    done = call_script("benchmark", *command, "--sections=step,epoch,evaluation")
    assert done.returncode == 0, done.stderr
    rows = {row.what: row for row in read_json(out, Record).rows}
    for name in (
        "training step, 8 x 40 frames",
        "epoch, batches of 8",
        "evaluation of 50 utterances",
    ):
        assert rows[name].speedup
        assert len(rows[name].details["twin_choice"]) in (2, 4)
