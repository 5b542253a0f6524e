import signal

from tests.survival.driving import SMALL, Kill, start
from tests.survival.outcome import differences, read_outcome


def test_ctrl_c_saves_a_second_stops_at_once_and_nothing_changes(
    reference, survival_speech, tmp_path
):
    command = ["train", *SMALL, "--epochs=4", "--workdir=run"]
    command += [f"--data={survival_speech}"]
    interrupt = {"group": True, "number": signal.SIGINT}

    # XLA compiles for seconds, in which Python obeys no signal.
    own = {"JAX_COMPILATION_CACHE_DIR": str(tmp_path / "compiled")}
    compiling = Kill("compilation", share=0.0, **interrupt)
    twice = start(tmp_path, command, compiling, again_after_s=1.5, env=own)
    assert twice.returncode == 130, twice.stderr
    assert twice.phase == "compilation"
    assert twice.ended_cpu_s < 1  # XLA goes on for seconds
    assert twice.stderr.endswith("\nserjax: exit 130 (stopped by SIGINT)\n")

    once = start(tmp_path, command, Kill("training", 3, share=0.0, **interrupt))
    assert once.returncode == 130, once.stderr
    assert "epochs of baseline-seed0 done and saved. The same command" in once.stderr
    assert "--workdir=run" in once.stderr  # how to go on
    assert once.stderr.endswith("\nserjax: exit 130 (stopped by SIGINT)\n")

    last = start(tmp_path, command)
    assert "Resuming after epoch " in last.stdout, last.stderr
    there = "runs/baseline-seed0/"
    expected = {
        name.removeprefix(there): digest
        for name, digest in reference.outcome.items()
        if name.startswith(there)
    }
    found = differences(read_outcome(tmp_path / "run"), expected)
    # The folder is another, and no report was written of it.
    own = ["config.json", "probes.json", "tsne-best.npz", "tsne-last.npz"]
    assert [line for line in found if line.split()[0].split("/")[-1] not in own] == []
