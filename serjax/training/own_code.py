"""A user's own encoder and methods: told from serjax's, and known again by their code.

A program traced from serjax's own code is kept on disk, keyed by all its sources. A
user's code may change from one call to the next, in a notebook without any file. So it
is traced anew in each run, never kept, and written down as a digest of the programs
that it comes to: what it computes, and not how it is written.
"""

import hashlib
import inspect
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import jax
import jax.numpy as jnp
from flax import linen as nn

from serjax.methods import METHODS, Method, Seen
from serjax.training.objective import term_of

_BATCH = 4
_LENGTHS = (16, 48)
_VALUES = 3
_EMBEDDING = 8
_SHARES = [step / 10 for step in range(11)]
_RUNS = itertools.count(1)


def is_own(method: Method) -> bool:
    """Whether a method is not one of serjax's."""
    return METHODS.get(method.name) is not method


def next_own_run(encoder: nn.Module | None, methods: Sequence[Method]) -> int:
    """A number that no run had yet where code is the user's own, else 0."""
    own = encoder is not None or any(map(is_own, methods))
    return next(_RUNS) if own else 0


def digest_own_code(
    encoder: nn.Module | None, methods: Sequence[Method], dims: int, num_emotions: int
) -> dict[str, str]:
    """Digests of the user's own code, by what it is.

    Args:
      encoder: the user's own, or None.
      methods: of the chosen attributes.
      dims: features of a frame.
      num_emotions: emotion classes.

    Returns:
      `encoder <module>:<class>`, `method <name>` -> digest; empty without own code.
    """
    digests = {}
    if encoder is not None:
        kind = type(encoder)
        name = f"encoder {kind.__module__}:{kind.__qualname__}"
        digests[name] = _digest(_encoder_programs(encoder, dims))
    for method in filter(is_own, methods):
        programs = _method_programs(method, num_emotions)
        digests[f"method {method.name}"] = _digest(programs)
    return digests


def _encoder_programs(encoder: nn.Module, dims: int) -> Iterator[str]:
    def init(features: jax.Array, lengths: jax.Array):
        return encoder.init(jax.random.key(0), features, lengths)

    def total(params: Any, features: jax.Array, lengths: jax.Array):
        return jnp.sum(cast(Any, encoder.apply({"params": params}, features, lengths)))

    for num_frames in _LENGTHS:
        batch = _floats(_BATCH, num_frames, dims), _integers(_BATCH)
        params = jax.eval_shape(init, *batch).get("params", {})
        yield _program(init, *batch)
        yield _program(jax.value_and_grad(total), params, *batch)


def _method_programs(method: Method, num_emotions: int) -> Iterator[str]:
    yield repr(sorted(method.describe().items()))
    yield repr([method.schedule(share) for share in _SHARES])
    state = method.init_state(_VALUES) if method.init_state else None
    yield repr(jax.tree.map(lambda it: jnp.asarray(it).tolist(), state))
    if method.term:

        def own(floats: Any, integers: Any, state: Any):
            return term_of(
                method, Seen(num_values=_VALUES, **floats, **integers), state
            )

        floats = {name: _floats(_BATCH) for name in ("losses", "emotion_losses")}
        floats["embedding"] = _floats(_BATCH, _EMBEDDING)
        floats["probabilities"] = _floats(_BATCH, num_emotions)
        integers = {name: _integers(_BATCH) for name in ("labels", "emotions")}
        gradient = jax.value_and_grad(own, has_aux=True)
        yield _program(gradient, floats, integers, state)
    if method.loss:
        yield _program(method.loss, _floats(), _floats(_VALUES), _floats(_VALUES))
    if method.finish:
        yield inspect.getsource(method.finish)


def _program(function: Callable[..., Any], *operands: Any) -> str:
    """What a function comes to: StableHLO with all constants and no lines of files."""
    return jax.jit(function).lower(*operands).as_text()


def _floats(*shape: int) -> Any:
    return jax.ShapeDtypeStruct(shape, jnp.float32)


def _integers(*shape: int) -> Any:
    return jax.ShapeDtypeStruct(shape, jnp.int32)


def _digest(texts: Iterator[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
