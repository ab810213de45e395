"""A network's weights out of the graph that was made of it: to learn on where its checkpoint is no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import torch
from onnx import numpy_helper

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .network import Mouth

# What export.Drawing calls the network.
WITHIN = "mouth."


class BeginError(ValueError):
    """A graph that no network of the wanted size was made into."""


def weights(graph: Path, network: Mouth) -> dict[str, torch.Tensor]:
    """Give a state for a network of the same size.

    What was rounded to 8 bits is what the rounded values stand for. Raises BeginError.
    """
    try:
        held = {i.name: numpy_helper.to_array(i) for i in onnx.load(graph).graph.initializer}
    except Exception as mistake:  # onnx raises what protobuf does, which has no class of its own here
        raise BeginError(f"{graph} cannot be read as a graph") from mistake
    state = dict(network.state_dict())
    for name, parameter in network.named_parameters():
        value = floats(held, WITHIN + name)
        if value is None:
            raise BeginError(f"{graph} has no {name}: it was not made by mouth-train, or by one of another time")
        if value.shape != tuple(parameter.shape):
            raise BeginError(f"{graph} has {name} of {list(value.shape)}, and {list(parameter.shape)} is to be learned")
        state[name] = torch.from_numpy(value.astype(np.float32))
    return state


def floats(held: Mapping[str, np.ndarray], name: str) -> np.ndarray | None:
    """Give what a graph holds by a name, also where it is rounded: a step for each output channel."""
    if name in held:
        return held[name]
    rounded = held.get(f"{name}_quantized")
    step = held.get(f"{name}_scale", held.get(f"{name}_quantized_scale"))
    if rounded is None or step is None:
        return None
    return rounded.astype(np.float64) * step.reshape(-1, *[1] * (rounded.ndim - 1))
