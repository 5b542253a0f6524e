"""What was traced and compiled is kept on disk, for the next start of anything alike.

Two layers, in one folder. JAX's persistent cache keeps machine code by the program that
it was compiled from; to get that program, Python must trace the step, which takes
longer than to load the code. So the traced program is kept too, as StableHLO, which is
read and called like a function (`jax.export`). Nothing in the folder is a pickle.
"""

import functools
import hashlib
import platform
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import jax.export

import serjax
from serjax.files import replacing
from serjax.models.convolution import default_platform
from serjax.paths import expand

_FOLDER = "jax_compilation_cache_dir"
_DIGEST_BYTES = hashlib.sha256().digest_size


def use_compilation_cache(root: Path) -> None:
    """Keep compiled programs below `root`, unless the user's JAX has a folder already.

    Args:
      root: of everything cached. Machine code is of one kind of processor, and a
        cluster's home directory is shared by many: each kind gets a folder.
    """
    given = jax.config.values[_FOLDER]
    kind = _digest(_processor(), version("jaxlib"))[:16]
    folder = expand(given or root / "compiled" / kind, _FOLDER)
    try:
        folder.encode()  # JAX takes a text alone
    except UnicodeEncodeError:
        warnings.warn(f"No program can be kept in {folder!r}.", stacklevel=2)
        jax.config.update("jax_enable_compilation_cache", False)
        return
    jax.config.update(_FOLDER, folder)
    if not given:
        # Also what was quick to compile: a study has dozens of small programs.
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def compile_step(
    step: Callable[..., Any],
    operands: tuple[Any, ...],
    returns: Any,
    num_donated: int = 0,
    identity: str = "",
    is_kept: bool = True,
) -> Callable[..., Any]:
    """Compile a function for operands of given shapes, from disk if it is there.

    Args:
      step: a pure function of trees of arrays.
      operands: examples; only structure, shapes and types matter.
      returns: a tree of the structure that `step` returns.
      num_donated: the first so many operands' buffers are taken over.
      identity: whatever else `step` depends on, in words. With the operands, the
        sources of serjax, the versions and JAX's settings it is the key on disk.
      is_kept: on disk; not so a step with a user's own code, which no key knows.

    Returns:
      A function of operands of these very shapes.
    """
    abstract = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), operands)
    if default_platform() != "cpu":
        # Not tried elsewhere; not every kernel of an accelerator can be exported.
        jitted = jax.jit(step, donate_argnums=range(num_donated))
        return jitted.lower(*abstract).compile()
    leaves, structure = jax.tree.flatten(abstract)
    donated = range(len(jax.tree.leaves(abstract[:num_donated])))

    def flat_step(*leaves):
        return jax.tree.leaves(step(*jax.tree.unflatten(structure, leaves)))

    key = f"{identity} {structure} {leaves} {num_donated}"
    path = _path(key) if is_kept else None
    if (exported := _read(path)) is None:
        jitted = jax.jit(flat_step, donate_argnums=donated, keep_unused=True)
        exported = jax.export.export(jitted)(*leaves)
        _write(path, exported)
    jitted = jax.jit(exported.call, donate_argnums=donated, keep_unused=True)
    compiled = jitted.lower(*leaves).compile()
    returned = jax.tree.structure(returns)

    def run(*operands):
        return jax.tree.unflatten(returned, compiled(*jax.tree.leaves(operands)))

    return run


def _path(description: str) -> Path | None:
    """File of an exported program; None where nothing is kept."""
    settings = dict(jax.config.values)
    folder = settings[_FOLDER]
    if folder is None or not settings["jax_enable_compilation_cache"]:
        return None
    settings = {k: v for k, v in settings.items() if "cache" not in k}
    versions = [version(name) for name in ("jax", "jaxlib", "flax", "optax")]
    key = _digest(description, _sources(), str(settings), *versions)
    return Path(folder) / "programs" / key[:40]


def _read(path: Path | None) -> jax.export.Exported | None:
    """Read a program back; None when it is not there or damaged."""
    if path is None:
        return None
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, program = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    if hashlib.sha256(program).digest() != digest:
        return None
    return jax.export.deserialize(bytearray(program))


def _write(path: Path | None, exported: jax.export.Exported) -> None:
    """Write a program and its digest, whole or not at all."""
    if path is None:
        return
    program = bytes(exported.serialize())
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(hashlib.sha256(program).digest() + program)
    except OSError as error:
        warnings.warn(f"A traced program is not kept for later: {error}", stacklevel=2)


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


@functools.cache
def _sources() -> str:
    """Digest of all of serjax's code: what a kept program was traced from."""
    files = sorted(Path(serjax.__file__).parent.rglob("*.py"))
    return _digest(*(file.read_text(encoding="utf-8") for file in files))


def _processor() -> str:
    """What machine code depends on: the architecture, and what it can do."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = [platform.processor()]
    can_do = [line for line in lines if line.startswith(("flags", "Features"))]
    return f"{platform.machine()} {(can_do or lines or [''])[0]}"
