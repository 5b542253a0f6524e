"""The same model in PyTorch: what serjax's speed is held against.

A twin must be as fast as its author can make it, or the comparison says nothing. So
convolution and pool work on channels-last memory, a fifth faster on a CPU; the ReLU
comes after the pool; what can be changed in place is; padding is filled row by row,
behind autograd's back, where its gradient is zero anyway. Tried without gain on 2
cores: torch.compile, SGD fused or foreach, batches padded to fewer lengths.

This and `trainer` are the modules that import torch.
"""

# A machine that checks types need not have it.
# pyright: reportMissingImports=false

import itertools
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import rnn

from serjax.config import ModelSettings, require

RECURRENCES = ("packed", "reversed")
"""How the LSTM meets padding: over packed sequences; or over padded ones, with the
backward direction in the valid frames' order where lengths differ."""

_ONLY: dict[str, Any] = {"encoder": "cnn-lstm", "lstm_bidirectional": True}
_ONLY |= {"summary": "mean", "head_features": ()}
_NHWC = torch.channels_last


class Twin(nn.Module):
    """serjax's `Encoder` and `Heads`; `recurrence` is one of `RECURRENCES`."""

    def __init__(
        self,
        settings: ModelSettings,
        num_mels: int,
        num_classes: int,
        num_values: Mapping[str, int],
    ) -> None:
        """Make it for so many classes, and so many values of each attribute."""
        super().__init__()
        for name, only in _ONLY.items():
            value, expected = getattr(settings, name), f"{only!r}, or --notwin"
            require(value == only, name, value, expected)
        width, stride = settings.pool_width, settings.pool_stride
        expected = "less than twice pool_stride, or --notwin"
        require(width < 2 * stride, "pool_width", width, expected)
        self.recurrence = RECURRENCES[0]
        self._settings = settings
        channels = (num_mels, *settings.conv_features)
        width, hidden = settings.conv_width, settings.lstm_features
        # Over [batch, channels, 1, frames]: PyTorch has channels-last for images alone.
        self.convolutions = nn.ModuleList(
            nn.Conv2d(inputs, outputs, (1, width), padding=(0, width // 2))
            for inputs, outputs in itertools.pairwise(channels)
        ).to(memory_format=_NHWC)
        self.lstm = nn.LSTM(channels[-1], hidden, bidirectional=True)
        for name, parameter in self.lstm.named_parameters():
            if name.startswith("bias_hh"):  # serjax has one bias
                nn.init.zeros_(parameter).requires_grad_(False)
        self.dropout = nn.Dropout(settings.dropout)
        self.emotion = nn.Linear(2 * hidden, num_classes)
        heads = {name: nn.Linear(2 * hidden, num) for name, num in num_values.items()}
        self.attributes = nn.ModuleDict(heads)

    def embed(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Embed a batch: float32[batch, embedding].

        Args:
          features: float32[batch, frames, mels], zero past each length; frames a
            multiple of all pools' strides together.
          lengths: int64[batch], on the host, 1 or more.
        """
        sizes = self._settings
        window, stride = (1, sizes.pool_width), (1, sizes.pool_stride)
        x = features.transpose(1, 2)[:, :, None].contiguous(memory_format=_NHWC)
        for convolution in self.convolutions:
            x = convolution(x)
            _fill_padding_(x, lengths)
            x = F.relu_(F.max_pool2d(x, window, stride, ceil_mode=True))
            lengths = -(-lengths // sizes.pool_stride)
        h = self._recur(x[:, :, 0].permute(2, 0, 1), lengths)
        on_device = lengths.to(h.device)
        if lengths.min() < len(h) and self.recurrence != "packed":
            at = torch.arange(len(h), device=h.device)[:, None]
            h = h * (at < on_device)[:, :, None]
        return h.sum(0) / on_device[:, None]

    def forward(
        self, features: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Score emotion and attributes, as `serjax.models.Heads`."""
        x = self.dropout(self.embed(features, lengths))
        return self.emotion(x), [head(x) for head in self.attributes.values()]

    def _recur(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Run the LSTM over [frames, batch, channels]."""
        if self.recurrence == "packed":
            packed = rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
            return rnn.pad_packed_sequence(self.lstm(packed)[0], total_length=len(x))[0]
        if lengths.min() == len(x):
            return self.lstm(x)[0]
        at = torch.arange(len(x))[:, None]
        turned = torch.where(at < lengths, lengths - 1 - at, at).to(x.device)
        columns = torch.arange(x.shape[1], device=x.device)
        forward = self._one_direction(x, "")
        backward = self._one_direction(x[turned, columns], "_reverse")
        return torch.cat([forward, backward[turned, columns]], 2)

    def _one_direction(self, x: torch.Tensor, suffix: str) -> torch.Tensor:
        kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        weights = [getattr(self.lstm, f"{kind}_l0{suffix}") for kind in kinds]
        zeros = 2 * (x.new_zeros(1, x.shape[1], self.lstm.hidden_size),)
        training = self.training
        return torch.lstm(x, zeros, weights, True, 1, 0.0, training, False, False)[0]


def spec_augment(
    features: torch.Tensor, lengths: torch.Tensor, time_frames: int, mel_bins: int
) -> torch.Tensor:
    """Mask frames and coefficients by the law of `serjax.models.spec_augment`."""
    _, num_frames, num_mels = features.shape
    lengths = lengths.to(features.device)
    widest = torch.clamp(lengths // 2, max=time_frames)
    in_time = _stretch(widest, lengths, num_frames)
    all_mels = torch.full_like(lengths, num_mels)
    in_frequency = _stretch(torch.clamp(all_mels, max=mel_bins), all_mels, num_mels)
    return features.masked_fill(in_time[:, :, None] | in_frequency[:, None, :], 0)


@torch.no_grad()
def _fill_padding_(x: torch.Tensor, lengths: torch.Tensor) -> None:
    """Fill what lies past each length in [batch, channels, 1, frames], unrecorded.

    Minus infinity is no window's maximum, or leaves a ReLU as 0: either way its
    gradient is 0 without autograd's knowing.
    """
    if x.is_cuda:  # one kernel, not one for each row
        at = torch.arange(x.shape[3], device=x.device)
        past = at >= lengths.to(x.device)[:, None]
        x.masked_fill_(past[:, None, None], -torch.inf)
        return
    for row, length in enumerate(lengths.tolist()):
        if length < x.shape[3]:
            x[row, :, :, length:] = -torch.inf


def _stretch(widest: torch.Tensor, extents: torch.Tensor, size: int) -> torch.Tensor:
    """bool[batch, size]: a stretch of up to `widest`, placed within `extents`."""
    width = (torch.rand(len(widest), device=widest.device) * (widest + 1)).long()
    start = torch.rand(len(widest), device=widest.device) * (extents - width + 1)
    at = torch.arange(size, device=widest.device) - start.long()[:, None]
    return (at >= 0) & (at < width[:, None])
