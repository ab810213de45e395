"""From weights to the file of a pack: an ONNX graph in 8 bits, and what it reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
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


@dataclass(frozen=True)
class Ranges:
    """A way to choose the range of values that 8 bits stand for."""

    method: CalibrationMethod
    options: dict[str, float | bool]


RANGES = (
    Ranges(CalibrationMethod.MinMax, {"CalibMovingAverage": True}),
    Ranges(CalibrationMethod.Percentile, {"CalibPercentile": 99.9}),
)


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
    """Write the convolutions in 8 bits, with the range of values between them that draws what was learned best.

    All but the last, whose sum is added to the pictures' own bytes. A range cut shorter has finer steps, which a beard
    wants, and flattens what is beyond it, which wide mouths do not want.
    """
    ready = file.with_suffix(".ready.onnx")
    quant_pre_process(str(file), str(ready), skip_symbolic_shape=True)
    shown = samples.some(CALIBRATION)
    tried = [out.with_suffix(f".{number}.onnx") for number in range(len(RANGES))]
    errors = []
    for made, ranges in zip(tried, RANGES, strict=True):
        in_8_bits(ready, made, shown, ranges)
        error = draw(session(made), shown).astype(np.float64) - shown.speaking
        errors.append(float(np.mean(error**2)))
    tried.pop(int(np.argmin(errors))).replace(out)
    for left in (*tried, ready):
        left.unlink()


def in_8_bits(ready: Path, out: Path, shown: Samples, ranges: Ranges) -> None:
    """Write a prepared graph's convolutions in 8 bits."""
    nodes = list(onnx.load(ready).graph.node)
    first = next(at for at, node in enumerate(nodes) if node.op_type == "Conv")
    last = next(at for at, node in enumerate(nodes) if node.op_type == "ConvTranspose")
    # Bytes enter the first convolutions as they are: whatever is calibrated, one step is one step.
    exactly = {"scale": np.array(1 / RANGE, np.float32), "zero_point": np.array(MIDDLE, np.uint8)}
    images = [node.input[0] for node in nodes if node.op_type == "Conv"][:2]
    quantize_static(
        str(ready),
        str(out),
        Reader(shown),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        # Seven bits of weight: on processors without VNNI the sums of eight would overflow.
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        # Sums and enlargements stay in 32 bits: in 8 they took no less time and drew worse.
        op_types_to_quantize=["Conv"],
        calibrate_method=ranges.method,
        nodes_to_exclude=[
            node.name for at, node in enumerate(nodes) if not first <= at < last or "/film/" in node.name
        ],
        extra_options={"TensorQuantOverrides": {name: [dict(exactly)] for name in images}, **ranges.options},
    )


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
