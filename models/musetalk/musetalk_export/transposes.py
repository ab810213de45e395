"""Takes transpositions out of a graph whose channels lie last wherever they are many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onnx import helper, numpy_helper

from .lowering import LAST, SECOND

if TYPE_CHECKING:
    import onnx

# What computes each element for itself.
EACH = {"Add", "Sub", "Mul", "Div", "Cast", "Clip", "Round", "Sigmoid"}


class Layout:
    """A graph in which transpositions move towards its end until they meet their opposite."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        """Look at a graph."""
        self.graph = graph
        self.scalars = {t.name for t in graph.initializer if len(t.dims) == 0 or list(t.dims) == [1]}
        self.scalars |= {n.output[0] for n in graph.node if n.op_type == "Constant" and constant_size(n) == 1}
        self.added = 0
        # What keeps the standard layout, with a transposition before and behind it.
        self.kept: set[str] = set()

    def permutation(self, node: onnx.NodeProto | None) -> list[int]:
        """Give what a transposition does; nothing for other nodes."""
        if node is None or node.op_type != "Transpose":
            return []
        return list(next(a.ints for a in node.attribute if a.name == "perm"))

    def run(self) -> None:
        """Move until nothing changes, then leave out what nobody asks for."""
        while self.step():
            pass
        prune(self.graph)

    def step(self) -> bool:
        """Pass through the graph once; tell whether anything changed."""
        made = {name: node for node in self.graph.node for name in node.output}
        nodes: list[onnx.NodeProto] = []
        changed = False
        for node in self.graph.node:
            before = [made.get(name) for name in node.input]
            if self.permutation(node) == LAST and self.permutation(before[0]) == SECOND:
                source = before[0]
                rename(self.graph, node.output[0], source.input[0] if source else "")
                changed = True
                continue
            moved = self.moved(node, before)
            changed = changed or len(moved) > 1
            nodes.extend(moved)
        del self.graph.node[:]
        self.graph.node.extend(nodes)
        return changed

    def moved(self, node: onnx.NodeProto, before: list[onnx.NodeProto | None]) -> list[onnx.NodeProto]:
        """Let a node work on channels that lie last, where all that it takes was transposed from there."""
        free = [self.permutation(b) == SECOND for b in before]
        if not any(free):
            return [node]
        if node.op_type == "ConvTranspose":
            return self.between(node)
        if node.op_type in EACH:
            if not all(f or name in self.scalars or not name for f, name in zip(free, node.input, strict=True)):
                return [node]
        elif node.op_type == "Concat" and all(free) and node.attribute[0].i == 1:
            node.attribute[0].i = 3
        else:
            return [node]
        for place, source in enumerate(before):
            if free[place] and source is not None:
                node.input[place] = source.input[0]
        out = node.output[0]
        self.added += 1
        node.output[0] = f"{out}.last{self.added}"
        return [node, helper.make_node("Transpose", [node.output[0]], [out], perm=SECOND)]

    def between(self, node: onnx.NodeProto) -> list[onnx.NodeProto]:
        """Let what comes behind a node go on with channels that lie last, though the node itself does not."""
        out = node.output[0]
        if out in self.kept:
            return [node]
        node.output[0] = f"{out}.second"
        self.kept.add(node.output[0])
        return [
            node,
            helper.make_node("Transpose", [node.output[0]], [f"{out}.last"], perm=LAST),
            helper.make_node("Transpose", [f"{out}.last"], [out], perm=SECOND),
        ]


def rename(graph: onnx.GraphProto, old: str, new: str) -> None:
    """Let everything that takes one value take another; a result keeps its own name."""
    if any(value.name == old for value in graph.output):
        old, new = new, old
        made = next(node for node in graph.node if old in node.output)
        made.output[list(made.output).index(old)] = new
    for node in graph.node:
        for place, name in enumerate(node.input):
            if name == old:
                node.input[place] = new


def prune(graph: onnx.GraphProto) -> None:
    """Leave out nodes and weights that nothing takes."""
    wanted = {value.name for value in graph.output}
    kept = []
    for node in reversed(graph.node):
        if any(name in wanted for name in node.output):
            kept.append(node)
            wanted.update(node.input)
    del graph.node[:]
    graph.node.extend(reversed(kept))
    weights = [t for t in graph.initializer if t.name in wanted]
    del graph.initializer[:]
    graph.initializer.extend(weights)
    del graph.value_info[:]


def constant_size(node: onnx.NodeProto) -> int:
    """Tell how many elements a constant has."""
    return next((numpy_helper.to_array(a.t).size for a in node.attribute if a.name == "value"), 0)
