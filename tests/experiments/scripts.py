"""Run a script as its users do."""

import contextlib
import copy
import io
import os
import runpy
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any
from unittest import mock

import absl.logging  # noqa: F401, whose flags are to be there before a script's
import numpy as np
import pytest
import soundfile
from absl import flags

# A model so small that a run costs little more than its compilation.
TINY = (
    "--preset=demo",
    "--conv_features=4",
    "--lstm_features=4",
    "--discriminator_features=4",
    "--epochs=2",
    "--platform=cpu",
)


def script(module: str, *arguments: object) -> list[str]:
    """The command `python -m experiments.<module>` with arguments."""
    return [sys.executable, "-m", f"experiments.{module}", *map(str, arguments)]


def run_script(module: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run it to its end; stdout and stderr are captured as text."""
    command = script(module, *arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=400)


# What `experiments.script` does to a process that is a script's alone.
_TO_THE_PROCESS = (
    *("_fall_silent", "faulthandler", "logging", "signal"),
    *("stop_at_second_interrupt", "use_huge_pages"),
)


def call_script(module: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run it within this process, without its start; what is compiled is shared."""
    words = script(module, *arguments)
    stdout, stderr = io.StringIO(), io.StringIO()
    own_flags = {name: copy.copy(it) for name, it in vars(flags.FLAGS).items()}
    left_alone: dict[str, Any] = dict.fromkeys(_TO_THE_PROCESS, mock.DEFAULT)
    with (
        mock.patch.multiple("experiments.script", **left_alone),
        mock.patch.dict(vars(flags.FLAGS), own_flags),
        mock.patch.dict(os.environ),
        mock.patch.multiple(sys, argv=words[2:], orig_argv=words),
        mock.patch.object(sys, "unraisablehook", sys.unraisablehook),
        warnings.catch_warnings(action="default"),  # as Python starts
        contextlib.redirect_stdout(stdout),
        contextlib.redirect_stderr(stderr),
        pytest.raises(SystemExit) as end,
    ):
        runpy.run_module(f"experiments.{module}", run_name="__main__", alter_sys=True)
    code = int(end.value.code or 0)
    told = stdout.getvalue(), stderr.getvalue()
    return subprocess.CompletedProcess(words, code, *told)


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one line in which a script says what was wrong with its input."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, done.stderr
    return lines[0]


def write_speech(folder: Path) -> None:
    """Noise with the names of Emo-DB, six speakers, and of TESS, all of one length."""
    names = [
        f"emodb/wav/{speaker}{text}{emotion}a.wav"
        for speaker in ("03", "08", "09", "10", "13", "16")
        for text in ("a01", "a02")
        for emotion in "WNF"
    ]
    names += [
        f"tess/{word}_{emotion}.wav"
        for word in ("OAF_back", "YAF_bar")
        for emotion in ("angry", "neutral", "happy")
    ]
    noise = np.random.default_rng(0)
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, 0.1 * noise.standard_normal(4800), 16000)
