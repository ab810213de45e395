"""Joins a card's group norms with the sums before them: ONNX Runtime has one kernel for both (SkipGroupNorm).

The sum is then read once instead of written, read and read again. ONNX Runtime adds a convolution's bias in a pass of
its own, so that a bias which the norm adds is a pass less. Faces a second on one H200, batches of 16, all of one run:
390 without; 423 with residual sums joined; 471 with upsampling and the last convolution as in card.py too; 512 with
the biases of all convolutions that a norm follows. There rows were weights [16, C]; that they are spread to the
batch now (see Joining.row) was not timed.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

from .lowering import DOMAIN
from .transposes import prune

# What adds a bias, and which of its inputs that is.
CONVOLUTIONS = {"NhwcConv", "ConvTranspose"}
BIAS = 2


class Joining:
    """A graph whose channels lie last (see Layout), rewritten norm by norm."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        """Look at a graph. Its weights are read."""
        self.graph = graph
        self.same = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Identity"}
        self.weights = {tensor.name: tensor for tensor in graph.initializer}
        self.made = {name: node for node in graph.node for name in node.output}
        self.users: dict[str, int] = {}
        for node in graph.node:
            for name in node.input:
                self.users[name] = self.users.get(name, 0) + 1
        # By what they are made of, so that each is there once.
        self.biases: dict[tuple[str, ...], str] = {}
        self.rows: dict[str, str] = {}
        # Nodes for the beginning; nodes instead of others, by the first output of those.
        self.first: list[onnx.NodeProto] = []
        self.instead: dict[str, list[onnx.NodeProto]] = {}

    def run(self) -> None:
        """Rewrite."""
        for norm in [node for node in self.graph.node if node.op_type == "GroupNorm"]:
            before = self.made.get(norm.input[0])
            if before is None:
                continue
            if before.op_type == "Add":
                self.residual(norm, before)
            else:
                self.biased(norm, before)
        nodes = [*self.first]
        for node in self.graph.node:
            nodes.extend(self.instead.get(node.output[0], [node]))
        del self.graph.node[:]
        self.graph.node.extend(nodes)
        prune(self.graph)

    def residual(self, norm: onnx.NodeProto, add: onnx.NodeProto) -> None:
        """Join a norm with the sum of two pictures, and with the biases of what is summed."""
        if any(self.root(name) in self.weights for name in add.input) or add.output[0] in self.instead:
            return
        biases = [name for side in add.input if (name := self.take(self.made.get(side)))]
        sides = sorted(add.input, key=lambda name: not self.convolved(name))  # the kernel's own order
        more = [self.bias(biases)] if biases else []
        joined = self.joined(norm, sides[0], [sides[1], *more], add.output[0])
        self.instead[add.output[0]] = [joined]  # where the sum was: others ask for it too
        self.instead[norm.output[0]] = []

    def biased(self, norm: onnx.NodeProto, before: onnx.NodeProto) -> None:
        """Join a norm with the bias of the convolution before it."""
        x = norm.input[0]
        owner = self.made.get(before.input[0]) if before.op_type == "Transpose" else before
        if owner is None or owner.op_type not in CONVOLUTIONS or x in self.instead:
            return
        others = self.users[x] > 1
        if owner is not before and self.users[owner.output[0]] > 1:
            return
        name = self.take(owner, shared=others)
        if not name:
            return
        if not others:
            self.instead[norm.output[0]] = [self.joined(norm, x, [self.row(name)], "")]
            return
        raw = onnx.NodeProto()
        raw.CopyFrom(before)
        raw.output[0] = f"{x}.raw"
        self.instead[x] = [raw, self.joined(norm, raw.output[0], [self.row(name)], x)]
        self.instead[norm.output[0]] = []

    def joined(self, norm: onnx.NodeProto, x: str, added: list[str], total: str) -> onnx.NodeProto:
        """Give a norm of a sum, which also gives the sum where that has a name."""
        inputs = [x, self.root(norm.input[1]), self.root(norm.input[2]), *added]
        outputs = [norm.output[0], total] if total else [norm.output[0]]
        node = helper.make_node("SkipGroupNorm", inputs, outputs, domain=DOMAIN)
        node.attribute.extend(norm.attribute)
        return node

    def convolved(self, name: str) -> bool:
        """Tell whether a value comes from a convolution."""
        node = self.made.get(name)
        return node is not None and node.op_type == "NhwcConv"

    def take(self, node: onnx.NodeProto | None, *, shared: bool = False) -> str:
        """Take away a convolution's bias where nobody but who takes it (or all, when shared) would miss it."""
        if node is None or node.op_type not in CONVOLUTIONS or len(node.input) <= BIAS:
            return ""
        if self.users[node.output[0]] > 1 and not shared:
            return ""
        name = self.root(node.input[BIAS])
        del node.input[BIAS]
        return name

    def root(self, name: str) -> str:
        """Give the weight behind names for the same."""
        while name in self.same:
            name = self.same[name]
        return name

    def value(self, name: str) -> np.ndarray:
        """Give a weight."""
        return numpy_helper.to_array(self.weights[name])

    def bias(self, names: list[str]) -> str:
        """Give the sum of biases [C], itself a weight."""
        if len(names) == 1:
            return names[0]
        key = tuple(names)
        if key not in self.biases:
            values = [self.value(name) for name in names]
            total = np.sum([value.astype(np.float32) for value in values], axis=0).astype(values[0].dtype)
            self.biases[key] = f"joined.bias{len(self.biases)}"
            self.graph.initializer.append(numpy_helper.from_array(total, self.biases[key]))
        return self.biases[key]

    def row(self, name: str) -> str:
        """Give a bias [C] for each picture of a batch, [B, C]: the kernel takes no row for all of them."""
        if not self.rows:
            one = numpy_helper.from_array(np.array([1], np.int64), "joined.one")
            self.graph.initializer.append(one)
            batch = helper.make_node("Shape", [self.graph.input[0].name], ["joined.batch"], start=0, end=1)
            self.first += [batch, helper.make_node("Concat", ["joined.batch", one.name], ["joined.rows"], axis=0)]
        if name not in self.rows:
            self.rows[name] = f"joined.row{len(self.rows)}"
            row = numpy_helper.from_array(self.value(name)[None], f"{self.rows[name]}.bias")
            self.graph.initializer.append(row)
            self.first.append(helper.make_node("Expand", [row.name, "joined.rows"], [self.rows[name]]))
        return self.rows[name]
