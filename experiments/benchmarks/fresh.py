"""Run a function in a fresh interpreter, whose memory, caches and imports are its own.

The function is found by its name, so it must stand at the top of a module.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]


def run_fresh(
    function: Callable[..., Any],
    *args: Any,
    environment: Mapping[str, str] | None = None,
) -> Any:
    """Call `function(*args)` in a fresh interpreter, and wait for what it returns.

    Args:
      function: from the top of a module; what it prints is thrown away.
      args: picklable, as is the result.
      environment: variables that it finds beside the present ones.

    Raises:
      RuntimeError: the process failed; the message has the end of its stderr.
    """
    done = subprocess.run(
        [sys.executable, "-m", "experiments.benchmarks.fresh"],
        input=pickle.dumps((function, args)),
        capture_output=True,
        env=fresh_environment(environment or {}),
    )
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise RuntimeError(
            f"{function.__module__}.{function.__qualname__} failed in its own process "
            f"with exit code {done.returncode}:\n" + "\n".join(lines[-30:])
        )
    return pickle.loads(done.stdout)


def fresh_environment(added: Mapping[str, str]) -> dict[str, str]:
    """The present environment and `added`, in which this package can be imported."""
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **added}


def _main() -> None:
    # Whatever else writes to stdout would spoil the answer: it goes to stderr.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    function, args = pickle.load(sys.stdin.buffer)
    result = function(*args)
    with answer:
        pickle.dump(result, answer)


if __name__ == "__main__":
    _main()
