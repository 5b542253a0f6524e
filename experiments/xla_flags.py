"""XLA_FLAGS, looked at before they are used: XLA ends the process at one unknown."""

import os
import re
import subprocess
import sys

_CHECKED = "SERJAX_CHECKED_FLAGS"


def check_xla_flags() -> None:
    """Refuse a variable XLA_FLAGS that XLA cannot use; ask it in another process.

    The asking takes seconds: processes that this one starts are spared it.

    Raises:
      ValueError: it cannot.
    """
    given = os.environ.get("XLA_FLAGS")
    if not given or given == os.environ.get(_CHECKED):
        return
    done = subprocess.run(
        [sys.executable, "-c", "import jax; jax.devices()"],
        env={**os.environ, "JAX_PLATFORMS": "cpu", "JAX_PLATFORM_NAME": ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        unknown = re.search(r"Unknown flags? in XLA_FLAGS.*", done.stderr)
        why = f" ({unknown[0]})" if unknown else ""
        raise ValueError(
            f"XLA_FLAGS={given}: XLA cannot use it{why}. Mend or unset the variable."
        )
    os.environ[_CHECKED] = given
