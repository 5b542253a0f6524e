"""finished.npz: what a stage after training gave, beside the run's checkpoint."""

from pathlib import Path

import numpy as np

from serjax.files import replacing
from serjax.training.state import Params

_FILE = "finished.npz"


def write_finished(workdir: Path, best: Params, last: Params) -> None:
    """Keep what a stage gave at the best and at the last epoch; nothing without one."""
    if "map" not in best:
        return
    arrays = {
        f"{epoch}/{name}": it
        for epoch, params in (("best", best), ("last", last))
        for name, it in {**params["map"], **params["heads"]["emotion"]}.items()
    }
    with replacing(workdir / _FILE, make_folder=False) as temporary:
        np.savez(temporary, **arrays)


def read_finished(workdir: Path, epoch: str, params: Params) -> Params:
    """Lay what a stage gave over a run's parameters; as they are without one."""
    if not (workdir / _FILE).exists():
        return params
    with np.load(workdir / _FILE) as arrays:
        matrix, offset, kernel, bias = (
            arrays[f"{epoch}/{name}"] for name in ("matrix", "offset", "kernel", "bias")
        )
    return {
        **params,
        "heads": {**params["heads"], "emotion": {"kernel": kernel, "bias": bias}},
        "map": {"matrix": matrix, "offset": offset},
    }
