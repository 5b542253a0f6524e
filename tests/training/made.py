"""Data sets without audio and settings without weight, for tests of training."""

from typing import Any

import numpy as np

from serjax.config import Config, make_config
from serjax.corpora.utterance import Utterance
from serjax.data import Dataset, Recording
from serjax.data.attributes import encode_attributes
from serjax.data.joined import FeatureStore
from serjax.training.network import make_network
from serjax.training.state import Network

MELS = 6
CLASSES = ("negative", "neutral", "positive")
FOUR_CLASSES = ("anger", "happiness", "neutral", "sadness")
SIZES = {
    "conv_features": (6,),
    "lstm_features": 4,
    "discriminator_features": (5,),
    "time_mask_frames": 4,
    "frequency_mask_bins": 1,
}
"""A model that compiles quickly."""

PLAIN = {"dropout": 0.0, "time_mask_frames": 0, "frequency_mask_bins": 0}
"""Nothing random in a step."""


def make_small_config(**settings: Any) -> Config:
    """Settings for `make_dataset`; everything not given is the paper's, but tiny."""
    small = {
        "preset": "paper",
        "ood": ("gamma",),
        "num_mels": MELS,
        "batch_size": 8,
        "epochs": 4,
        "patience": 0,
        "learning_rate": 0.05,
        "checkpoint_every_s": 1e9,
        **SIZES,
    }
    return make_config(**{**small, **settings})


def make_dataset(
    shortest: int = 9, longest: int = 16, classes: tuple[str, ...] = CLASSES
) -> Dataset:
    """Random features with a trace of their class; three corpora, one of them unseen.

    alpha (en) and beta (de) have five speakers each: three to train, one to validate,
    one to test. The gender of beta's first speaker is unknown, and alpha alone has a
    further attribute, room.
    """
    utterances, parts = [], []
    speaker_parts = ("train", "train", "train", "valid", "test")
    for corpus, language in (("alpha", "en"), ("beta", "de"), ("gamma", "en")):
        for number, part in enumerate(speaker_parts if corpus < "c" else ("ood",) * 2):
            unknown = corpus == "beta" and number == 0
            for emotion in classes:
                utterances.append(
                    Utterance(
                        file=f"{corpus}/{number}-{emotion}.wav",
                        corpus=corpus,
                        label=emotion,
                        emotion=emotion,
                        speaker=f"{corpus}/{number}",
                        gender=None if unknown else ("female", "male")[number % 2],
                        language=language,
                        extra=(("room", "small"),) if corpus == "alpha" else (),
                    )
                )
                parts.append(part)
    labels = np.array([classes.index(u.emotion) for u in utterances], np.int32)
    rng = np.random.default_rng(0)
    rows = []
    for label in labels:
        row = rng.standard_normal((rng.integers(shortest, longest + 1), MELS))
        row[:, label] += 1
        rows.append(row.astype(np.float32))
    attributes, inapplicable = encode_attributes(utterances, parts)
    return Dataset(
        utterances=tuple(utterances),
        recordings=make_recordings(len(utterances)),
        store=FeatureStore.join(rows, MELS),
        parts=tuple(parts),
        labels=labels,
        classes=classes,
        attributes=attributes,
        inapplicable=inapplicable,
        skipped=(),
        paths={},
        identity="-".join(map(str, ("made", shortest, longest, *classes))),
        ood=("gamma",),
    )


def network_of(config: Config, dataset: Dataset) -> Network:
    """The network of a run on a data set."""
    dims = dataset.store.dims
    return make_network(config, dataset.classes, dataset.attributes, dims)


def make_recordings(num_rows: int) -> tuple[Recording, ...]:
    """As many equal recordings, of which training reads nothing."""
    return (Recording(16_000, 1, 1.0, -20.0, 0.1, 0.1),) * num_rows
