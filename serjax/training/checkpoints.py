"""Checkpoints: all that a run needs to go on after an epoch, or to be used.

`checkpoints/epoch-E` holds the state and the best parameters after E epochs (`state/`,
Orbax's), the run's config.json and metrics.jsonl as they were then, and a digest of
each file. It is written beside and renamed: a kill leaves it whole or not there. Two
are kept while a run goes on; one that is damaged is set aside, and the one before used.
Orbax is imported here alone.
"""

import contextlib
import dataclasses
import errno
import os
import re
import shutil
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
from orbax.checkpoint import v1 as ocp

from serjax.digests import find_damage, seal
from serjax.errors import StorageFailed
from serjax.files import sync
from serjax.training.devices import Device
from serjax.training.state import Params, State

_KEPT = 2
_SETTLES_S = 0.3
_COPIED = ("config.json", "metrics.jsonl")
_PLAIN = re.compile(r"[\w./ -]+", re.ASCII)
_HANDLES = Path("/proc/self/fd")  # Linux: folders that are open, by number
_STATUS = {"NOT_FOUND": errno.ENOENT, "PERMISSION_DENIED": errno.EACCES}


@dataclasses.dataclass(frozen=True, eq=False)
class Progress:
    """Training between two epochs.

    Attributes:
      epochs_run: epochs done.
      state: after them.
      best_epoch: the epoch of the best validation UA, from 0; -1 before the first.
      best_ua: percent.
      best_params: the classifier's after that epoch.
    """

    epochs_run: int
    state: State
    best_epoch: int
    best_ua: float
    best_params: Params


def write_checkpoint(workdir: Path, progress: Progress) -> None:
    """Write `progress`, and remove what is older than the checkpoint before it.

    Args:
      workdir: the run's folder, whose config.json and metrics.jsonl are of `progress`.
      progress: nothing is done if its checkpoint stands already.

    Raises:
      OSError: it could not be written whole; the checkpoints before it stand.
    """
    folder = workdir / "checkpoints"
    path = folder / f"epoch-{progress.epochs_run}"
    if path.exists():
        return
    folder.mkdir(exist_ok=True)
    temporary = folder / f".epoch-{progress.epochs_run}-{uuid.uuid4().hex}"
    temporary.mkdir()
    try:
        _save(temporary / "state", progress)
        for name in _COPIED:
            shutil.copyfile(workdir / name, temporary / name)
        seal(temporary)
        temporary.rename(path)
    except BaseException as error:
        if isinstance(error, OSError):
            # Other writes are under way, and fail as well: none is to come after this.
            time.sleep(_SETTLES_S)
        shutil.rmtree(temporary, ignore_errors=True)
        # Orbax makes them anew where a disk went; they are not empty where it did not.
        with contextlib.suppress(OSError):
            folder.rmdir()
            workdir.rmdir()
        if isinstance(error, OSError):
            error.filename = str(path)  # not one of Orbax's many
        raise
    sync(folder)
    remove_old(workdir, _KEPT)


def read_checkpoint(
    workdir: Path, template: State, check: Callable[[Path], object] | None = None
) -> Progress | None:
    """Read the latest undamaged checkpoint; None if there is none.

    A damaged one is set aside as `damaged-epoch-E`, with a warning that names it.

    Args:
      workdir: the run's folder. Its metrics.jsonl becomes the checkpoint's, or empty.
      template: a state of the same network, for structure, shapes and dtypes.
      check: called with the folder of the checkpoint before it is read; raises
        ValueError if that is another run's.

    Raises:
      ValueError: `check` raised it, or an undamaged checkpoint cannot be read.
    """
    metrics = workdir / "metrics.jsonl"
    for path in _checkpoints(workdir):
        if damage := find_damage(path):
            _set_aside(path, damage)
            continue
        if check:
            check(path)
        record = {
            "state": template,
            "best_epoch": 0,
            "best_ua": 0.0,
            "best_params": template.params,
        }
        progress = Progress(_epochs(path), **_load(path, record))
        shutil.copyfile(path / metrics.name, metrics)
        return progress
    metrics.write_bytes(b"")
    return None


def read_params(workdir: Path, epoch: str, device: Device) -> Params:
    """Read a classifier's parameters for use, their shapes as they were written.

    Args:
      workdir: a run's folder.
      epoch: 'best' or 'last'.
      device: where to put them, wherever they were trained.

    Raises:
      ValueError: there is no such checkpoint, or it is damaged.
    """
    path = next(iter(_checkpoints(workdir)), None)
    if path is None:
        raise ValueError(
            f"{workdir} holds no checkpoint from which the model could be read. Train "
            "the run again, or name another."
        )
    if damage := find_damage(path):
        raise ValueError(
            f"Checkpoint {path} is damaged: {damage}. Train the run again in another "
            "folder, or name another run."
        )

    def classifier(tree: Any) -> Any:
        return tree["best_params"] if epoch == "best" else tree["state"]["params"]

    sharding = jax.sharding.SingleDeviceSharding(device)
    try:
        with _plainly_named(path) as plain:
            metadata = ocp.metadata(str(plain / "state")).metadata
        template = jax.tree.map(
            lambda it: jax.ShapeDtypeStruct(it.shape, it.dtype, sharding=sharding),
            classifier(metadata),
        )
    except Exception as error:
        raise _unreadable(path, error) from error
    best = {"best_params": template}
    context = ocp.Context()
    context.pytree.loading.partial_load = True  # the optimiser's state may stay there
    with context:
        last = {"state": {"params": template}}
        return classifier(_load(path, best if epoch == "best" else last))


def count_epochs(workdir: Path) -> int:
    """Epochs of the latest checkpoint, of which a run would go on; 0 without one."""
    return max(map(_epochs, _checkpoints(workdir)), default=0)


def remove_old(workdir: Path, num_kept: int) -> None:
    """Remove all but the latest checkpoints, and what a kill left of unwritten ones."""
    folder = workdir / "checkpoints"
    for path in (*_checkpoints(workdir)[num_kept:], *folder.glob(".epoch-*")):
        shutil.rmtree(path, ignore_errors=True)


def _checkpoints(workdir: Path) -> list[Path]:
    """Folders of a run's checkpoints, the latest first."""
    paths = (workdir / "checkpoints").glob("epoch-*")
    return sorted((it for it in paths if _epochs(it) > 0), key=_epochs, reverse=True)


def _epochs(path: Path) -> int:
    number = path.name.removeprefix("epoch-")
    return int(number) if number.isdecimal() else 0


def _set_aside(path: Path, damage: str) -> None:
    aside = path.with_name(f"damaged-{path.name}")
    if aside.exists():
        shutil.rmtree(aside)
    path.rename(aside)
    warnings.warn(
        f"Checkpoint {path} is damaged: {damage}. It was set aside as {aside.name}; "
        "training goes on from the one before it, or from the start.",
        stacklevel=3,
    )


def _save(path: Path, progress: Progress) -> None:
    record = {
        "state": progress.state,
        "best_epoch": progress.best_epoch,
        "best_ua": progress.best_ua,
        "best_params": progress.best_params,
    }
    try:
        with _plainly_named(path.parent) as plain:
            ocp.save(str(plain / path.name), record)
    except (OSError, MemoryError, jax.errors.JaxRuntimeError):
        raise
    except Exception as error:  # tensorstore's own, for a full disk too
        raise _storage_failed(path, str(error)) from error


@contextlib.contextmanager
def _plainly_named(folder: Path) -> Iterator[Path]:
    """Reach a folder by a path that Orbax takes for no pattern.

    It finds what it wrote by a pattern with the whole path in it, and then leaves the
    parts unmerged that it does not find; nor does it take a path that is no text.
    """
    folder = folder.resolve()
    if _PLAIN.fullmatch(str(folder)):
        yield folder
        return
    with contextlib.ExitStack() as stack:
        if _HANDLES.is_dir():
            handle = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, handle)
            yield _HANDLES / str(handle)
        else:
            place = stack.enter_context(tempfile.TemporaryDirectory(prefix="serjax-"))
            link = Path(place) / "folder"
            link.symlink_to(folder, target_is_directory=True)
            yield link


def _storage_failed(path: Path, told: str) -> StorageFailed:
    """Tensorstore's error, which goes on for pages, as one of the system."""
    code = re.search(r"os_error_code='(\d+)'", told)
    number = int(code[1]) if code else _STATUS.get(told.partition(":")[0], errno.EIO)
    known = code or number != errno.EIO
    return StorageFailed(number, os.strerror(number) if known else told, str(path))


def _load(path: Path, template: Any) -> Any:
    try:
        with _plainly_named(path) as plain:
            return ocp.load(str(plain / "state"), template)
    except (OSError, MemoryError):
        raise
    except Exception as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> ValueError:
    return ValueError(
        f"Checkpoint {path} cannot be read ({type(error).__name__}: {error}). Its "
        "files are as they were written, so it is of another version; remove the run's "
        "checkpoints folder to train it from the start."
    )
