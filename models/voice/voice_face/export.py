"""Writes the network as one ONNX graph: a block of sound and what is remembered → two faces and what is remembered.

The weights are kept in 16 bits, which halves the file; they are made 32 bits when it is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from voice_face import network

if TYPE_CHECKING:
    from pathlib import Path

    from voice_face.network import VoiceFace

OPSET = 17
MEMORY = ("first", "second", "memory", "deeper")
# Smaller values are not worth a cast.
SMALL = 64
VERSION = 1
# The network is taught to be sure of a closure only when it is: half sure is shut, hardly is not.
CLOSURES = ("mouthClose", "mouthPress", "mouthBite")
HARDLY, HALF = 0.4, 0.6
# Nor is it sure of a rest at once: after a speech a thirtieth of an opening would fade for half a second.
REST = 0.03


class _Streaming(torch.nn.Module):
    """Band levels and memory → faces from 0 to 1 and memory."""

    def __init__(self, model: VoiceFace, names: list[str]) -> None:
        super().__init__()
        self.model = model
        closing = torch.tensor([n in CLOSURES for n in names])
        self.register_buffer("least", torch.where(closing, HARDLY, REST))
        self.register_buffer("scale", torch.where(closing, 1 / (HALF - HARDLY), 1 / (1 - REST)))

    def forward(self, power: torch.Tensor, *memory: torch.Tensor) -> tuple[torch.Tensor, ...]:
        logits, *rest = self.model(self.model.levels(power), *memory)
        faces = torch.clamp((torch.sigmoid(logits) - self.least) * self.scale, 0, 1)
        return (faces, *rest)


def write(model: VoiceFace, names: list[str], face_version: int, path: Path) -> None:
    """Export to a file."""
    model.eval()
    memory = model.silent(1)
    bins = network.WINDOW // 2 + 1
    power = torch.rand(1, network.BLOCK // network.HOP, bins)
    torch.onnx.export(
        _Streaming(model, names), (power, *memory), path, opset_version=OPSET,
        input_names=["power", *MEMORY], output_names=["faces", *(f"{m}_next" for m in MEMORY)],
    )  # fmt: skip
    graph = onnx.load(path)
    _hear(graph.graph)
    _halve(graph.graph)
    del graph.metadata_props[:]
    for key, value in {
        "format": "visavis-voice",
        "version": str(VERSION),
        "face": str(face_version),
        "coefficients": " ".join(names),
        "licence": "Apache-2.0",
    }.items():
        graph.metadata_props.add(key=key, value=value)
    graph.producer_name, graph.producer_version, graph.doc_string = "visavis", "", ""
    for node in graph.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(graph)
    path.write_bytes(graph.SerializeToString())


def _hear(graph: onnx.GraphProto) -> None:
    """Put the spectrum before the graph, so that it takes samples."""
    window = torch.hann_window(network.WINDOW).numpy()
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.array(network.HOP, np.int64), "hop"),
            numpy_helper.from_array(window, "window"),
            numpy_helper.from_array(np.array([2], np.int64), "axes"),
            numpy_helper.from_array(np.array([3], np.int64), "parts"),
        ]
    )
    nodes = [
        helper.make_node("Unsqueeze", ["samples", "axes"], ["signal"]),
        helper.make_node("STFT", ["signal", "hop", "window"], ["spectrum"], onesided=1),
        helper.make_node("Mul", ["spectrum", "spectrum"], ["squares"]),
        helper.make_node("ReduceSum", ["squares", "parts"], ["power"], keepdims=0),
    ]
    old = list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes + old)
    inputs = [i for i in graph.input if i.name != "power"]
    del graph.input[:]
    samples = helper.make_tensor_value_info("samples", TensorProto.FLOAT, [1, network.LEAD + network.BLOCK])
    graph.input.extend([samples, *inputs])


def _halve(graph: onnx.GraphProto) -> None:
    """Keep large constants in 16 bits."""
    casts, kept = [], []
    for weights in graph.initializer:
        values = numpy_helper.to_array(weights)
        if values.dtype == np.float32 and values.size > SMALL:
            kept.append(numpy_helper.from_array(values.astype(np.float16), f"{weights.name}_half"))
            casts.append(helper.make_node("Cast", [f"{weights.name}_half"], [weights.name], to=TensorProto.FLOAT))
        else:
            kept.append(weights)
    old = list(graph.node)
    del graph.node[:], graph.initializer[:]
    graph.node.extend(casts + old)
    graph.initializer.extend(kept)
