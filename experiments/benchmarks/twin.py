"""The same model and the same training in PyTorch: what serjax's speed is held against.

A twin must be as fast as its author can make it, or the comparison says nothing. So
convolution and pool can work on channels-last memory, a fifth faster on a CPU; the ReLU
comes after the pool; what can be changed in place is; padding is filled row by row,
behind autograd's back, where its gradient is zero anyway; gradients are dropped, not
zeroed; data are tensors in memory. Tried without gain on 2 cores: torch.compile, SGD
fused or foreach, batches padded to fewer lengths.

This is the one module that imports torch.
"""

# A machine that checks types need not have it.
# pyright: reportMissingImports=false

import dataclasses
import itertools
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import rnn

from experiments.benchmarks.flop import embedding_size
from experiments.benchmarks.speech import Speech
from serjax.config import Config, ModelSettings
from serjax.methods import METHODS

LAYOUTS = {
    "channels last": torch.channels_last,
    "channels first": torch.contiguous_format,
}
"""How convolution and pool have their numbers in memory."""

RECURRENCES = ("packed", "reversed", "padded")
"""How the LSTM meets padding: over packed sequences; over padded ones, with the
backward direction in the valid frames' order; or over padded ones as they are, where
the backward direction sees the padding first and is not quite right."""

WAYS = tuple(itertools.product(RECURRENCES, LAYOUTS))

INFINITY = float("inf")


@dataclasses.dataclass(frozen=True, eq=False)
class Batch:
    """Padded features, and what is known of them.

    Attributes:
      features: float32[batch, frames, mels], zero past each length.
      lengths: int64[batch], on the host.
      labels: int64[batch].
      attributes: int64[batch, attributes], -1 where unknown.
    """

    features: torch.Tensor
    lengths: torch.Tensor
    labels: torch.Tensor
    attributes: torch.Tensor


class Twin(nn.Module):
    """serjax's `Encoder` and `Heads`.

    Attributes:
      settings: sizes of the encoder.
      num_classes: emotion classes.
      sizes: pairs (attribute, number of training values).
      recurrence: one of `RECURRENCES`.
      layout: one of `LAYOUTS`; see `use`.
    """

    def __init__(
        self,
        settings: ModelSettings,
        num_mels: int,
        num_classes: int,
        sizes: Sequence[tuple[str, int]],
    ) -> None:
        super().__init__()
        if settings.pool_width >= 2 * settings.pool_stride:
            raise ValueError(
                f"pool_width={settings.pool_width}: the twin has a pool of less than "
                f"twice its stride, {settings.pool_stride}."
            )
        self.settings = settings
        self.num_classes = num_classes
        self.sizes = tuple(sizes)
        channels = (num_mels, *settings.conv_features)
        width = settings.conv_width
        # Over [batch, channels, 1, frames]: PyTorch has channels-last for images alone.
        self.convolutions = nn.ModuleList(
            nn.Conv2d(inputs, outputs, (1, width), padding=(0, width // 2))
            for inputs, outputs in itertools.pairwise(channels)
        )
        self.lstm = nn.LSTM(
            channels[-1],
            settings.lstm_features,
            bidirectional=settings.lstm_bidirectional,
        )
        for name, parameter in self.lstm.named_parameters():
            if name.startswith("bias_hh"):  # serjax has one bias
                nn.init.zeros_(parameter).requires_grad_(False)
        self.dropout = nn.Dropout(settings.dropout)
        self.emotion = nn.Linear(embedding_size(settings), num_classes)
        self.attributes = nn.ModuleDict(
            {name: nn.Linear(embedding_size(settings), n) for name, n in sizes}
        )
        self.use(*WAYS[0])

    def use(self, recurrence: str, layout: str) -> None:
        """Choose among ways to compute the same."""
        self.recurrence, self.layout = recurrence, layout
        for parameter in self.convolutions.parameters():
            if parameter.ndim == 4:
                parameter.data = parameter.data.to(memory_format=LAYOUTS[layout])

    def embed(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Embed a batch: float32[batch, embedding].

        Args:
          features: float32[batch, frames, mels], zero past each length; frames a
            multiple of `frame_multiple(settings)`.
          lengths: int64[batch], on the host, 1 or more.
        """
        sizes = self.settings
        window, stride = (1, sizes.pool_width), (1, sizes.pool_stride)
        x = features.transpose(1, 2)[:, :, None]
        x = x.contiguous(memory_format=LAYOUTS[self.layout])
        for convolution in self.convolutions:
            x = convolution(x)
            _fill_padding_(x, lengths, -INFINITY)
            x = F.relu_(F.max_pool2d(x, window, stride, ceil_mode=True))
            lengths = -(-lengths // sizes.pool_stride)
        return self._summary(x[:, :, 0].permute(2, 0, 1), lengths)

    def forward(
        self, features: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Score emotion and attributes, as `serjax.models.Heads`."""
        x = self.dropout(self.embed(features, lengths))
        return self.emotion(x), {n: head(x) for n, head in self.attributes.items()}

    def _summary(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Run the LSTM over [frames, batch, channels], to [batch, embedding]."""
        hidden = self.settings.lstm_features
        h = self._recur(x, lengths)
        on_device = lengths.to(x.device)
        if self.settings.summary == "last":
            last = h[on_device - 1, torch.arange(len(lengths), device=x.device)]
            return torch.cat([last[:, :hidden], h[0, :, hidden:]], 1)
        if lengths.min() < len(h) and self.recurrence != "packed":
            at = torch.arange(len(h), device=x.device)[:, None]
            h = h * (at < on_device)[:, :, None]
        return h.sum(0) / on_device[:, None]

    def _recur(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        if self.recurrence == "packed":
            packed = rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
            return rnn.pad_packed_sequence(self.lstm(packed)[0], total_length=len(x))[0]
        if self.recurrence == "padded" or not self.lstm.bidirectional:
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
        zero = x.new_zeros(1, x.shape[1], self.settings.lstm_features)
        return torch.lstm(
            x, (zero, zero), weights, True, 1, 0.0, self.training, False, False
        )[0]


class Trainer:
    """A twin with its data and its optimiser.

    Attributes:
      config: the settings.
      model: the twin.
    """

    def __init__(self, config: Config, speech: Speech, device: str = "cpu") -> None:
        torch.manual_seed(config.training.seed)
        self.config = config
        self._device = torch.device(device)
        num_mels = speech.frames.shape[1]
        model = Twin(config.model, num_mels, speech.num_classes, speech.sizes)
        self.model = model.to(self._device)
        frames = torch.from_numpy(np.array(speech.frames)).to(self._device)
        self._rows = frames.split(speech.lengths.tolist())
        self._lengths = torch.from_numpy(speech.lengths.astype(np.int64))
        self._labels = torch.from_numpy(speech.labels.astype(np.int64))
        self._attributes = torch.from_numpy(speech.attributes.astype(np.int64))
        self._multiple = frame_multiple(config.model)
        self.use(*WAYS[0])

    def use(self, recurrence: str, layout: str) -> None:
        """Choose among ways to compute the same; momentum starts afresh."""
        self.model.use(recurrence, layout)
        training = self.config.training
        self._optimiser = torch.optim.SGD(
            [p for p in self.model.parameters() if p.requires_grad],
            training.learning_rate,
            training.momentum,
        )

    def batch(self, rows: np.ndarray) -> Batch:
        """Pad some rows to the longest of them."""
        index = torch.from_numpy(np.asarray(rows, np.int64))
        lengths = self._lengths[index]
        longest = -(-int(lengths.max()) // self._multiple) * self._multiple
        num_mels = self._rows[0].shape[1]
        features = torch.zeros(len(rows), longest, num_mels, device=self._device)
        for place, row in enumerate(rows.tolist()):
            features[place, : len(self._rows[row])] = self._rows[row]
        return Batch(
            features,
            lengths,
            self._labels[index].to(self._device),
            self._attributes[index].to(self._device),
        )

    def step(self, batch: Batch) -> torch.Tensor:
        """Take a training step, on a copy of the features; return the loss."""
        settings = self.config.training
        features = spec_augment(
            batch.features,
            batch.lengths,
            settings.time_mask_frames,
            settings.frequency_mask_bins,
        )
        self.model.train()
        self._optimiser.zero_grad(set_to_none=True)
        emotion, heads = self.model(features, batch.lengths)
        alpha = self.config.methods.of(METHODS["multitask"])
        loss = loss_of(emotion, heads, batch, alpha)
        loss.backward()
        self._optimiser.step()
        return loss.detach()

    @torch.inference_mode()
    def predict(self, batches: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Predict rows: emotion probabilities and embeddings, in the batches' order."""
        self.model.eval()
        probabilities, embeddings = [], []
        for rows in batches:
            batch = self.batch(rows)
            embedding = self.model.embed(batch.features, batch.lengths)
            probabilities.append(self.model.emotion(embedding).softmax(1))
            embeddings.append(embedding)
        arrays = [torch.cat(x).cpu().numpy() for x in (probabilities, embeddings)]
        return arrays[0], arrays[1]

    def wait(self) -> None:
        """Wait until all that was asked for is done."""
        if self._device.type == "cuda":
            torch.cuda.synchronize()


def use_all_cores() -> None:
    """Let PyTorch have a thread for each core, as XLA has."""
    torch.set_num_threads(os.cpu_count() or 1)


def frame_multiple(settings: ModelSettings) -> int:
    """What padded lengths are multiples of, so that every pool's windows come out."""
    return settings.pool_stride ** len(settings.conv_features)


def loss_of(
    emotion: torch.Tensor, heads: Mapping[str, torch.Tensor], batch: Batch, alpha: float
) -> torch.Tensor:
    """Eq. 1 over every attribute; unknown ones do not count."""
    loss = F.cross_entropy(emotion, batch.labels)
    if not heads:
        return loss
    terms = []
    for column, logits in enumerate(heads.values()):
        labels = batch.attributes[:, column]
        total = F.cross_entropy(logits, labels, ignore_index=-1, reduction="sum")
        terms.append(total / (labels >= 0).sum().clamp(min=1))
    return (1 - alpha) * loss + alpha * torch.stack(terms).mean()


def spec_augment(
    features: torch.Tensor,
    lengths: torch.Tensor,
    time_mask_frames: int,
    frequency_mask_bins: int,
) -> torch.Tensor:
    """Mask frames and coefficients by the law of `serjax.models.spec_augment`."""
    _, num_frames, num_mels = features.shape
    lengths = lengths.to(features.device)
    widest = torch.clamp(lengths // 2, max=time_mask_frames)
    in_time = _stretch(widest, lengths, num_frames)
    all_mels = torch.full_like(lengths, num_mels)
    widest = torch.clamp(all_mels, max=frequency_mask_bins)
    in_frequency = _stretch(widest, all_mels, num_mels)
    return features.masked_fill(in_time[:, :, None] | in_frequency[:, None, :], 0)


def load_params(model: Twin, params: Mapping[str, Any]) -> None:
    """Take over the parameters of serjax's classifier (`State.params`, as NumPy)."""
    encoder, heads = params["encoder"], params["heads"]
    state = {}
    for layer in range(len(model.convolutions)):
        convolution = encoder[f"conv{layer}"]
        kernel = np.transpose(convolution["kernel"], (2, 1, 0))
        state[f"convolutions.{layer}.weight"] = kernel[:, :, None]
        state[f"convolutions.{layer}.bias"] = convolution["bias"]
    lstm = encoder["lstm"]
    for direction, suffix in enumerate(("", "_reverse")[: len(lstm["bias"])]):
        state[f"lstm.weight_ih_l0{suffix}"] = lstm["kernel"][:, direction].T
        state[f"lstm.weight_hh_l0{suffix}"] = lstm["recurrent"][direction].T
        state[f"lstm.bias_ih_l0{suffix}"] = lstm["bias"][direction]
        state[f"lstm.bias_hh_l0{suffix}"] = np.zeros_like(lstm["bias"][direction])
    for name, head in heads.items():
        own = name.replace("attribute_", "attributes.", 1)
        state[f"{own}.weight"] = head["kernel"].T
        state[f"{own}.bias"] = head["bias"]
    tensors = {name: torch.from_numpy(np.array(x)) for name, x in state.items()}
    model.load_state_dict(tensors)


def _fill_padding_(x: torch.Tensor, lengths: torch.Tensor, value: float) -> None:
    """Fill what lies past each length in [batch, channels, 1, frames], unrecorded.

    What is filled with minus infinity is no window's maximum, or leaves a ReLU as 0:
    either way its gradient is 0 without autograd's knowing.
    """
    with torch.no_grad():
        if x.is_cuda:  # one kernel, not one for each row
            at = torch.arange(x.shape[3], device=x.device)
            past = at >= lengths.to(x.device)[:, None]
            x.masked_fill_(past[:, None, None], value)
            return
        for row, length in enumerate(lengths.tolist()):
            if length < x.shape[3]:
                x[row, :, :, length:] = value


def _stretch(widest: torch.Tensor, extents: torch.Tensor, size: int) -> torch.Tensor:
    """bool[batch, size]: a stretch of up to `widest`, placed within `extents`."""
    width = (torch.rand(len(widest), device=widest.device) * (widest + 1)).long()
    start = torch.rand(len(widest), device=widest.device) * (extents - width + 1)
    at = torch.arange(size, device=widest.device) - start.long()[:, None]
    return (at >= 0) & (at < width[:, None])
