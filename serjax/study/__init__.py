"""The grid of runs: which there are, the loop over them, and the table of results.

`serjax.study(...)` is public, and so is this package, by the same name. Importing a
submodule binds the module in its parent whatever stood there, so the module itself is
made callable: assigning a module's `__class__` is Python's documented way (Language
Reference, 3.3.2.1, "Customizing module attribute access"). Both `serjax.study(...)` and
`serjax.study.study(...)` call the same function, in any order of imports.

The grid is light. `study` and `Study` are loaded when they are first used, with jax;
`Outcome`, `summarise` and `Table` too, with scipy.
"""

import importlib
import sys
import types
from typing import TYPE_CHECKING, Any

from serjax.study.grid import (
    ALL_ATTRIBUTE_SETS,
    make_grid,
    parse_approaches,
    parse_attribute_sets,
    parse_seeds,
)

if TYPE_CHECKING:
    from serjax.analysis.cells import Outcome, summarise
    from serjax.reporting.terminal import Table
    from serjax.study.loop import Study, study

__all__ = [
    "ALL_ATTRIBUTE_SETS",
    "Outcome",
    "Study",
    "Table",
    "make_grid",
    "parse_approaches",
    "parse_attribute_sets",
    "parse_seeds",
    "study",
    "summarise",
]


_MODULES = {
    "Outcome": "serjax.analysis.cells",
    "Study": "serjax.study.loop",
    "Table": "serjax.reporting.terminal",
    "study": "serjax.study.loop",
    "summarise": "serjax.analysis.cells",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'serjax.study' has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)


class _CallableModule(types.ModuleType):
    """A module that is called like the function of its own name."""

    def __call__(self, *args: Any, **kwargs: Any) -> "Study":
        return __getattr__("study")(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule
