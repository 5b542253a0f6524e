"""The network of a run, from its settings: the one place that sizes modules."""

from collections.abc import Mapping, Sequence

from flax import linen as nn

from serjax.config import Config
from serjax.data import Attribute
from serjax.methods import METHODS, Method
from serjax.models.discriminator import Discriminator
from serjax.models.encoders import make_encoder
from serjax.models.heads import Heads, module_key
from serjax.training.own_code import next_own_run
from serjax.training.state import Network


def make_network(
    config: Config,
    classes: Sequence[str],
    attributes: Mapping[str, Attribute],
    dims: int,
    methods: Mapping[str, Method] | None = None,
    encoder: nn.Module | None = None,
) -> Network:
    """Size the modules of a run.

    Args:
      config: the settings.
      classes: the emotions.
      attributes: every one that has a head.
      dims: features of a frame.
      methods: of the chosen attributes, by name; None for serjax's that are named.
      encoder: a user's own; None for the one that the settings name.
    """
    chosen = config.find_methods() if methods is None else methods
    sizes = {it.name: len(it.values) for it in attributes.values()}
    always = [name for name, it in METHODS.items() if it.is_operand]
    known = {**METHODS, **chosen}
    program = tuple(it for name, it in known.items() if name in (*always, *chosen))
    kinds = dict.fromkeys(it.module for it in program if it.module)
    reads = {
        which: tuple(kind.split()[1] for kind in kinds if kind.startswith(which))
        for which in ("head", "discriminator")
    }
    hidden = config.model.discriminator_features
    discriminators = (
        (module_key(name, "discriminator", it), Discriminator(n, hidden))
        for it in reads["discriminator"]
        for name, n in sizes.items()
    )
    return Network(
        encoder=encoder or make_encoder(config.model),
        heads=Heads(
            len(classes),
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
        discriminator_steps=(
            config.training.discriminator_steps if reads["discriminator"] else 1
        ),
        own_run=next_own_run(encoder, tuple(chosen.values())),
    )
