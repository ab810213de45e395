"""Lets layers that look at the same tokens share one matrix product.

All of the UNet's attention over the sound makes keys and values of the same 50 tokens: 32 small products, each of
which takes longer to begin than to compute. Those of a width become one, and its result is cut.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

from .transposes import prune

# From how many layers on: cutting a result costs a pass, so that the three of an attention are better left apart.
MANY = 4


def share(graph: onnx.GraphProto) -> dict[str, list[str]]:
    """Rewrite; tell for each new weight which ones lie side by side in it."""
    weights = {tensor.name: tensor for tensor in graph.initializer}
    groups: dict[tuple[str, int], list[onnx.NodeProto]] = {}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in weights:
            groups.setdefault((node.input[0], weights[node.input[1]].dims[1]), []).append(node)
    made: dict[str, list[str]] = {}
    first: dict[int, list[onnx.NodeProto]] = {}
    gone: set[int] = set()
    for (tokens, width), layers in groups.items():
        if len(layers) < MANY:
            continue
        name = f"shared{len(made)}"
        made[name] = [layer.input[1] for layer in layers]
        values = np.concatenate([numpy_helper.to_array(weights[key]) for key in made[name]], axis=1)
        sizes = numpy_helper.from_array(np.full(len(layers), width, np.int64), f"{name}.sizes")
        graph.initializer.extend([numpy_helper.from_array(values, name), sizes])
        first[id(layers[0])] = [
            helper.make_node("MatMul", [tokens, name], [f"{name}.all"]),
            helper.make_node("Split", [f"{name}.all", sizes.name], [layer.output[0] for layer in layers], axis=-1),
        ]
        gone.update(id(layer) for layer in layers)
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        nodes.extend(first.get(id(node), [] if id(node) in gone else [node]))
    del graph.node[:]
    graph.node.extend(nodes)
    prune(graph)
    return made
