"""An ONNX graph, node by node. The package onnx is imported here alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Old enough for any runtime of today: LSTM and Where are of 14 and 16.
_OPSET = 17
_IR_VERSION = 8

FLOAT, DOUBLE, INT32, INT64 = (
    getattr(TensorProto, name) for name in ("FLOAT", "DOUBLE", "INT32", "INT64")
)

Shape = Sequence[int | str]
"""Sizes; a name where a size is known only when the model runs."""


class Graph:
    """Nodes in the order of their making; a value is known by its name."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, kind: int, shape: Shape) -> str:
        """Declare an input."""
        self._inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def __call__(self, op: str, *inputs: Any, **attributes: Any) -> str:
        """Add a node, and name its first output.

        Args:
          op: ONNX's name of it.
          inputs: names of values, or constants: arrays, and whole numbers as int64.
          attributes: of the node.
        """
        return self.outputs(1, op, *inputs, **attributes)[0]

    def outputs(self, count: int, op: str, *inputs: Any, **attributes: Any):
        """Add a node, and name so many outputs."""
        names = [it if isinstance(it, str) else self._constant(it) for it in inputs]
        outputs = [f"{op}_{len(self._nodes)}_{n}" for n in range(count)]
        self._nodes.append(helper.make_node(op, names, outputs, **attributes))
        return outputs

    def cast(self, x: str, kind: int) -> str:
        """Change the type of a value's numbers."""
        return self("Cast", x, to=kind)

    def size(self, x: str, axis: int) -> str:
        """Size of an axis, an int64 scalar."""
        return self("Gather", self("Shape", x), axis)

    def model(
        self, outputs: Mapping[str, tuple[str, Shape]], facts: Mapping[str, str]
    ) -> bytes:
        """Put the model together, and check it.

        Args:
          outputs: name -> the value, and its shape; all are float32.
          facts: kept in the model's metadata.

        Returns:
          The bytes of its file: the same for the same model.
        """
        for name, (value, _) in outputs.items():
            self._nodes.append(helper.make_node("Identity", [value], [name]))
        declared = [
            helper.make_tensor_value_info(name, FLOAT, shape)
            for name, (_, shape) in outputs.items()
        ]
        graph = helper.make_graph(
            self._nodes, "serjax", self._inputs, declared, self._constants
        )
        opset = helper.make_opsetid("", _OPSET)
        model = helper.make_model(
            graph, opset_imports=[opset], producer_name="serjax", ir_version=_IR_VERSION
        )
        helper.set_model_props(model, dict(facts))
        onnx.checker.check_model(model, full_check=True)
        return model.SerializeToString(deterministic=True)

    def _constant(self, value: Any) -> str:
        name = f"constant_{len(self._constants)}"
        array = np.asarray(value)
        self._constants.append(numpy_helper.from_array(array, name))
        return name
