"""Encoders, the shared layers: from frames to one embedding per utterance, by name.

An encoder is a Linen module `(features, lengths) -> embedding`: float[batch, frames,
dims], padded at the end with anything, and int32[batch] to float[batch, embedding].
Longer padding must change neither the embedding nor a gradient, and every length from
one frame on must do. One of serjax's own is a file here and a line in
`serjax.config.model.ENCODERS`.
"""

import pkgutil

from flax import linen as nn

from serjax.config import ENCODERS, ModelSettings


def make_encoder(settings: ModelSettings) -> nn.Module:
    """Make the encoder that the settings name."""
    return pkgutil.resolve_name(ENCODERS[settings.encoder])(settings)
