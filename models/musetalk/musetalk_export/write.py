"""Writes one graph as ONNX, and runs it."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

from .joining import Joining
from .lowering import DOMAIN, lower
from .sharing import share
from .tracing import without_computing
from .transposes import Layout

if TYPE_CHECKING:
    from pathlib import Path

    from .plan import Graph

# Over 2 GB a model must keep its weights beside it.
LARGE = 1 << 30
# From how many elements on packing is worth it.
PACKED = 256


def write(graph: Graph, folder: Path, opset: int, *, small: bool) -> None:
    """Export to ONNX: one file, and one of weights beside it when they are large."""
    raw = folder / "raw"
    raw.mkdir()
    with torch.no_grad(), without_computing() if graph.half else nullcontext():
        torch.onnx.export(
            graph.module,
            tuple(graph.inputs.values()),
            str(raw / "graph.onnx"),
            input_names=list(graph.inputs),
            output_names=list(graph.outputs),
            dynamic_axes=graph.dynamic,
            opset_version=opset,
            custom_opsets={DOMAIN: 1} if graph.card else None,
        )
    model = onnx.load(str(raw / "graph.onnx"))
    shutil.rmtree(raw)
    if graph.card:
        Layout(model.graph).run()
        Joining(model.graph).run()
        share(model.graph)
    if small:
        pack(model)
    target = folder / f"{graph.name}.onnx"
    large = sum(len(tensor.raw_data) for tensor in model.graph.initializer) > LARGE
    onnx.save_model(
        model, str(target), save_as_external_data=large, location=f"{graph.name}.weights", size_threshold=1024
    )


def pack(model: onnx.ModelProto) -> None:
    """Keep weights that are exact in 16 bits that way, and let the runtime widen them when it loads the graph."""
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        value = numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            half = value.astype(np.float16)
        if value.size < PACKED or not np.array_equal(half.astype(np.float32), value):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    short(nodes, {tensor.name for tensor in model.graph.initializer}, model.graph)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def short(nodes: list[onnx.NodeProto], initializers: set[str], graph: onnx.GraphProto) -> None:
    """Give numbers for names to what the exporter named after its place in the code."""
    kept = {value.name for value in (*graph.input, *graph.output)} | initializers
    numbers: dict[str, str] = {}
    for node in nodes:
        node.name = ""
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                if name and name not in kept:
                    names[place] = numbers.setdefault(name, f"{len(numbers)}")
    del graph.value_info[:]


def run_onnx(path: Path, graph: Graph) -> np.ndarray:
    """Give what ONNX Runtime makes of the example on the CPU; of a card's graph, in the operators that a CPU knows."""
    if graph.card:
        model = onnx.load(str(path), load_external_data=False)
        lower(model)
        path = path.with_name("lowered.onnx")
        onnx.save_model(model, str(path))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feed = {name: value.numpy() for name, value in graph.inputs.items()}
    result = np.asarray(session.run([graph.outputs[0]], feed)[0])
    if graph.card:
        path.unlink()
    return result
