"""Makes the small network and the drawn crop that the engine's tests compare with: python golden.py OUT."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
from mouth import dataset, eight, export, planes
from mouth.network import Film, Mouth

WIDTH, HEIGHT = 48, 32


def main(out: Path) -> None:
    """Write mouth.onnx and crop.json."""
    torch.manual_seed(3)
    rng = np.random.default_rng(3)
    count = len(dataset.FACE["coefficients"])
    network = Mouth(HEIGHT, WIDTH, count, (8, 8, 16))
    for part in network.modules():
        if isinstance(part, Film):
            torch.nn.init.normal_(part.say.weight, std=0.2)
    for convolution in (network.luma_out, network.colour_out):
        torch.nn.init.normal_(convolution.weight, std=0.05)
    picture = rng.integers(0, 256, (HEIGHT // 4, WIDTH // 4, 3), dtype=np.uint8).repeat(4, 0).repeat(4, 1)
    crop = planes.split(picture)
    samples = dataset.Samples(
        resting=np.repeat(crop[None], 8, 0),
        speaking=np.repeat(crop[None], 8, 0),
        coefficients=rng.random((8, count), dtype=np.float32),
    )
    out.mkdir(parents=True, exist_ok=True)
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
