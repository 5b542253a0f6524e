import os
import subprocess
import sys

import pytest

from tests.experiments.scripts import script

CODE = """
import os, sys
import experiments
numbers = [os.readlink(f"/proc/self/fd/{n}") for n in range(3)]
print("said"); print("told", file=sys.stderr); sys.stdin.read()
for stream in (sys.stdout, sys.stderr):
    stream.flush()
child = [sys.executable, "-c", "import os; [os.fstat(n) for n in range(3)]"]
import subprocess; subprocess.run(child, check=True, close_fds=True)
with open(sys.argv[1]) as file:
    sys.exit(0 if file.fileno() > 2 else 9)
"""


@pytest.mark.parametrize(
    "closed", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&-", "<&- >&- 2>&-"]
)
def test_closed_streams_lead_nowhere_and_no_file_takes_their_place(closed, tmp_path):
    file = tmp_path / "data"
    file.write_text("as it was")
    run = ["bash", "-c", f'"$@" {closed}', "-", sys.executable, "-c", CODE, str(file)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ("" if " >&-" in f" {closed}" else "said\n")
    assert done.stderr == ("" if "2>&-" in closed else "told\n")
    assert file.read_text() == "as it was"


def test_a_script_with_closed_streams_does_its_work(tmp_path):
    (tmp_path / "runs").mkdir()
    words = script("report", f"--workdir={tmp_path}")
    done = subprocess.run(["bash", "-c", '"$@" <&- >&- 2>&-', "-", *words], timeout=60)
    assert done.returncode == 0
    assert (tmp_path / "report.html").exists()


def test_a_name_that_the_terminal_cannot_show_ends_nothing(tmp_path):
    code = "import experiments, os; print(os.fsdecode(b'd\\xe4ta'), '\\u00e4')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, b"d\\udce4ta \\xe4\n")
