"""TensorBoard event files beside metrics.jsonl. tensorboardX is imported here alone."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from serjax.records.metrics import read_metrics

_FLUSH_S = 5  # a curve that is watched should not lag behind its epoch by minutes


def require_tensorboardx() -> Any:
    """Return tensorboardX's SummaryWriter.

    Raises:
      ValueError: the package is not installed.
    """
    try:
        from tensorboardX import SummaryWriter
    except ImportError as error:
        raise ValueError(
            "tensorboard=True: TensorBoard's files need the package tensorboardX, "
            "which is not installed. Run pip install 'serjax[tensorboard]', or leave "
            "--tensorboard out; metrics.jsonl has the same numbers."
        ) from error
    return SummaryWriter


@contextlib.contextmanager
def open_board(
    workdir: Path, wanted: bool
) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Keep `workdir/tensorboard` equal to metrics.jsonl while a run goes on.

    Event files can only grow. So a resumed run's are not continued but written anew
    from metrics.jsonl, which has been cut to the checkpoint: no epoch is there twice,
    none is stale, and none is missing where the flag came only with the resumption.

    Args:
      workdir: the run's folder.
      wanted: whether to write anything at all.

    Yields:
      A function that adds a line of metrics: every number a scalar, its step the epoch.
    """
    if not wanted:
        yield lambda line: None
        return
    folder = workdir / "tensorboard"
    for old in folder.glob("events.out.tfevents.*"):
        old.unlink()
    # The purge tells a TensorBoard that has read the old file to forget it.
    writer = require_tensorboardx()(str(folder), purge_step=0, flush_secs=_FLUSH_S)

    def add(line: Mapping[str, Any]) -> None:
        for name, value in line.items():
            if name != "epoch" and value is not None:
                writer.add_scalar(name, value, line["epoch"])

    with contextlib.closing(writer):
        for line in read_metrics(workdir):
            add(line)
        yield add
