"""How much arithmetic the model is, by its definition.

What a cleverer algorithm saves is not taken off: a rate made of these numbers says how
fast the work is done, not how busy the machine is.
"""

from collections.abc import Iterator

from serjax.config import ModelSettings


def forward_flop(
    settings: ModelSettings, dims: int, num_outputs: int, num_frames: int
) -> float:
    """Count the additions and multiplications of one utterance's forward pass.

    Products of matrices alone, convolutions as direct ones; all else is small.

    Args:
      settings: sizes.
      dims: features of a frame.
      num_outputs: classes of all heads together.
      num_frames: padded length.
    """
    return sum(_products(settings, dims, num_outputs, num_frames))


def training_flop(
    settings: ModelSettings, dims: int, num_outputs: int, num_frames: int
) -> float:
    """Count those of one utterance's training step.

    The backward pass has two products for each of the forward pass's, by the weights
    and by the inputs; only the first layer's inputs need no gradient.
    """
    first, *others = _products(settings, dims, num_outputs, num_frames)
    return 2 * first + 3 * sum(others)


def _products(
    settings: ModelSettings, dims: int, num_outputs: int, num_frames: int
) -> Iterator[float]:
    inputs = dims
    for outputs in settings.conv_features:
        yield 2 * num_frames * settings.conv_width * inputs * outputs
        num_frames = -(-num_frames // settings.pool_stride)
        inputs = outputs
    hidden = settings.lstm_features
    directions = 2 if settings.lstm_bidirectional else 1
    yield 2 * num_frames * directions * (inputs + hidden) * 4 * hidden
    yield 2 * embedding_size(settings) * num_outputs


def embedding_size(settings: ModelSettings) -> int:
    """Length of the paper's encoder's output: 512 by default."""
    return settings.lstm_features * (2 if settings.lstm_bidirectional else 1)
