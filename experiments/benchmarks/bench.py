"""What every section is handed."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from serjax.config import Config
from serjax.data import Dataset


@dataclasses.dataclass(frozen=True, eq=False)
class Bench:
    """Settings and data of one benchmark, and how far to go.

    Attributes:
      config: the settings; a section chooses approach, epochs and batch size itself.
      dataset: the data, loaded once.
      twin: measure the PyTorch twin too.
      quick: few repeats and small sizes, for tests and for a look.
      scratch: an empty folder to write in, removed at the end.
      progress: prints a line on stderr.
    """

    config: Config
    dataset: Dataset
    twin: bool
    quick: bool
    scratch: Path
    progress: Callable[[str], None]
