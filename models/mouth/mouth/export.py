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
from .network import MIDDLE, RANGE, Drawing, Mouth

if TYPE_CHECKING:
    from pathlib import Path

    from .dataset import Samples

OPSET = 18
INPUTS, OUTPUTS = ("y", "u", "v", "face"), ("y_out", "u_out", "v_out")
# So many renders say what range the values between the layers have.
CALIBRATION = 96


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
    """Renders spread over all that are learned from."""

    def __init__(self, samples: Samples) -> None:
        """Choose them."""
        step = max(1, len(samples) // CALIBRATION)
        self.left = iter([feeds(samples, at) for at in range(0, len(samples), step)])

    def get_next(self) -> dict[str, np.ndarray] | None:  # pyright: ignore[reportIncompatibleMethodOverride] # as its users expect
        """Give the next one."""
        return next(self.left, None)


def whole(network: Mouth, file: Path) -> None:
    """Write the graph in 32 bits."""
    height, width = network.size
    count = network.steer[0].in_features
    example = (
        torch.zeros(1, 1, height, width, dtype=torch.uint8),
        torch.zeros(1, 1, height // 2, width // 2, dtype=torch.uint8),
        torch.zeros(1, 1, height // 2, width // 2, dtype=torch.uint8),
        torch.zeros(1, count),
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


def quantized(file: Path, out: Path, samples: Samples) -> None:
    """Write the convolutions in 8 bits, all but the last, whose sum is added to the pictures' own bytes."""
    ready = file.with_suffix(".ready.onnx")
    quant_pre_process(str(file), str(ready), skip_symbolic_shape=True)
    nodes = list(onnx.load(ready).graph.node)
    first = next(at for at, node in enumerate(nodes) if node.op_type == "Conv")
    last = next(at for at, node in enumerate(nodes) if node.op_type == "ConvTranspose")
    # Bytes enter the first convolutions as they are: whatever is calibrated, one step is one step.
    exactly = {"scale": np.array(1 / RANGE, np.float32), "zero_point": np.array(MIDDLE, np.uint8)}
    images = [node.input[0] for node in nodes if node.op_type == "Conv"][:2]
    quantize_static(
        str(ready),
        str(out),
        Reader(samples),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        # Seven bits of weight: on processors without VNNI the sums of eight would overflow.
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["Conv", "Resize", "Add"],
        nodes_to_exclude=[
            node.name for at, node in enumerate(nodes) if not first <= at < last or "/film/" in node.name
        ],
        extra_options={
            "CalibMovingAverage": True,
            "TensorQuantOverrides": {name: [dict(exactly)] for name in images},
        },
    )
    ready.unlink()


def session(file: Path) -> onnxruntime.InferenceSession:
    """Open a graph as the engine does: one thread that does not spin."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def draw(graph: onnxruntime.InferenceSession, samples: Samples) -> planes.Bytes:
    """Draw every render with a graph: [n, 6, h/2, w/2]."""
    drawn = []
    for at in range(len(samples)):
        y, u, v = (np.asarray(p) for p in graph.run(list(OUTPUTS), feeds(samples, at)))
        quarters = [y[0, 0, row::2, column::2] for row in (0, 1) for column in (0, 1)]
        drawn.append(np.stack([*quarters, u[0, 0], v[0, 0]]))
    return np.stack(drawn)
