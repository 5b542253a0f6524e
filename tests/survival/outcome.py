"""What a study left on disk, in a form that is equal for equal studies."""

import hashlib
import json
import re
import warnings
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from orbax.checkpoint import v1 as ocp

# The lock's own files; the second is left by a kill, and overwritten.
_LOCKS = (".lock", ".lock.json")
_TIMES = ("train_s", "utterances_per_s", "wall_s")


def read_outcome(study: Path) -> dict[str, str]:
    """Digest of each file of a study by its path, apart from times.

    Checkpoints are read back: their files hold times and random names.
    """
    found = {}
    for path in sorted(study.rglob("*")):
        name = path.relative_to(study).as_posix()
        if path.name == "state" and path.parent.parent.name == "checkpoints":
            found[name] = _checkpoint(path)
        elif not path.is_file() or path.name in _LOCKS or "/state/" in name:
            continue
        elif path.name != "SHA256SUMS":
            found[name] = _digest(_content(path))
    return found


def read_finished(study: Path) -> dict[str, str]:
    """The same of the finished runs alone, without what the report adds to them."""
    names = "(config|result)\\.json|metrics.jsonl|predictions.csv|embeddings.npz"
    found = {}
    for result in sorted(study.glob("runs/*/result.json")):
        run = result.parent
        for name, digest in read_outcome(run).items():
            # The checkpoint before the last may still be there.
            last = max(run.glob("checkpoints/epoch-*"), key=lambda it: it.name).name
            if re.fullmatch(f"({names})|checkpoints/{last}/.*", name):
                found[f"runs/{run.name}/{name}"] = digest
    return found


def differences(found: dict[str, str], expected: dict[str, str]) -> list[str]:
    """Say in what two outcomes differ; nothing if they do not."""
    return [
        f"{name} {'is missing' if name not in found else 'is new'}"
        for name in sorted({*found} ^ {*expected})
    ] + [
        f"{name} differs"
        for name in sorted({*found} & {*expected})
        if found[name] != expected[name]
    ]


def read_cache(folder: Path) -> dict[str, str]:
    """Digest of each file below a folder, apart from times of compiled programs."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): _digest(path.read_bytes())
        for path in files
    }


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return b"".join(_array(name, arrays[name]) for name in sorted(arrays))
    if path.suffix in (".json", ".jsonl"):
        lines = [content] if path.suffix == ".json" else content.splitlines()
        records = [json.loads(line) for line in lines]
        for record in records:
            for name in _TIMES:
                record.pop(name, None)
        return json.dumps(records).encode()
    if path.name.startswith("runs-all."):  # the report's table with a run's time
        return re.sub(rb"[\d.]+(?=\W*$)", b"", content, flags=re.MULTILINE)
    if path.name == "report.html":
        content = re.sub(rb'<td[^>]*data-value="[^"]*"[^>]*>[^<]*', b"", content)
        content = re.sub(rb"<td>[\d.]+</td></tr>", b"", content)  # a run's minutes
        content = re.sub(rb"newest file is of [^<]*", b"", content)
        return re.sub(rb"at most; [\d.]+ (s|minutes) on", b"", content)
    return content


def _checkpoint(path: Path) -> str:
    with warnings.catch_warnings(action="ignore"):  # that no sharding was given
        leaves, structure = jax.tree.flatten(ocp.load(str(path.absolute())))

    def values(leaf: Any) -> np.ndarray:
        is_key = isinstance(leaf, jax.Array) and jnp.issubdtype(
            leaf.dtype, jax.dtypes.prng_key
        )
        return np.asarray(jax.random.key_data(leaf) if is_key else leaf)

    arrays = (_array("", values(leaf)) for leaf in leaves)
    return _digest(str(structure).encode() + b"".join(arrays))


def _array(name: str, array: np.ndarray) -> bytes:
    return f"{name} {array.shape} {array.dtype} ".encode() + array.tobytes()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
