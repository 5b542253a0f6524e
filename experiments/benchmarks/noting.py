"""What jax says of its own work before a program runs: tracing, lowering, loading."""

import collections
import contextlib
import time
from collections.abc import Iterable, Iterator
from typing import Any

# jax.monitoring's names (jax/_src/dispatch.py), by what they are called here.
SPANS = {
    "/jax/core/compile/jaxpr_trace_duration": "tracing",
    "/jax/core/compile/jaxpr_to_mlir_module_duration": "lowering",
    # With a persistent cache this is a look-up, a load, and compilation if need be.
    "/jax/core/compile/backend_compile_duration": "compiling or loading",
}
EVENTS = {
    "/jax/compilation_cache/cache_hits": "loaded",
    "/jax/compilation_cache/cache_misses": "compiled",
}


class Notes:
    """What was noted: spans of time by kind, and how often programs were compiled.

    Attributes:
      spans: by kind, pairs of start and end in seconds.
      programs: how many were 'loaded' from the persistent cache and how many
        'compiled', not being there.
    """

    def __init__(self) -> None:
        self.spans: dict[str, list[tuple[float, float]]] = {}
        self.programs: collections.Counter[str] = collections.Counter()

    def note(self, kind: str, start: float, end: float) -> None:
        """Note that work of a kind was under way."""
        self.spans.setdefault(kind, []).append((start, end))

    @property
    def seconds(self) -> float:
        """Wall time in which work of any kind was under way."""
        return covered_s(span for spans in self.spans.values() for span in spans)

    @property
    def seconds_by_kind(self) -> dict[str, float]:
        """Wall time of each kind; kinds may overlap."""
        return {kind: covered_s(spans) for kind, spans in self.spans.items()}


@contextlib.contextmanager
def noting_compilation() -> Iterator[Notes]:
    """Note what jax traces, lowers, compiles and loads, and what it reads instead."""
    import jax.export
    from jax import monitoring

    notes = Notes()

    def note_span(event: str, start_time: float, end_time: float, **_: Any) -> None:
        if event in SPANS:
            notes.note(SPANS[event], start_time, end_time)

    def note_event(event: str, **_: Any) -> None:
        if event in EVENTS:
            notes.programs[EVENTS[event]] += 1

    deserialize = jax.export.deserialize

    def timed_deserialize(*args: Any, **kwargs: Any) -> jax.export.Exported:
        start = time.time()  # the clock of jax.monitoring
        try:
            return deserialize(*args, **kwargs)
        finally:
            notes.note("reading", start, time.time())

    monitoring.register_event_time_span_listener(note_span)
    monitoring.register_event_listener(note_event)
    # An exported program that is read is traced no more, and jax.monitoring does not
    # tell of it.
    jax.export.deserialize = timed_deserialize
    try:
        yield notes
    finally:
        jax.export.deserialize = deserialize
        monitoring.unregister_event_time_span_listener(note_span)
        monitoring.unregister_event_listener(note_event)


def covered_s(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds that at least one of the spans (start, end) covers.

    Not their sum: a function traced inside another is in the span of both.
    """
    total, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(end - max(start, reached), 0.0)
        reached = max(reached, end)
    return total
