"""What is settled before a run's first step: attributes, batch size, what stays."""

import dataclasses
from collections.abc import Mapping

from flax import linen as nn

from serjax.config import ATTRIBUTES, Config, did_you_mean
from serjax.data import Dataset, count_parts, default_batch_size
from serjax.methods import Method
from serjax.records.run_config import DatasetFacts
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


def describe_dataset(dataset: Dataset) -> DatasetFacts:
    """Identity of the data, and how many rows each part has."""
    parts = {part: dataset.rows(part) for part in ("train", "valid", "test", "ood")}
    return DatasetFacts(
        identity=dataset.identity,
        utterances={part: len(rows) for part, rows in parts.items()},
        ood=list(dataset.ood),
        skipped=len(dataset.skipped),
    )
