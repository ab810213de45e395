"""Joins a card's group norms with the sums before them: ONNX Runtime has one kernel for both (SkipGroupNorm).

The sum is then read once instead of written, read and read again. ONNX Runtime adds a convolution's bias in a pass of
its own, so that a bias which the norm adds is a pass less. Faces a second on one H200, batches of 16, all of one run:
390 without; 423 with residual sums joined; 471 with upsampling and the last convolution as in card.py too; 512 with
the biases of all convolutions that a norm follows. There rows were weights [16, C]; rows of zeros are spread to the
batch now (see Joining.zeros), which cost nothing to be seen on an H100 (489 with, 495 without).
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .adding import Adding
from .lowering import DOMAIN
from .transposes import prune, rename

# What adds a bias, and which of its inputs that is.
CONVOLUTIONS = {"NhwcConv", "ConvTranspose"}
BIAS = 2


class Joining:
    """A graph whose channels lie last (see Layout), rewritten norm by norm."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        """Look at a graph. Its weights are read."""
        self.graph = graph
        self.leave_out_casts()
        self.same = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Identity"}
        self.weights = {tensor.name: tensor for tensor in graph.initializer}
        self.made = {name: node for node in graph.node for name in node.output}
        self.users: dict[str, int] = {}
        for node in graph.node:
            for name in node.input:
                self.users[name] = self.users.get(name, 0) + 1
        # By what they are made of, so that each is there once.
        self.biases: dict[tuple[str, ...], str] = {}
        self.rows: dict[int, str] = {}
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
        Adding(self).run()
        nodes = [*self.first]
        for node in self.graph.node:
            nodes.extend(self.instead.get(node.output[0], [node]))
        for node in nodes:
            if node.op_type == "SkipLayerNormalization":
                node.output[1] = node.output[2] = ""  # mean and variance, which a card does not give
        del self.graph.node[:]
        self.graph.node.extend(nodes)
        prune(self.graph)

    def residual(self, norm: onnx.NodeProto, add: onnx.NodeProto) -> None:
        """Join a norm with the sum of two pictures, and with the biases of what is summed."""
        if any(self.root(name) in self.weights for name in add.input) or add.output[0] in self.instead:
            return
        x, other, *bias = self.sum(add)
        joined = self.joined(norm, x, [other, *bias], add.output[0])
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
            self.instead[norm.output[0]] = [self.joined(norm, x, self.row(name), "")]
            return
        raw = onnx.NodeProto()
        raw.CopyFrom(before)
        raw.output[0] = f"{x}.raw"
        self.instead[x] = [raw, self.joined(norm, raw.output[0], self.row(name), x)]
        self.instead[norm.output[0]] = []

    def joined(self, norm: onnx.NodeProto, x: str, added: list[str], total: str) -> onnx.NodeProto:
        """Give a norm of a sum, which also gives the sum where that has a name."""
        inputs = [x, self.root(norm.input[1]), self.root(norm.input[2]), *added]
        outputs = [norm.output[0], total] if total else [norm.output[0]]
        node = helper.make_node("SkipGroupNorm", inputs, outputs, domain=DOMAIN)
        node.attribute.extend(norm.attribute)
        return node

    def sum(self, add: onnx.NodeProto) -> list[str]:
        """Give the two pictures of a sum, a convolution's first as kernels expect, and their biases' sum if any."""
        biases = [name for side in add.input if (name := self.take(self.made.get(side)))]
        sides = sorted(add.input, key=lambda name: not self.convolved(name))
        return [*sides, *([self.bias(biases)] if biases else [])]

    def convolved(self, name: str) -> bool:
        """Tell whether a value comes from a convolution."""
        node = self.made.get(name)
        return node is not None and node.op_type == "NhwcConv"

    def take(self, node: onnx.NodeProto | None, *, shared: bool = False) -> str:
        """Take away the bias of what a node gives where nobody but who takes it (or all, when shared) would miss it."""
        if node is None or (self.users[node.output[0]] > 1 and not shared):
            return ""
        if node.op_type == "Reshape":
            return self.take_added(node)
        if node.op_type not in CONVOLUTIONS or len(node.input) <= BIAS:
            return ""
        name = self.root(node.input[BIAS])
        del node.input[BIAS]
        return name

    def take_added(self, node: onnx.NodeProto) -> str:
        """Take away the bias that is added to tokens before they become a picture."""
        add = self.made.get(node.input[0])
        if add is None or add.op_type != "Add" or self.users[add.output[0]] > 1:
            return ""
        for name, other in (add.input, reversed(add.input)):
            if self.root(name) in self.weights:
                node.input[0] = other
                return self.root(name)
        return ""

    def leave_out_casts(self) -> None:
        """Leave out what makes 16 bits of 16 bits: sums and what a card's own operators give."""
        made = {name: node for node in self.graph.node for name in node.output}
        for node in self.graph.node:
            if node.op_type != "Cast" or node.attribute[0].i != TensorProto.FLOAT16:
                continue
            before = made.get(node.input[0])
            sides = before.input if before is not None and before.op_type == "Add" else [node.input[0]]
            if any(side in made and made[side].domain == DOMAIN for side in sides):
                rename(self.graph, node.output[0], node.input[0])

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
            self.biases[key] = self.weight(f"joined.bias{len(self.biases)}", total)
        return self.biases[key]

    def row(self, name: str) -> list[str]:
        """Give a row of zeros for each picture of a batch, and a bias: the kernel takes no bias alone."""
        return [self.zeros(int(self.weights[name].dims[0])), name]

    def zeros(self, width: int) -> str:
        """Give zeros, [B, width]."""
        if not self.rows:
            self.first.append(helper.make_node("Shape", [self.graph.input[0].name], ["joined.batch"], start=0, end=1))
        if width not in self.rows:
            self.rows[width] = f"joined.zeros{width}"
            self.weight(f"joined.none{width}", np.zeros((width, 1), np.float16))
            spread = f"joined.spread{width}"
            self.first += [
                helper.make_node("Expand", [f"joined.none{width}", "joined.batch"], [spread]),
                self.reshape(spread, [-1, width], self.rows[width]),
            ]
        return self.rows[width]

    def reshape(self, name: str, shape: list[int], output: str) -> onnx.NodeProto:
        """Give a value another shape."""
        key = f"joined.shape{shape}"
        if key not in self.weights:
            self.weight(key, np.array(shape, np.int64))
        return helper.make_node("Reshape", [name, key], [output])

    def weight(self, name: str, value: np.ndarray) -> str:
        """Add a weight."""
        self.weights[name] = numpy_helper.from_array(value, name)
        self.graph.initializer.append(self.weights[name])
        return name
