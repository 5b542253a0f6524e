"""Tensors to tensors: the encoder, its heads, the discriminators, the reversal."""

from serjax.models.augment import spec_augment
from serjax.models.discriminator import Discriminator
from serjax.models.encoder import LSTM, Encoder
from serjax.models.heads import Heads
from serjax.models.reversal import reverse_gradient

__all__ = [
    "LSTM",
    "Discriminator",
    "Encoder",
    "Heads",
    "reverse_gradient",
    "spec_augment",
]
