"""A trained classifier, apart from its run: all that prediction needs."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from flax import linen as nn

from serjax.config import Config
from serjax.data.normalisation import Moments
from serjax.methods import SVM
from serjax.paths import expand
from serjax.records.folder import run_status
from serjax.records.moments import read_moments
from serjax.records.run_config import FeatureFacts, RunConfig
from serjax.training.finished import read_finished
from serjax.training.network import make_network
from serjax.training.own_code import digest_own_code
from serjax.training.state import Network, Params


@dataclasses.dataclass(frozen=True, eq=False)
class Trained:
    """What prediction needs of a run, wherever it was kept.

    Attributes:
      config: the run's settings. Its paths are those of another machine.
      classes: the emotions, in the order of the probabilities.
      dims: features of a frame.
      batch_size: the run's, by which its predictions.csv was made.
      params: numpy arrays: `encoder`, `heads` with `emotion` alone, and `map` where a
        method had a stage after training.
      own_code: digests of the user's own encoder, by `encoder NAME`; as a rule empty.
      features: those that the run was given, or a function's of the user's own; None
        where it heard recordings by a front end of serjax.
      moments: of the training rows, where frames are normalised by these.
    """

    config: Config
    classes: tuple[str, ...]
    dims: int
    batch_size: int
    params: Params
    own_code: Mapping[str, str] = dataclasses.field(default_factory=dict)
    features: FeatureFacts | None = None
    moments: Moments | None = None

    def check_hears(self) -> None:
        """Refuse a run of features that were given, for what takes recordings alone.

        Raises:
          ValueError: it was; the message says by what.
        """
        if its := self.features:
            raise ValueError(
                f"The run was trained on features that were given ({its.source}, "
                f"{its.dims} a frame), and cannot hear recordings. serjax.embed, and "
                "experiments.embed, take such features."
            )

    @property
    def attributes(self) -> dict[str, str]:
        """What training did with each attribute: name -> role, `off` left out."""
        return {n: it.role for n, it in self.config.training.roles_by_attribute.items()}

    def network(self, encoder: nn.Module | None = None) -> Network:
        """Make the modules, without attributes: none is predicted.

        Args:
          encoder: the user's own, if the run was trained with it.

        Raises:
          ValueError: the encoder is not the run's.
        """
        given = digest_own_code(encoder, (), self.dims, len(self.classes))
        if given != self.own_code:
            raise ValueError(
                f"The run was trained with {_named(self.own_code, 'of serjax')}, and "
                f"{_named(given, 'none of your own')} is given, or its code has "
                "changed. Give the run's encoder, as encoder=..."
            )
        return make_network(self.config, self.classes, {}, self.dims, {}, encoder)


def read_run_model(folder: Path, epoch: str = "best") -> Trained:
    """Read the classifier of a finished run.

    Args:
      folder: the run's.
      epoch: 'best', of validation UA, or 'last'.

    Raises:
      ValueError: no finished run is there, or none with a checkpoint.
    """
    # Orbax takes a second to import, and a bundle does without.
    from serjax.data.front_end import make_front_end
    from serjax.training.checkpoints import read_params

    if run_status(folder) != "finished":
        raise ValueError(
            f"{folder} holds no finished run: it has no result.json. Give the folder "
            "of a run that was trained to its end."
        )
    record = RunConfig.read(folder)
    # A setting that did not exist yet had the effect of its default.
    config = Config.from_flat(record.settings)
    if config.training.approach == SVM:
        raise ValueError(
            f"{folder} is of an svm: it has no checkpoint, and no network to give "
            "recordings to. Name a network's run."
        )
    # The host has a CPU device, wherever the model is then used.
    params = read_params(folder, epoch, jax.devices("cpu")[0])
    params = read_finished(folder, epoch, params)
    given, heard = record.dataset.features, (config.features, config.data)
    by_training = config.features.normalisation == "train"
    return Trained(
        config=config,
        classes=tuple(record.classes),
        dims=given.dims if given else make_front_end(*heard).dims,
        batch_size=record.batch_size,
        params=_of_prediction(params),
        own_code={
            n: it for n, it in record.own_code.items() if n.startswith("encoder ")
        },
        features=given,
        moments=read_moments(folder) if by_training else None,
    )


def read_trained(path: str | Path, epoch: str = "best") -> Trained:
    """Read a classifier from a run's folder, or from a bundle, which is a file.

    Args:
      path: the folder or the file.
      epoch: of a run: 'best' or 'last'. A bundle has one alone.

    Raises:
      ValueError: neither is there, it cannot be used, or an epoch of a bundle is named.
    """
    found = Path(expand(path, "run"))
    if not found.is_file():
        return read_run_model(found, epoch)
    if epoch != "best":
        raise ValueError(
            f"epoch={epoch}: {found} is a bundle, which has one model alone. Leave the "
            "epoch out; it is chosen where a run is exported."
        )
    from serjax.inference.bundle import read_bundle

    return read_bundle(found)


def _of_prediction(params: Params) -> dict[str, Any]:
    """The parameters that a prediction reads, as numpy arrays."""
    kept = {name: it for name, it in params.items() if name in ("encoder", "map")}
    kept["heads"] = {"emotion": params["heads"]["emotion"]}
    return jax.tree.map(np.asarray, kept)


def _named(digests: Mapping[str, str], otherwise: str) -> str:
    return ", ".join(digests) or f"an encoder {otherwise}"
