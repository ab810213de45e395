"""Makes the small networks and the drawn crop that the engine's tests compare with: python golden.py OUT."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from mouth import dataset, eight, export, planes
from mouth.network import Film, Mouth

WIDTH, HEIGHT = 48, 32


BYTE, NUMBER, TRUTH = onnx.TensorProto.UINT8, onnx.TensorProto.FLOAT, onnx.TensorProto.BOOL
value, node = onnx.helper.make_tensor_value_info, onnx.helper.make_node


def save(luma: onnx.NodeProto, constants: list[onnx.TensorProto], file: Path) -> None:
    """Write a graph that says itself what is to be seen: luma as a node says, which takes "y", and colour as it is."""
    sides = {"y": ("h", "w"), "u": ("hh", "hw"), "v": ("hh", "hw")}
    graph = onnx.helper.make_graph(
        [luma] + [node("Identity", [n], [f"{n}_out"]) for n in ("u", "v")],
        "plain",
        [value(n, BYTE, (1, 1, *s)) for n, s in sides.items()] + [value("face", NUMBER, (1, 12))],
        [value(f"{n}_out", BYTE, (1, 1, *s)) for n, s in sides.items()],
        constants,
    )
    opset = [onnx.helper.make_opsetid("", export.OPSET)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), file)


def plain(file: Path, least: int = 200) -> None:
    """Write a graph whose luma is no darker than `least`."""
    constant = onnx.numpy_helper.from_array(np.array(least, np.uint8), "least")
    save(node("Max", ["y", "least"], ["y_out"]), [constant], file)


def endless(file: Path) -> None:
    """Write a graph that never gives anything."""
    body = onnx.helper.make_graph(
        [node("Identity", ["on"], ["go_on"]), node("Max", ["had", "had"], ["have"])],
        "body",
        [value("n", onnx.TensorProto.INT64, ()), value("on", TRUTH, ()), value("had", BYTE, None)],
        [value("go_on", TRUTH, ()), value("have", BYTE, None)],
    )
    constant = onnx.numpy_helper.from_array(np.ones((), bool), "always")
    save(node("Loop", ["", "always", "y"], ["y_out"], body=body), [constant], file)


def main(out: Path) -> None:
    """Write mouth.onnx and crop.json, plain.onnx and endless.onnx."""
    torch.manual_seed(3)
    rng = np.random.default_rng(3)
    count = len(dataset.FACE["coefficients"])
    network = Mouth(HEIGHT, WIDTH, count, (8, 8, 16))
    for part in network.modules():
        if isinstance(part, Film):
            torch.nn.init.normal_(part.say.weight, std=0.2)
    for last in (network.luma_out, network.colour_out, network.teeth.seen_out, network.shift_by):
        torch.nn.init.normal_(last.weight, std=0.05)
    torch.nn.init.normal_(network.hide_out.weight, std=0.5)
    torch.nn.init.zeros_(network.hide_out.get_parameter("bias"))
    torch.nn.init.normal_(network.teeth.rows, std=0.2)
    picture = rng.integers(0, 256, (HEIGHT // 4, WIDTH // 4, 3), dtype=np.uint8).repeat(4, 0).repeat(4, 1)
    crop = planes.split(picture)
    samples = dataset.Samples(
        resting=np.repeat(crop[None], 8, 0),
        speaking=np.repeat(crop[None], 8, 0),
        coefficients=rng.random((8, count), dtype=np.float32),
        flow=np.zeros((8, 3, HEIGHT // 4, WIDTH // 4), np.float32),
        teeth=np.zeros((8, 2, 6), np.float32),
    )
    out.mkdir(parents=True, exist_ok=True)
    plain(out / "plain.onnx")
    endless(out / "endless.onnx")
    whole = out / "whole.onnx"
    export.whole(network.eval(), whole)
    export.quantized(whole, out / "mouth.onnx", samples, eight.ranges(network, samples))
    whole.unlink()
    drawn = export.draw(export.session(out / "mouth.onnx"), samples)[0]

    def frame(p: planes.Bytes) -> list[int]:
        return [*planes.luma(p).ravel().tolist(), *p[4].ravel().tolist(), *p[5].ravel().tolist()]

    golden = {
        "width": WIDTH,
        "height": HEIGHT,
        "face": [round(float(v), 6) for v in samples.coefficients[0]],
        "resting": frame(crop),
        "drawn": frame(drawn),
    }
    (out / "crop.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
