"""The network of a run, from its settings: the one place that sizes modules."""

from collections.abc import Mapping

from flax import linen as nn

from serjax.config import Config
from serjax.data import Dataset
from serjax.methods import METHODS, Method
from serjax.models.discriminator import Discriminator
from serjax.models.encoders import make_encoder
from serjax.models.heads import Heads, module_key
from serjax.training.own_code import next_own_run
from serjax.training.state import Network


def network_of(
    config: Config,
    dataset: Dataset,
    methods: Mapping[str, Method] | None = None,
    encoder: nn.Module | None = None,
) -> Network:
    """Size the modules for a data set's classes, attributes and features.

    Args:
      config: the settings.
      dataset: as from `take_attributes`.
      methods: of the chosen attributes, by name; None for serjax's that are named.
      encoder: a user's own, or None.
    """
    methods = config.find_methods() if methods is None else methods
    return make_network(
        config,
        len(dataset.classes),
        {it.name: len(it.values) for it in dataset.attributes.values()},
        dataset.store.frames.shape[1],
        methods,
        encoder,
        next_own_run(encoder, tuple(methods.values())),
    )


def make_network(
    config: Config,
    num_emotions: int,
    sizes: Mapping[str, int],
    dims: int,
    methods: Mapping[str, Method] | None = None,
    encoder: nn.Module | None = None,
    own_run: int = 0,
) -> Network:
    """Size the modules of a run.

    Args:
      config: the settings.
      num_emotions: emotion classes.
      sizes: number of training values of every attribute that has a head.
      dims: features of a frame.
      methods: of the chosen attributes, by name, as from `Config.find_methods`.
      encoder: a user's own; None for the one that the settings name.
      own_run: see `Network`.
    """
    chosen = methods or {}
    always = [name for name, it in METHODS.items() if it.is_operand]
    known = {**METHODS, **chosen}
    program = tuple(it for name, it in known.items() if name in (*always, *chosen))
    kinds = dict.fromkeys(it.module for it in program if it.module)
    reads = {
        which: tuple(kind.split()[1] for kind in kinds if kind.startswith(which))
        for which in ("head", "discriminator")
    }
    discriminators = (
        (module_key(name, "discriminator", it), Discriminator(n, features))
        for features in [config.model.discriminator_features]
        for it in reads["discriminator"]
        for name, n in sizes.items()
    )
    return Network(
        encoder=encoder or make_encoder(config.model),
        heads=Heads(
            num_emotions,
            tuple(sizes.items()),
            config.model.dropout,
            config.model.head_features,
            further=tuple(it for it in reads["head"] if it != "embedding"),
        ),
        discriminators=tuple(discriminators),
        discriminators_read=reads["discriminator"],
        methods=program,
        dims=dims,
        learning_rate=config.training.learning_rate,
        momentum=config.training.momentum,
        clip_norm=config.training.clip_norm,
        time_mask_frames=config.training.time_mask_frames,
        frequency_mask_bins=config.training.frequency_mask_bins,
        own_run=own_run,
    )
