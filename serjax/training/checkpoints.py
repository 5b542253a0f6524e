"""Checkpoints: the last state, to resume from, and the best parameters.

`checkpoints/last-E` is the state after E epochs; `checkpoints/best-E` the parameters
after the epoch of the best validation UA so far. Each is written whole or not at all,
best before last, and older ones go after: a kill at any moment leaves a pair to resume.
Orbax is imported here alone.
"""

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import jax
from orbax.checkpoint import v1 as ocp

from serjax.training.devices import Device
from serjax.training.state import Params, State


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


def write_checkpoint(folder: Path, progress: Progress) -> None:
    """Write `progress` and remove what it replaces; nothing if it stands already."""
    best = folder / f"best-{progress.best_epoch + 1}"
    last = folder / f"last-{progress.epochs_run}"
    if last.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    if not best.exists():
        ocp.save(str(best.resolve()), {"params": progress.best_params})
    record = {
        "state": progress.state,
        "best_epoch": progress.best_epoch,
        "best_ua": progress.best_ua,
    }
    ocp.save(str(last.resolve()), record)
    for old in folder.iterdir():
        if old not in (best, last):
            shutil.rmtree(old)


def read_checkpoint(folder: Path, template: State) -> Progress | None:
    """Read the latest checkpoint; None if there is none.

    Args:
      folder: a run's `checkpoints/`.
      template: a state of the same network, for structure, shapes and dtypes.

    Raises:
      ValueError: a checkpoint is there but cannot be read.
    """
    epochs_run = count_epochs(folder)
    if not epochs_run:
        return None
    last = folder / f"last-{epochs_run}"
    record = _load(last, {"state": template, "best_epoch": 0, "best_ua": 0.0})
    best = folder / f"best-{record['best_epoch'] + 1}"
    return Progress(
        epochs_run=epochs_run,
        state=record["state"],
        best_epoch=record["best_epoch"],
        best_ua=record["best_ua"],
        best_params=_load(best, {"params": template.params})["params"],
    )


def read_params(folder: Path, epoch: str, device: Device) -> Params:
    """Read a classifier's parameters for use, their shapes as they were written.

    Args:
      folder: a run's `checkpoints/`.
      epoch: 'best' or 'last'.
      device: where to put them, wherever they were trained.

    Raises:
      ValueError: there is no such checkpoint, or it cannot be read.
    """
    paths = [path for path in folder.glob(f"{epoch}-*") if _epochs(path) >= 0]
    if not paths:
        raise ValueError(
            f"{folder} holds no checkpoint of the {epoch} epoch, from which the model "
            "could be read. Train the run again, or name another."
        )
    path = max(paths, key=_epochs)

    def classifier(tree: Any) -> Any:
        return tree["params"] if epoch == "best" else tree["state"]["params"]

    sharding = jax.sharding.SingleDeviceSharding(device)
    try:
        template = jax.tree.map(
            lambda it: jax.ShapeDtypeStruct(it.shape, it.dtype, sharding=sharding),
            classifier(ocp.metadata(str(path.resolve())).metadata),
        )
    except Exception as error:
        raise _unreadable(path, error) from error
    record = {"params": template}
    context = ocp.Context()
    context.pytree.loading.partial_load = True  # the optimiser's state may stay there
    with context:
        return classifier(_load(path, record if epoch == "best" else {"state": record}))


def _epochs(path: Path) -> int:
    number = path.name.partition("-")[2]
    return int(number) if number.isdigit() else -1


def count_epochs(folder: Path) -> int:
    """Epochs of the latest checkpoint, of which a run would go on; 0 without one.

    Args:
      folder: a run's `checkpoints/`.
    """
    names = (path.name.removeprefix("last-") for path in folder.glob("last-*"))
    return max((int(name) for name in names if name.isdigit()), default=0)


def _load(path: Path, template: Any) -> Any:
    try:
        return ocp.load(str(path.resolve()), template)
    except Exception as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> ValueError:
    return ValueError(
        f"Checkpoint {path} cannot be read ({type(error).__name__}: {error}). It may "
        "be damaged or of another version; remove the run's checkpoints folder to "
        "train it from the start."
    )
