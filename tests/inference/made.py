"""Classifiers of random parameters: what they predict is of no meaning."""

import dataclasses
from typing import Any

import jax
import numpy as np

from serjax.data.normalisation import Moments
from serjax.inference.trained import Trained
from serjax.training.network import make_network
from serjax.training.state import classifier_shapes
from tests.training.made import CLASSES, make_small_config


def make_trained(mapped: bool = False, **settings: Any) -> Trained:
    """A small classifier; none of its parameters is 0, and nothing is compiled."""
    config = make_small_config(**settings)
    dims = config.features.num_mels
    network = make_network(config, CLASSES, {}, dims, {})
    shapes = classifier_shapes(network)
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.5, shape).astype(np.float32)

    params = jax.tree.map(lambda it: draw(*it.shape), shapes)
    if mapped:
        size = len(params["heads"]["emotion"]["kernel"])
        params["map"] = {"matrix": draw(size, size), "offset": draw(size)}
    moments = None
    if config.features.normalisation == "train":
        frames = rng.normal(-9, 2, (50, dims)).astype(np.float32)
        moments = Moments.of(frames)
    return Trained(config, CLASSES, dims, 8, params, moments=moments)


def with_params(trained: Trained, **changed: Any) -> Trained:
    """The same classifier with other parameters."""
    return dataclasses.replace(trained, params={**trained.params, **changed})
