"""A card's operators as standard ones: what they mean, so that a CPU can draw what a card will."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    import onnx

DOMAIN = "com.microsoft"
LAST, SECOND = [0, 2, 3, 1], [0, 3, 1, 2]


def lower(model: onnx.ModelProto) -> None:
    """Write a graph of a card in standard operators. Weights may lie outside: only their shapes are asked for."""
    Lowering(model.graph).run()


class Lowering:
    """A graph that is written anew, node by node."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        """Look at a graph."""
        self.graph = graph
        self.nodes: list[onnx.NodeProto] = []
        self.weights = {tensor.name: tensor for tensor in graph.initializer}
        self.same = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Identity"}
        spread = {node.output[0] for node in graph.node if node.op_type == "Expand"}
        self.rows = {node.output[0] for node in graph.node if node.input and node.input[0] in spread}
        self.made = 0

    def run(self) -> None:
        """Write."""
        rules = {
            "NhwcConv": self.convolution,
            "GroupNorm": self.norm,
            "MultiHeadAttention": self.attention,
            "BiasSplitGelu": self.gate,
            "BiasAdd": self.sum,
        }
        several = {"SkipGroupNorm": self.sum_and_norm, "SkipLayerNormalization": self.sum_and_layer_norm}
        for node in self.graph.node:
            if node.domain != DOMAIN:
                self.nodes.append(node)
                continue
            said = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            if node.op_type in several:
                several[node.op_type](list(node.input), list(node.output), said)
                continue
            rules[node.op_type](list(node.input), node.output[0], said)
        del self.graph.node[:]
        self.graph.node.extend(self.nodes)

    def length(self, name: str) -> int:
        """Tell how many elements a vector among the weights has."""
        while name in self.same:
            name = self.same[name]
        return int(self.weights[name].dims[0])

    def name(self) -> str:
        """Give a name that is not there yet."""
        self.made += 1
        return f"lowered.{self.made}"

    def constant(self, value: object, kind: type = np.int64) -> str:
        """Add a constant."""
        tensor = numpy_helper.from_array(np.asarray(value, kind), self.name())
        self.graph.initializer.append(tensor)
        return tensor.name

    def add(self, kind: str, inputs: list[str], output: str = "", **attributes: Any) -> str:  # noqa: ANN401 (of many kinds)
        """Add a node; give the name of its result."""
        output = output or self.name()
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def convolution(self, inputs: list[str], output: str, said: dict[str, Any]) -> None:
        """Write a convolution whose channels lie last."""
        x = self.add("Transpose", inputs[:1], perm=SECOND)
        weight = self.add("Transpose", inputs[1:2], perm=SECOND)
        y = self.add("Conv", [x, weight, *inputs[2:]], **said)
        self.add("Transpose", [y], output, perm=LAST)

    def norm(self, inputs: list[str], output: str, said: dict[str, Any]) -> None:
        """Write a group norm of 32 bits whose channels lie last."""
        groups, channels = said["groups"], self.length(inputs[1])
        x = self.add("Cast", [self.add("Transpose", inputs[:1], perm=SECOND)], to=TensorProto.FLOAT)
        y = self.add("Reshape", [x, self.constant([0, groups, -1])])
        ones, zeros = (self.constant(np.full(groups, value), np.float32) for value in (1, 0))
        y = self.add("InstanceNormalization", [y, ones, zeros], epsilon=said["epsilon"])
        y = self.add("Reshape", [y, self.add("Shape", [x])])
        side = self.constant([channels, 1, 1])
        y = self.add("Mul", [y, self.add("Reshape", [inputs[1], side])])
        y = self.add("Add", [y, self.add("Reshape", [inputs[2], side])])
        if said["activation"]:
            y = self.add("Mul", [y, self.add("Sigmoid", [y])])
        self.add("Cast", [self.add("Transpose", [y], perm=LAST)], output, to=TensorProto.FLOAT16)

    def sum_and_norm(self, inputs: list[str], outputs: list[str], said: dict[str, Any]) -> None:
        """Write a group norm of a sum: of a picture, another or a row [B, C] for all places, and a bias [C] if any."""
        x, weight, shift, other, *bias = inputs
        if other in self.rows:
            other = self.add("Unsqueeze", [other, self.constant([1, 2])])
        for more in bias:
            x = self.add("Add", [x, more])
        x = self.add("Add", [x, other], *outputs[1:])
        self.norm([x, weight, shift], outputs[0], said)

    def sum(self, inputs: list[str], output: str, _: dict[str, Any]) -> None:
        """Write a sum of tokens, a bias and other tokens."""
        x, bias, other = inputs
        self.add("Add", [self.add("Add", [x, bias]), other], output)

    def sum_and_layer_norm(self, inputs: list[str], outputs: list[str], said: dict[str, Any]) -> None:
        """Write a layer norm of a sum of tokens, others and a bias."""
        x, other, weight, shift, bias = inputs
        normed, _, _, total = outputs
        self.sum([x, bias, other], total, {})
        self.add("LayerNormalization", [total, weight, shift], normed, axis=-1, epsilon=said["epsilon"])

    def attention(self, inputs: list[str], output: str, said: dict[str, Any]) -> None:
        """Write attention of several heads."""
        apart = self.constant([0, 0, said["num_heads"], -1])
        query, key, value = (
            self.add("Transpose", [self.add("Reshape", [x, apart])], perm=[0, 2, 1, 3]) for x in inputs
        )
        width = self.add("Gather", [self.add("Shape", [query]), self.constant(3)])
        size = self.add("Sqrt", [self.add("Cast", [width], to=TensorProto.FLOAT16)])
        scores = self.add("MatMul", [query, self.add("Transpose", [key], perm=[0, 1, 3, 2])])
        weights = self.add("Softmax", [self.add("Div", [scores, size])], axis=-1)
        seen = self.add("Transpose", [self.add("MatMul", [weights, value])], perm=[0, 2, 1, 3])
        self.add("Reshape", [seen, self.constant([0, 0, -1])], output)

    def gate(self, inputs: list[str], output: str, _: dict[str, Any]) -> None:
        """Write a bias, then the first half times GELU of the second."""
        half = self.length(inputs[1]) // 2
        x = self.add("Add", inputs)
        value, gate = (
            self.add("Slice", [x, self.constant([start]), self.constant([start + half]), self.constant([2])])
            for start in (0, half)
        )
        gate = self.add("Cast", [gate], to=TensorProto.FLOAT)
        error = self.add("Erf", [self.add("Div", [gate, self.constant(2**0.5, np.float32)])])
        error = self.add("Add", [error, self.constant(1, np.float32)])
        gate = self.add("Mul", [self.add("Mul", [gate, error]), self.constant(0.5, np.float32)])
        self.add("Mul", [value, self.add("Cast", [gate], to=TensorProto.FLOAT16)], output)
