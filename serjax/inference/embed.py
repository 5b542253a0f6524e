"""A trained model over any recordings: what its shared layers make of them."""

import dataclasses
from pathlib import Path

import jax
import msgspec
import numpy as np
from flax import linen as nn

from serjax.config import Config
from serjax.corpora import Skip, Utterance, read_corpora
from serjax.data import (
    Recording,
    StoredUtterances,
    all_skipped,
    bucket_lengths,
    evaluation_batches,
    store_usable,
)
from serjax.data.function import Function
from serjax.data.given.folder import feature_name, write_features
from serjax.data.groups import find_groups, note_groups
from serjax.evaluation.prediction import Predictions
from serjax.files import replacing
from serjax.inference.stream import on_host
from serjax.inference.trained import read_trained
from serjax.records.run_config import FeatureFacts
from serjax.training.devices import select_platform
from serjax.training.jax_settings import usual_settings
from serjax.training.predicting import predict_batches


@dataclasses.dataclass(frozen=True, eq=False)
class Embedded:
    """Recordings as a trained model sees them.

    Attributes:
      utterances: by file and start; their classes are the data's own.
      predictions: a row for each.
      classes: the run's, of `predictions`.
      skipped: recordings left out, and why.
      notes: whose statistics they were normalised by, if not each by its own.
      recordings: what was measured of each.
    """

    utterances: tuple[Utterance, ...]
    predictions: Predictions
    classes: tuple[str, ...]
    skipped: tuple[Skip, ...]
    notes: tuple[str, ...] = ()
    recordings: tuple[Recording, ...] = ()

    def write_features(self, folder: str | Path) -> None:
        """Write each embedding as a .npy, for `features` of another run.

        The folder is made, whole or not at all.

        Raises:
          ValueError: it is there, and holds something.
        """
        rows = zip(self.utterances, self.recordings, strict=True)
        names = [feature_name(it, recording.duration_s) for it, recording in rows]
        write_features(Path(folder), names, self.predictions.embeddings)

    def write(self, path: str | Path) -> None:
        """Write `embeddings.npz`, whole or not at all (docs/run_folder.md)."""
        with replacing(path) as temporary:
            np.savez(
                temporary,
                files=np.array([it.file for it in self.utterances]),
                starts_s=np.array([it.start_s for it in self.utterances]),
                embeddings=self.predictions.embeddings,
                probabilities=self.predictions.probabilities,
                classes=np.array(self.classes),
            )


@usual_settings()
def embed(
    run: str | Path,
    config: Config,
    epoch: str = "best",
    progress: bool = True,
    *,
    encoder: nn.Module | None = None,
    front_end: Function | None = None,
) -> Embedded:
    """Give any recordings to the model of a finished run.

    No corpus, speaker or class of theirs need be known to the run: every usable
    recording is embedded, and none is split off.

    Args:
      run: a run's folder, or a bundle.
      config: which recordings; its `data` and `run` settings are used. Features and
        model are the run's.
      epoch: of a run's folder: 'best' or 'last'.
      progress: show a bar on stderr while features are computed.
      encoder: your own, if the run was trained with it.
      front_end: your own, if the run's data had it, as of `load_dataset`.

    Raises:
      ValueError: no finished run in the folder, or without checkpoint; or nothing
        usable in the data; or the encoder is not the run's.

    Example:
      >>> embedded = embed("runs/baseline", make_config(data="DIR"))
      >>> embedded.predictions.embeddings.shape
      (535, 128)
    """
    select_platform(config.run.platform, config.run.threads)
    trained = read_trained(run, epoch)
    network = trained.network(encoder)
    config = dataclasses.replace(config, features=trained.config.features)
    corpora = read_corpora(config.data, config.run.cache_dir)
    stored = store_usable(corpora, config, progress, front_end)
    check_features(trained.features, stored)
    normalisation, moments = config.features.normalisation, trained.moments
    # Nothing of theirs was trained on, as far as this is asked.
    groups = None
    if not moments:
        groups = find_groups(
            normalisation, stored.utterances, ["ood"] * len(stored.utterances)
        )
    store = stored.join(groups, moments=moments)
    lengths = np.asarray(store.lengths)
    num_buckets, batch_size = trained.config.training.num_buckets, trained.batch_size
    buckets = bucket_lengths(lengths, num_buckets, batch_size)
    batches = evaluation_batches(np.arange(len(lengths)), lengths, buckets, batch_size)
    params = jax.device_put(trained.params)
    predictions = predict_batches(network, params, on_host(store), batches)
    return Embedded(
        stored.utterances,
        predictions,
        trained.classes,
        all_skipped(corpora, stored),
        tuple(note_groups(normalisation, groups)),
        stored.recordings,
    )


def check_features(trained: FeatureFacts | None, stored: StoredUtterances) -> None:
    """Refuse data with features of another kind than the run's.

    Raises:
      ValueError: features are given to a run that heard recordings, or the reverse;
        others of another width; or another front end of the user's own.
    """
    given = msgspec.convert(stored.facts, FeatureFacts | None)
    its, here = map(_describe_features, (trained, given))
    if its != here:
        raise ValueError(
            f"The run's features are {its}, and those of the data are {here}. Give "
            "the data what the run was trained on: --features, or front_end=...; or "
            "leave these out."
        )


def _describe_features(facts: FeatureFacts | None) -> str:
    if facts is None:
        return "a front end's of serjax"
    if facts.source.startswith("function "):
        return f"by {facts.source} (code {facts.digest})"
    return f"given, {facts.dims} a frame"
