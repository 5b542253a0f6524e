"""The grid of runs: which there are, the loop over them, and the table of results.

`serjax.study(...)` is public, and so is this package, by the same name. Importing a
submodule binds the module in its parent whatever stood there, so the module itself is
made callable: assigning a module's `__class__` is Python's documented way (Language
Reference, 3.3.2.1, "Customizing module attribute access"). Both `serjax.study(...)` and
`serjax.study.study(...)` call the same function, in any order of imports.

`study` and `Study` are loaded when they are first used, with jax; the rest is light.
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
from serjax.study.summary import Row, summarise
from serjax.study.table import Table

if TYPE_CHECKING:
    from serjax.study.loop import Study, study

__all__ = [
    "ALL_ATTRIBUTE_SETS",
    "Row",
    "Study",
    "Table",
    "make_grid",
    "parse_approaches",
    "parse_attribute_sets",
    "parse_seeds",
    "study",
    "summarise",
]


def __getattr__(name: str) -> Any:
    if name not in ("Study", "study"):
        raise AttributeError(f"module 'serjax.study' has no attribute {name!r}")
    return getattr(importlib.import_module("serjax.study.loop"), name)


class _CallableModule(types.ModuleType):
    """A module that is called like the function of its own name."""

    def __call__(self, *args: Any, **kwargs: Any) -> "Study":
        return __getattr__("study")(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule
