"""What is settled before a run's first step: attributes, batch size, what stays."""

import dataclasses
import math
from collections.abc import Mapping

import msgspec
import numpy as np
from flax import linen as nn

from serjax.config import ATTRIBUTES, Config, did_you_mean
from serjax.data import Dataset, count_parts, default_batch_size, expected_rows
from serjax.methods import Method
from serjax.records.run_config import DatasetFacts, FeatureFacts
from serjax.training import loop
from serjax.training.devices import Device
from serjax.training.network import make_network
from serjax.training.placement import place


def take_attributes(config: Config, dataset: Dataset) -> Dataset:
    """Keep the paper's attributes, and of the further ones those that the run names.

    The paper's all have a head in every run, so that the runs of the paper's grid are
    one program. A further column may have thousands of values that no run asks for.

    Raises:
      ValueError: the run names one that the data lack, or that training cannot use.
    """
    for name in config.training.attributes:
        if name in dataset.inapplicable:
            raise ValueError(
                f"Attribute {name!r} cannot be trained on: {dataset.inapplicable[name]}"
            )
        if name not in dataset.attributes:
            raise ValueError(
                f"The data have no attribute {name!r}; they have "
                f"{', '.join(dataset.attributes) or 'none with two values or more'}."
                f"{did_you_mean(name, dataset.attributes)}"
            )
    kept = {*ATTRIBUTES.values(), *config.training.attributes}
    attributes = {name: it for name, it in dataset.attributes.items() if name in kept}
    return dataclasses.replace(dataset, attributes=attributes)


def check_encoder(config: Config, dataset: Dataset, encoder: nn.Module | None) -> None:
    """Refuse an encoder of serjax's that needs frames, where there is one for each.

    Raises:
      ValueError: with the encoder, and what to give.
    """
    named = config.model.encoder
    if encoder or named == "mean-mlp" or np.max(dataset.store.lengths) > 1:
        return
    raise ValueError(
        f"encoder={named!r}: every utterance has one frame, of {dataset.store.dims} "
        "features, and this encoder is made for many. Give --encoder=mean-mlp."
    )


def choose_batch_size(config: Config, dataset: Dataset) -> int:
    """Utterances per step: the setting, or by the rule."""
    num_train = dataset.smallest_train or len(dataset.rows("train"))
    return config.training.batch_size or default_batch_size(num_train)


def make_job(
    config: Config,
    dataset: Dataset,
    batch_size: int,
    device: Device,
    methods: Mapping[str, Method] | None = None,
    encoder: nn.Module | None = None,
) -> loop.Job:
    """Make ready what stays the same during a run: network, data on the device.

    Args:
      config: the settings.
      dataset: as from `take_attributes`.
      batch_size: utterances per step.
      device: where to train.
      methods: see `make_network`, as `encoder`.
    """
    dims = dataset.store.dims
    sizes = dataset.classes, dataset.attributes, dims
    return loop.Job(
        config=config,
        batch_size=batch_size,
        network=make_network(config, *sizes, methods, encoder),
        dataset=dataset,
        store=place(dataset, device, config.run.memory_budget_gb),
        buckets=loop.choose_buckets(dataset, config.training.num_buckets, batch_size),
    )


def count_training(dataset: Dataset) -> dict[str, dict[str, int]]:
    """Count the utterances in training by corpus and class; every class is there."""
    corpora = sorted({dataset.utterances[row].corpus for row in dataset.rows("train")})
    return {it: count_parts(dataset, it)["train"].classes for it in corpora}


def note_few_rows(job: loop.Job) -> list[str]:
    """Say where a method's batches hold too few rows of an attribute's rarest value."""
    methods = {method.name: method for method in job.network.methods}
    rows, notes = job.dataset.rows("train"), []
    utterances = job.dataset.utterances
    corpora = np.array([utterances[row].corpus for row in rows])
    for name, role in job.config.training.roles_by_attribute.items():
        if (least := methods[role.role].rows_per_value) is None:
            continue
        attribute = job.dataset.attributes[name]
        labels = attribute.labels[rows]
        found = expected_rows(labels, job.batch_size, loop.corpora_to_share(job))
        if found.min() >= least:
            continue
        enough = math.ceil(least / expected_rows(labels, 1, corpora).min())
        notes.append(
            f"{role.role} of {name}: a batch of {job.batch_size} has {found.min():.1f} "
            f"utterances of {attribute.values[found.argmin()]!r} on average; expected "
            f"{least} or more. Give --batches=even and --batch_size={enough} or more, "
            "and the same to the baseline that it is compared with."
        )
    return notes


def describe_dataset(dataset: Dataset) -> DatasetFacts:
    """Identity of the data, and how many rows each part has."""
    parts = {part: dataset.rows(part) for part in ("train", "valid", "test", "ood")}
    return DatasetFacts(
        identity=dataset.identity,
        utterances={part: len(rows) for part, rows in parts.items()},
        ood=list(dataset.ood),
        skipped=len(dataset.skipped),
        features=msgspec.convert(dataset.features, FeatureFacts | None),
    )
