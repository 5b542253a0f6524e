"""The grid of runs: which there are, the loop over them, and the table of results."""

import warnings
from typing import Any

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def study(*args: Any, **kwargs: Any) -> Any:
    """Run a grid: the old name of `serjax.run_study`, for one more version."""
    from serjax.study.loop import run_study

    told = "serjax.study is serjax.run_study now, and will be gone in version 0.3."
    warnings.warn(told, DeprecationWarning, stacklevel=2)
    return run_study(*args, **kwargs)


# `import serjax.study.loop as loop` looks its way up by this name.
study.__name__ = __name__
