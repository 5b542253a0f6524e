"""moments.npz: by what a run's frames were normalised, where training rows say it."""

import zipfile
from pathlib import Path

import numpy as np

from serjax.data.normalisation import Moments
from serjax.files import replacing

FILE = "moments.npz"


def write_moments(folder: Path, moments: Moments) -> None:
    """Write the moments of the training rows to a run's folder, which is there."""
    with replacing(folder / FILE, make_folder=False) as temporary:
        np.savez(temporary, **vars(moments))


def read_moments(folder: Path) -> Moments:
    """Read the moments that a run of normalisation `train` keeps.

    Raises:
      ValueError: they are not there, or damaged.
    """
    try:
        with np.load(folder / FILE, allow_pickle=False) as kept:
            return Moments(int(kept["num_frames"]), kept["mean"], kept["squares"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{folder / FILE} cannot be read ({error}), and the run's normalisation is "
            "by its training rows. Train it again."
        ) from error
