"""Adds pictures and their biases in one pass where no group norm follows.

ONNX Runtime adds a convolution's bias at 1.1 TB/s on an H200, a quarter of what the card can, and the residual in
another pass. BiasAdd does both, but for three widths alone; SkipLayerNormalization does both for any, eight values at a
time, and writes a norm that nobody reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import helper

from .lowering import DOMAIN

if TYPE_CHECKING:
    import onnx

    from .joining import Joining

# The widths that BiasAdd knows.
KNOWN = {320, 640, 1280}
# Of a batch of pictures.
SIDES = 4
# How many values the layer norm sees at once: 256 threads read eight each.
ROW = 2048


class Adding:
    """What is left of a graph's sums when its norms are joined."""

    def __init__(self, joining: Joining) -> None:
        """Look at a graph."""
        self.joining = joining
        self.sides = heights(joining.graph)

    def run(self) -> None:
        """Rewrite sums of pictures that have a bias."""
        for add in [node for node in self.joining.graph.node if node.op_type == "Add"]:
            out = add.output[0]
            height = self.sides.get(out)
            if out in self.joining.instead or height is None or any(side not in self.sides for side in add.input):
                continue
            x, other, *bias = self.joining.sum(add)
            if not bias:
                continue
            width = int(self.joining.weights[bias[0]].dims[0])
            if width in KNOWN or (ROW % width == 0 and height * height * width % ROW == 0):
                self.joining.instead[out] = self.rows(out, [x, other], bias[0], height)
            else:
                self.joining.instead[out] = [
                    helper.make_node("Add", [x, bias[0]], [f"{out}.biased"]),
                    helper.make_node("Add", [f"{out}.biased", other], [out]),
                ]

    def rows(self, out: str, sides: list[str], bias: str, height: int) -> list[onnx.NodeProto]:
        """Add two pictures and a bias as rows of values."""
        joining = self.joining
        width = int(joining.weights[bias].dims[0])
        row = width if width in KNOWN else ROW
        flat, total = [f"{out}.x", f"{out}.other"], f"{out}.sum"
        before = [joining.reshape(name, [0, -1, row], new) for name, new in zip(sides, flat, strict=True)]
        if width in KNOWN:
            add = helper.make_node("BiasAdd", [flat[0], bias, flat[1]], [total], domain=DOMAIN)
        else:
            more, none = f"{bias}.row", "joined.ignored"
            if more not in joining.weights:
                joining.weight(more, np.tile(joining.value(bias), row // width))
            if none not in joining.weights:
                joining.weight(none, np.zeros(row, np.float16))
            outputs = [f"{out}.ignored", "", "", total]
            add = helper.make_node(
                "SkipLayerNormalization", [*flat, none, none, more], outputs, domain=DOMAIN, epsilon=1e-5
            )
        return [*before, add, joining.reshape(total, [0, height, -1, width], out)]


def heights(graph: onnx.GraphProto) -> dict[str, int]:
    """Tell how high, and so how wide, the pictures of a graph are, as far as they are pictures."""
    found = {value.name: value.type.tensor_type.shape.dim[2].dim_value for value in graph.input[:1]}
    shapes = {tensor.name: tensor for tensor in graph.initializer}
    constants = {node.output[0]: node.attribute[0].t for node in graph.node if node.op_type == "Constant"}
    for node in graph.node:
        height = next((found[name] for name in node.input if name in found), None)
        said = {a.name: list(a.ints) for a in node.attribute if a.ints}
        if node.op_type == "Reshape":
            shape = constants.get(node.input[1]) or shapes.get(node.input[1])
            sides = [] if shape is None else list(np.frombuffer(shape.raw_data, np.int64))
            height = int(sides[1]) if len(sides) == SIDES and sides[1] == sides[2] else None
        if height is None:
            continue
        if node.op_type == "NhwcConv":
            height //= said["strides"][0]
        elif node.op_type in {"ConvTranspose", "Resize"}:
            height *= 2
        for name in node.output:
            found[name] = height
    return found
