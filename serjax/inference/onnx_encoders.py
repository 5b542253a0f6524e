"""The named encoders as ONNX nodes: padding is masked as `serjax.models` does it.

Each is a function (graph, settings, parameters, x, lengths) -> embedding: x names
float32[batch, frames, dims], zero from the lengths on, and lengths int64[batch].
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from serjax.config import ModelSettings
from serjax.inference.graph import INT32, Graph
from serjax.models.encoders.mean_mlp import EPSILON

LOWEST = np.finfo(np.float32).min
"""Stands for minus infinity, which not every runtime's max-pool takes."""


def frame_mask(graph: Graph, x: str, lengths: str) -> str:
    """Mark the real frames of [batch, frames, ...]: bool[batch, frames, 1]."""
    frames = graph("Range", 0, graph.size(x, 1), 1)
    lengths = graph("Unsqueeze", lengths, [1, 2])
    return graph("Less", graph("Reshape", frames, [1, -1, 1]), lengths)


def masked_mean(graph: Graph, x: str, lengths: str) -> str:
    """Average [batch, frames, channels] over the real frames: [batch, channels]."""
    zero = graph("CastLike", np.float32(0), x)
    total = graph("Where", frame_mask(graph, x, lengths), x, zero)
    total = graph("ReduceSum", total, [1], keepdims=0)
    counts = graph("CastLike", graph("Max", lengths, 1), total)
    return graph("Div", total, graph("Unsqueeze", counts, [1]))


def dense(graph: Graph, params: Any, x: str) -> str:
    """A linear layer."""
    return graph("Add", graph("MatMul", x, params["kernel"]), params["bias"])


def _cnn_lstm(
    graph: Graph, settings: ModelSettings, params: Any, x: str, lengths: str
) -> str:
    x, lengths = _convolutions(graph, settings, params, x, lengths)
    return _recurrent_summary(graph, settings, params, x, lengths)


def _cnn(
    graph: Graph, settings: ModelSettings, params: Any, x: str, lengths: str
) -> str:
    x, lengths = _convolutions(graph, settings, params, x, lengths)
    return masked_mean(graph, x, lengths)


def _mean_mlp(
    graph: Graph, settings: ModelSettings, params: Any, x: str, lengths: str
) -> str:
    mean = masked_mean(graph, x, lengths)
    centred = graph("Sub", x, graph("Unsqueeze", mean, [1]))
    variance = masked_mean(graph, graph("Mul", centred, centred), lengths)
    deviation = graph("Sqrt", graph("Add", variance, np.float32(EPSILON)))
    x = graph("Concat", mean, deviation, axis=1)
    for layer in range(len(settings.mlp_features)):
        x = graph("Relu", dense(graph, params[f"hidden{layer}"], x))
    return x


def _convolutions(
    graph: Graph, settings: ModelSettings, params: Any, x: str, lengths: str
) -> tuple[str, str]:
    """Convolution with its bias, max-pool over the real frames, ReLU; layer by layer.

    A window without a real frame comes to the lowest number, and by the ReLU to the
    zeros that the next layer needs.
    """
    side, stride = settings.conv_width // 2, settings.pool_stride
    for layer in range(len(settings.conv_features)):
        its = params[f"conv{layer}"]
        mask = graph("Transpose", frame_mask(graph, x, lengths), perm=[0, 2, 1])
        x = graph("Transpose", x, perm=[0, 2, 1])  # [batch, channels, frames]
        kernel = np.ascontiguousarray(np.transpose(its["kernel"], (2, 1, 0)))
        x = graph("Conv", x, kernel, its["bias"], pads=[side, side])
        x = graph("Where", mask, x, LOWEST)
        width = settings.pool_width
        x = graph(
            "MaxPool", x, kernel_shape=[width], strides=[stride], pads=[0, width - 1]
        )
        x = graph("Transpose", graph("Relu", x), perm=[0, 2, 1])
        lengths = graph("Div", graph("Add", lengths, stride - 1), stride)
    return x, lengths


def _recurrent_summary(
    graph: Graph, settings: ModelSettings, params: Any, x: str, lengths: str
) -> str:
    """The LSTM, whose state ONNX holds over padding too; then mean or last state."""
    its = params["lstm"]
    bias = _onnx_gates(its["bias"])
    outputs, last = graph.outputs(
        2,
        "LSTM",
        graph("Transpose", x, perm=[1, 0, 2]),
        _onnx_gates(np.transpose(its["kernel"], (1, 2, 0))),
        _onnx_gates(np.transpose(its["recurrent"], (0, 2, 1))),
        np.concatenate([bias, np.zeros_like(bias)], axis=1),  # ONNX's second bias
        graph.cast(lengths, INT32),
        hidden_size=settings.lstm_features,
        direction="bidirectional" if settings.lstm_bidirectional else "forward",
    )
    # [directions, batch, features], [frames, directions, batch, features]
    if settings.summary == "last":
        return graph("Reshape", graph("Transpose", last, perm=[1, 0, 2]), [0, -1])
    outputs = graph("Transpose", outputs, perm=[2, 0, 1, 3])
    return masked_mean(graph, graph("Reshape", outputs, [0, 0, -1]), lengths)


def _onnx_gates(array: np.ndarray) -> np.ndarray:
    """Put gates i, f, g, o along axis 1 in ONNX's order i, o, f, g."""
    i, f, g, o = np.split(array, 4, axis=1)
    return np.ascontiguousarray(np.concatenate([i, o, f, g], axis=1))


ENCODER_NODES: dict[str, Callable[[Graph, ModelSettings, Any, str, str], str]] = {
    "cnn-lstm": _cnn_lstm,
    "cnn": _cnn,
    "lstm": _recurrent_summary,
    "mean-mlp": _mean_mlp,
}
"""By the names of `serjax.config.ENCODERS`."""
