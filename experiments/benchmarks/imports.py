"""How long `import serjax` takes, and that it loads no jax."""

import subprocess
import sys
import time

from experiments.benchmarks.bench import Bench
from experiments.benchmarks.fresh import fresh_environment
from experiments.benchmarks.row import Row

_CODE = """
import sys, time
began = time.perf_counter()
import serjax
print(time.perf_counter() - began, 'jax' in sys.modules, len(sys.modules))
"""


def measure(bench: Bench) -> list[Row]:
    """Time whole processes that import serjax, the interpreter's start included."""
    repeats = 2 if bench.quick else 7
    processes, statements, bare = [], [], []
    loads_jax, num_modules = False, 0
    for _ in range(repeats):
        seconds, _ = _time("pass")
        bare.append(seconds)
        seconds, printed = _time(_CODE)
        processes.append(seconds)
        statement, jax_loaded, modules = printed.split()
        statements.append(float(statement))
        loads_jax, num_modules = jax_loaded == "True", int(modules)
    details = {
        "figure": "least of the repeats, with the interpreter's start",
        "processes_s": processes,
        "import_statement_s": min(statements),
        "bare_interpreter_s": min(bare),
        "jax_loaded": loads_jax,
        "modules_loaded": num_modules,
    }
    what = "python -c 'import serjax'" + (", LOADS JAX" if loads_jax else "")
    return [Row("imports", what, min(processes), "s", bar=0.2, details=details)]


def _time(code: str) -> tuple[float, str]:
    """Wall seconds of a fresh interpreter that runs `code`, and what it printed."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env=fresh_environment({}),
    )
    return time.perf_counter() - began, done.stdout
