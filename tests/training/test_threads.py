import subprocess
import sys

import jax
import pytest

from serjax.training.threads import processors, use_threads

CODE = """
import os
from serjax.training.threads import use_threads
print(use_threads(1), len(os.sched_getaffinity(0)))
import jax, jax.numpy
jax.numpy.zeros(3).block_until_ready()
print(use_threads(), use_threads(1))
"""


def test_threads_are_settled_before_jax_starts():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)
    assert done.stdout.split() == ["1", "1", "1", "1"], done.stderr


def test_other_threads_than_jax_has_are_refused():
    jax.devices()
    here = use_threads()
    assert use_threads(here) == here
    too_many = len(processors()) + 1
    with pytest.raises(ValueError, match=f"threads={too_many}: this process may use"):
        use_threads(too_many)
    if here > 1:
        with pytest.raises(ValueError, match=rf"JAX has started with {here} in this"):
            use_threads(1)
