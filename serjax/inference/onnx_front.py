"""What comes before the encoder as ONNX nodes: log-mel frames, and normalisation."""

import numpy as np

from serjax.config import FeatureSettings
from serjax.data.logmel import window_and_filters
from serjax.data.normalisation import EPSILON, Moments
from serjax.inference.graph import DOUBLE, FLOAT, Graph, Shape
from serjax.inference.onnx_encoders import frame_mask, masked_mean


def normalise(
    graph: Graph,
    settings: FeatureSettings,
    shape: Shape,
    x: str,
    lengths: str,
    moments: Moments | None = None,
) -> str:
    """Give frames zero mean and unit variance, as `serjax.data.normalisation` does.

    Sums are of float64: a coefficient that never changes is to come to 0, though its
    mean is divided by 1e-5. Statistics over a speaker or a corpus become the inputs
    `mean` and `std`, float32[batch, dims]; those of training rows are constants.

    Args:
      graph: what it is added to.
      settings: which normalisation.
      shape: batch and dims, as inputs declare them.
      x: float32[batch, frames, dims], with anything from the lengths on.
      lengths: int64[batch].
      moments: of the training rows, where they normalise.

    Returns:
      float32[batch, frames, dims], zero from the lengths on.
    """
    mask = frame_mask(graph, x, lengths)
    x = graph("Where", mask, x, np.float32(0))
    kind = settings.normalisation
    if kind in ("signal", "none"):
        return x
    x = graph.cast(x, DOUBLE)
    if kind in ("coefficient", "utterance"):
        mean = _over(graph, kind, x, lengths)
        centred = graph("Sub", x, mean)
        variance = _over(graph, kind, graph("Mul", centred, centred), lengths)
        deviation = graph("Sqrt", variance)
    elif moments:
        centred = graph("Sub", x, moments.mean)
        deviation = np.sqrt(moments.squares / moments.num_frames)
    else:
        mean, deviation = (
            graph.cast(
                graph("Unsqueeze", graph.input(name, FLOAT, shape), [1]),
                DOUBLE,
            )
            for name in ("mean", "std")
        )
        centred = graph("Sub", x, mean)
    x = graph("Div", centred, graph("Add", deviation, np.float64(EPSILON)))
    return graph("Where", mask, graph.cast(x, FLOAT), np.float32(0))


def log_mel(graph: Graph, settings: FeatureSettings, signal: str) -> str:
    """Compute the log-mel spectrogram, as `serjax.data.logmel` does.

    One convolution cuts out frames and transforms them: its kernels are the window
    times the cosines and sines of the DFT.

    Args:
      graph: what it is added to.
      settings: window, hop, FFT and filterbank sizes.
      signal: float32[1, samples].

    Returns:
      float32[1, frames, mels].
    """
    if settings.normalisation == "signal":
        signal = _unit_variance(graph, signal)
    window, filters = window_and_filters(settings)
    size, num_bins = settings.fft_size, filters.shape[1]
    angles = 2 * np.pi / size * (np.outer(range(num_bins), range(size)) % size)
    waves = np.concatenate([np.cos(angles), np.sin(angles)]) * window
    x = graph("Unsqueeze", signal, [1])
    kernels = waves[:, None].astype(np.float32)
    x = graph("Conv", x, kernels, strides=[settings.hop_samples])
    # Of real and imaginary part the filters sum the squares.
    x = graph("Transpose", graph("Mul", x, x), perm=[0, 2, 1])
    energies = graph("MatMul", x, np.tile(filters, 2).T.copy())
    return graph("Log", graph("Add", energies, np.float32(settings.log_floor)))


def _over(graph: Graph, kind: str, x: str, lengths: str) -> str:
    """Mean over the real frames: [batch, 1, dims], or over all of it, [batch, 1, 1]."""
    mean = graph("Unsqueeze", masked_mean(graph, x, lengths), [1])
    return mean if kind == "coefficient" else graph("ReduceMean", mean, axes=[2])


def _unit_variance(graph: Graph, signal: str) -> str:
    """The waveform with mean 0 and variance 1; 0 where it never changes."""
    x = graph.cast(signal, DOUBLE)
    x = graph("Sub", x, graph("ReduceMean", x, axes=[1]))
    power = graph("ReduceMean", graph("Mul", x, x), axes=[1])
    is_constant = graph("Equal", power, np.float64(0))
    deviation = graph("Where", is_constant, np.float64(1), graph("Sqrt", power))
    return graph.cast(graph("Div", x, deviation), FLOAT)
