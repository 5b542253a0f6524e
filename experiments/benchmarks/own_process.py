"""A process of its own, with its own memory, imports and caches.

Two libraries with a pool of threads each must not share a process: one would measure
the other's threads. Between two calls a process sleeps. No jax and no torch here.
"""

import contextlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from serjax.study.pool import Seat, WorkerPool


@contextlib.contextmanager
def own_process(
    environment: Mapping[str, str] | None = None,
) -> Iterator[Callable[..., Any]]:
    """Start a process for a block, and give what calls a function there.

    Its first argument is where the function is, as `module:name`. What it raises there
    is raised here, with its traceback as a note. `environment` are variables that the
    process has beside the present ones.
    """
    from serjax.training.threads import processors

    seat = Seat(tuple(processors()), environment or {})
    with WorkerPool([seat], (len, ("",))) as pool:
        try:
            yield lambda *call: pool.submit(_call, *call).result()
        except BaseException:
            pool.stop()  # else it ends when it is done
            raise


def _call(path: str, *arguments: Any) -> Any:
    return pkgutil.resolve_name(path)(*arguments)
