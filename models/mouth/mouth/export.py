"""From weights to the file of a pack: an ONNX graph in 8 bits, and what it reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from . import planes
from .network import SHARES, Drawing, Mouth, added, shifted

if TYPE_CHECKING:
    from pathlib import Path

    from .dataset import Samples
    from .eight import Ranges

OPSET = 18
INPUTS, OUTPUTS = ("y", "u", "v", "face"), ("y_add", "u_out", "v_out", "shift")


def feeds(samples: Samples, at: int) -> dict[str, np.ndarray]:
    """Give the graph's inputs for a render."""
    p = samples.resting[at]
    return {
        "y": planes.luma(p)[None, None],
        "u": p[4][None, None],
        "v": p[5][None, None],
        "face": samples.coefficients[at][None],
    }


class Reader(CalibrationDataReader):
    """Renders, one after the other."""

    def __init__(self, samples: Samples) -> None:
        """Begin."""
        self.left = iter([feeds(samples, at) for at in range(len(samples))])

    def get_next(self) -> dict[str, np.ndarray] | None:  # pyright: ignore[reportIncompatibleMethodOverride] # as its users expect
        """Give the next one."""
        return next(self.left, None)


def whole(network: Mouth, file: Path) -> None:
    """Write the graph in 32 bits."""
    height, width = network.size
    example = (
        torch.zeros(1, 1, height, width, dtype=torch.uint8),
        torch.zeros(1, 1, height // 2, width // 2, dtype=torch.uint8),
        torch.zeros(1, 1, height // 2, width // 2, dtype=torch.uint8),
        torch.zeros(1, network.coefficients),
    )
    torch.onnx.export(
        Drawing(network).eval(),
        example,
        str(file),
        input_names=list(INPUTS),
        output_names=list(OUTPUTS),
        opset_version=OPSET,
        dynamic_axes={
            "y": {2: "height", 3: "width"},
            "u": {2: "half_height", 3: "half_width"},
            "v": {2: "half_height", 3: "half_width"},
        },
        dynamo=False,
    )


def quantized(file: Path, out: Path, samples: Samples, ranges: Ranges) -> None:
    """Write the convolutions in 8 bits, with the ranges that were learned with.

    All but the last, whose sum is added to the pictures' own bytes.
    """
    ready = file.with_suffix(".ready.onnx")
    quant_pre_process(str(file), str(ready), skip_symbolic_shape=True)
    nodes = [node for node in onnx.load(ready).graph.node if node.op_type == "Conv" and layer(node.name) in ranges]
    overrides = {}
    for node in nodes:
        steps = ranges[layer(node.name)].numpy()
        for tensor, (step, zero) in ((node.input[0], steps[:2]), (node.output[0], steps[2:])):
            overrides[tensor] = [{"scale": np.array(step, np.float32), "zero_point": np.array(zero, np.uint8)}]
    quantize_static(
        str(ready),
        str(out),
        Reader(samples.some(1)),  # it wants to look, though all is said
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        reduce_range=True,  # eight.WEIGHT_STEPS
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        # Sums and enlargements stay in 32 bits: in 8 they took no less time and drew worse.
        op_types_to_quantize=["Conv"],
        nodes_to_quantize=[node.name for node in nodes],
        extra_options={"TensorQuantOverrides": overrides},
    )
    ready.unlink()


def layer(node: str) -> str:
    """Give the module's name of a graph's node: bottom.0.first of /bottom.0/first/Conv."""
    return ".".join(node.strip("/").split("/")[:-1])


def session(file: Path) -> onnxruntime.InferenceSession:
    """Open a graph as the engine does: one thread that does not spin."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def draw(graph: onnxruntime.InferenceSession, samples: Samples) -> planes.Bytes:
    """Draw every render with a graph, as the engine does: [n, 6, h/2, w/2]."""
    drawn = []
    for at in range(len(samples)):
        fed = feeds(samples, at)
        more, u, v, shift = (np.asarray(p) for p in graph.run(list(OUTPUTS), fed))
        places = torch.from_numpy(shift)
        moved = shifted(torch.from_numpy(fed["y"]).float(), places[:, :2] * SHARES, places[:, 2:])
        y = added(moved, torch.from_numpy(more)).numpy()
        quarters = [y[0, 0, row::2, column::2] for row in (0, 1) for column in (0, 1)]
        drawn.append(np.stack([*quarters, u[0, 0], v[0, 0]]))
    return np.stack(drawn)
