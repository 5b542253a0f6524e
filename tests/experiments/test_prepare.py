import json
import signal
import subprocess
import sys

import pytest

from experiments.script import data_name
from serjax.config import make_config
from tests.experiments.scripts import call_script, refusal, script


def test_help_shows_what_matters_here_and_nothing_else():
    done = call_script("prepare", "--help")
    assert done.returncode == 0
    text = done.stdout.replace("[no]", "")
    for name in ("data", "manifest", "label_map", "channel", "num_mels", "workdir"):
        assert f"\n  --{name}" in text, name
    for name in ("epochs", "preset", "platform", "split", "ood", "approach"):
        assert f"\n  --{name}" not in text, name
    assert "preset" not in text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_says_how_to_go_on(tmp_path, number, interruptible):
    # Synthetic speech is written first: seconds in which to stop.
    command = script("prepare", f"--cache_dir={tmp_path}", f"--workdir={tmp_path}/out")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "Data: synthetic speech\n"
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Stopped. The same command goes on.\n" in errors
    *_, command, last = errors.splitlines()
    assert command.endswith(f" --workdir={tmp_path}/out")
    assert last.startswith(f"serjax: exit {128 + number} (stopped by SIG")
    assert "Traceback" not in errors


def test_a_folder_is_read_told_and_written(speech_folder, tmp_path):
    arguments = (f"--data={speech_folder}", f"--workdir={tmp_path / 'out'}")
    done = call_script("prepare", *arguments)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:4] == [
        f"Data: {speech_folder}",
        "Classes: 3 (negative, neutral, positive), label_map three-class",
        "",
        "emodb",
    ]
    assert "  recordings   36 (official: 535; 499 missing)" in lines
    assert (
        "Together: corpora 2, speakers 8, utterances 42 (0.2 min), skipped 0" in lines
    )
    # Fewer files than officially are a warning, no error.
    warnings = lines[lines.index("Warnings:") :]
    assert any("36 of the official 535 recordings" in line for line in warnings)
    written = lines[lines.index(f"Written to {tmp_path / 'out'}:") + 1 :]
    names = {line.split()[0] for line in written}
    assert {".lock", *names} == {path.name for path in (tmp_path / "out").iterdir()}

    again = call_script("prepare", *arguments)
    assert again.stdout == done.stdout


def test_the_default_folder_is_named_after_the_data(tmp_path):
    folder = tmp_path / "my corpora"
    folder.mkdir()
    assert data_name(make_config()) == "synthetic"
    assert data_name(make_config(data=str(folder))) == "my-corpora"
    pairs = f"emodb={folder},tess={folder}"
    assert data_name(make_config(data=pairs)) == "emodb-tess"
    mine = ("somewhere/mine.csv",)
    assert data_name(make_config(data="synthetic", manifest=mine)) == "synthetic-mine"
    assert data_name(make_config(manifest=mine)) == "mine"
    with pytest.raises(ValueError, match="No such folder"):
        data_name(make_config(data="absent"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data=absent"], "No such folder: absent"),
        (["--epochs=3"], "Unknown command line flag 'epochs'"),
        (["--channel=both"], "channel='both'"),
    ],
)
def test_wrong_input_is_told_in_one_line(tmp_path, arguments, message):
    done = call_script("prepare", f"--workdir={tmp_path / 'out'}", *arguments)
    assert message in refusal(done)
    assert not list(tmp_path.iterdir())


def test_a_folder_with_a_run_in_it_is_refused(speech_folder, tmp_path):
    (tmp_path / "result.json").write_text("{}")
    arguments = (f"--data={speech_folder}", f"--workdir={tmp_path}")
    assert "holds result.json" in refusal(call_script("prepare", *arguments))


def test_nothing_usable_ends_with_2_and_leaves_the_reasons(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "03a01Wa.wav").write_bytes(b"")
    out = tmp_path / "out"
    done = call_script("prepare", f"--data={tmp_path / 'data'}", f"--workdir={out}")
    assert "No recording is usable: all 1 are left out" in refusal(done)
    assert "03a01Wa.wav,does not decode" in (out / "skipped.csv").read_text()
    assert json.loads((out / "config.json").read_text())["kind"] == "preparation"


def test_it_loads_no_jax_not_even_for_an_error(speech_folder, tmp_path):
    code = (
        "import atexit, pathlib, sys\n"
        "def tell():\n"
        f"    pathlib.Path({str(tmp_path / 'told')!r}).write_text(\n"
        "        str('jax' in sys.modules))\n"
        "atexit.register(tell)\n"
        "import runpy\n"
        "runpy.run_module('experiments.prepare', run_name='__main__')\n"
    )
    for data, expected in ((speech_folder, 0), (tmp_path / "absent", 2)):
        flags = (f"--data={data}", f"--workdir={tmp_path / 'out'}")
        command = [sys.executable, "-c", code, *flags]
        done = subprocess.run(command, capture_output=True, text=True, timeout=400)
        assert done.returncode == expected, done.stderr
        assert (tmp_path / "told").read_text() == "False"
        (tmp_path / "told").unlink()
