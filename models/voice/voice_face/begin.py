"""Takes the weights out of a graph, so that a network goes on from what an earlier one has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from voice_face.network import VoiceFace

if TYPE_CHECKING:
    from pathlib import Path

# ONNX keeps the gates of a recurrent layer as update, reset, new; PyTorch as reset, update, new.
GATES = (1, 0, 2)


def opened(path: Path, dropout: float) -> VoiceFace:
    """Open a graph that export wrote. The weights have lost what 16 bits don't hold."""
    graph = onnx.load(path).graph
    kept = {i.name: numpy_helper.to_array(i).astype(np.float32) for i in graph.initializer}
    kept |= {
        node.output[0]: kept[node.input[0]] for node in graph.node if node.op_type == "Cast" and node.input[0] in kept
    }
    bias = kept["model.face.bias"]
    weights = {
        name: kept[f"model.{name}"]
        for name in ("first.weight", "first.bias", "second.weight", "second.bias", "face.bias")
    }
    width = len(kept["model.first.bias"])
    weights["face.weight"] = next(
        kept[node.input[1]].T
        for node in graph.node
        if node.op_type == "MatMul" and node.input[1] in kept and kept[node.input[1]].shape == (width, len(bias))
    )
    layers = [node for node in graph.node if node.op_type == "GRU"]
    for name, layer in zip(("memory", "deeper"), layers, strict=True):
        of_input, of_state, biases = (kept[i][0] for i in layer.input[1:4])
        weights[f"{name}.weight_ih_l0"], weights[f"{name}.weight_hh_l0"] = _turned(of_input), _turned(of_state)
        first, second = np.split(biases, 2)
        weights[f"{name}.bias_ih_l0"], weights[f"{name}.bias_hh_l0"] = _turned(first), _turned(second)
    model = VoiceFace(len(bias), width, dropout)
    model.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(w)) for name, w in weights.items()})
    return model


def _turned(gates: np.ndarray) -> np.ndarray:
    parts = np.split(gates, len(GATES))
    return np.concatenate([parts[g] for g in GATES])
