import json

import pytest

from experiments.benchmarks import epoch, step
from experiments.benchmarks.record import read_record
from serjax.config import all_settings
from serjax.errors import NonFinite
from tests.experiments.scripts import call_script, refusal, run_script

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
    decided = {"approach", "attributes", "roles", "epochs", "patience", "workdir"}
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
        ("--sections=,", "unknown section ','"),
        ("--compare=a.json", "got 1 files; expected two"),
        ("--compare=absent.json,b.json", "absent.json cannot be read"),
        ("--epochs=3", "Unknown command line flag 'epochs'"),
    ],
)
def test_a_wrong_flag_is_told_in_one_line(argument, message):
    assert message in refusal(call_script("benchmark", argument))


def test_sections_leave_a_table_and_a_record_that_can_be_compared(
    speech_folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(step, "measure", lambda bench: [step._measure(bench, 32)])
    out = tmp_path / "new" / "record.json"
    command = (*SMALL, f"--data={speech_folder}", f"--out={out}", "--notwin")
    done = call_script("benchmark", *command, "--sections=evaluation,step,peak")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Preset: demo\nDevice: cpu: ")
    assert done.stdout.endswith(f"\nRecord: {out}\n")
    for text in ("training step, 32 x 40 frames", "evaluation of 50 utterances"):
        assert text in done.stdout
    record = read_record(out)
    sections = [row["section"] for row in record["rows"]]
    assert sections == ["peak", "step", "evaluation"]  # in their own order
    assert {row["twin"] for row in record["rows"]} == {None}
    facts = record["facts"]
    assert facts["failed"] == []
    assert facts["versions"]["jax"]
    assert facts["machine"]["cores"] > 0
    assert facts["data"]["corpora"] == ["emodb", "tess"]
    assert str(speech_folder) not in out.read_text()

    compared = run_script("benchmark", f"--compare={out},{out}")
    assert compared.returncode == 0, compared.stderr
    assert "matrix products, float32" in compared.stdout
    assert "1.000" in compared.stdout


def test_the_twin_is_measured_by_turns(speech_folder, tmp_path):
    pytest.importorskip("torch")
    out = tmp_path / "record.json"
    command = (*SMALL, f"--data={speech_folder}", f"--out={out}")
    done = call_script("benchmark", *command, "--sections=step,epoch,evaluation")
    assert done.returncode == 0, done.stderr
    rows = {row["what"]: row for row in json.loads(out.read_text())["rows"]}
    for name in (
        "training step, 32 x 40 frames",
        "epoch, batches of 8",
        "evaluation of 50 utterances",
    ):
        row = rows[name]
        assert row["speedup"] == pytest.approx(row["twin"] / row["value"])
        assert row["reached"] in ("missed", "bar", "aim")
        assert row["details"]["twin_choice"]["chosen"]


def test_a_section_that_fails_takes_nothing_from_the_others(
    speech_folder, tmp_path, monkeypatch
):
    def diverge(bench):
        raise NonFinite("train_loss")

    monkeypatch.setattr(epoch, "measure", diverge)
    out = tmp_path / "record.json"
    command = (*SMALL, f"--data={speech_folder}", f"--out={out}", "--notwin")
    done = call_script("benchmark", *command, "--sections=peak,epoch")
    assert done.returncode == 1
    assert "NonFinite" in done.stderr
    assert done.stdout.endswith("Failed, see above: epoch\n")
    record = read_record(out)
    assert [row["section"] for row in record["rows"]] == ["peak"]
    assert record["facts"]["failed"] == ["epoch"]
