"""Learns a mouth from renders, writes its graph in 8 bits, and judges it by renders that it has not seen."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from . import begin, dataset, export, measure, planes
from .train import ON_PROCESSOR, Machine, Plan, train

SHOWN = 12


def sheet(samples: dataset.Samples, drawn: planes.Bytes, file: Path) -> None:
    """Save renders above what was drawn, worst last."""
    order = np.argsort([-measure.psnr(d.astype(float) - s) for d, s in zip(drawn, samples.speaking)])
    chosen = order[np.linspace(0, len(order) - 1, min(SHOWN, len(order))).astype(int)]
    rows = [np.concatenate([planes.join(p[at]) for at in chosen], 1) for p in (samples.speaking, drawn)]
    Image.fromarray(np.concatenate(rows, 0)).save(file)


def judged(graph: Path, held: dataset.Samples, shown: Path) -> measure.Figures:
    """Draw with a graph what it has not seen, say how well it did, and show it."""
    session = export.session(graph)
    began = time.process_time()
    drawn = export.draw(session, held)
    each = 1000 * (time.process_time() - began) / len(held)
    reached = measure.compare(held.resting, held.speaking, drawn)
    print(f"{graph.name}: {reached}, {graph.stat().st_size} bytes, {each:.1f} ms of a core a frame")
    sheet(held, drawn, shown)
    return reached


def planned(checkpoint: Path, usual: Plan, asked: dict[str, object]) -> Plan:
    """Give the plan of what was begun, or the usual one, with what is asked for."""
    if checkpoint.exists():
        usual = Plan(**torch.load(checkpoint, weights_only=True, map_location="cpu")["plan"])
    return replace(usual, **{k: v for k, v in asked.items() if v is not None})  # pyright: ignore[reportArgumentType] # they are its fields


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(prog="mouth", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of renders with index.json")
    parser.add_argument("--out", type=Path, required=True, help="where mouth.onnx and its figures go")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--last-steps", type=int, help="with values that 8 bits can hold")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--rate", type=float, help="how far the first steps go; less where much is known already")
    parser.add_argument("--begin", type=Path, metavar="GRAPH", help="with what a mouth of the same size has learned")
    parser.add_argument("--widths", type=lambda s: tuple(int(n) for n in s.split(",")))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--eager", action="store_true", help="for a graphics card that cannot record a step")
    parser.add_argument(
        "--bfloat16", action="store_true", help="faster on processors with AVX512-BF16 or AMX, and on cards"
    )
    parser.add_argument("--train-only", action="store_true", help="leave the graph to a later run on the checkpoint")
    parser.add_argument("--judge", type=Path, metavar="GRAPH", help="learn nothing: judge a graph that is there")
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    if args.judge:
        held = dataset.load(args.data, to_judge=True).held
        print(f"{len(held)} renders to judge by")
        judged(args.judge, held, args.out / "judged.png")
        return
    data = dataset.load(args.data)
    print(f"{data.character}: {len(data.learned)} renders to learn from, {len(data.held)} held out; on {args.device}")
    usual = ON_PROCESSOR if args.device == "cpu" else Plan()
    asked = {k: getattr(args, k) for k in ("steps", "last_steps", "batch", "rate", "widths")}
    plan = planned(args.out / "checkpoint.pt", usual, asked)
    try:
        network, ranges = train(data, plan, args.out, Machine(args.device, args.eager, args.bfloat16), args.begin)
    except begin.BeginError as mistake:
        raise SystemExit(str(mistake)) from None
    if args.train_only:
        return

    whole, small = args.out / "mouth32.onnx", args.out / "mouth.onnx"
    export.whole(network, whole)
    export.quantized(whole, small, data.learned, ranges)
    figures = {}
    for file in (whole, small):
        figures[file.stem] = asdict(judged(file, data.held, args.out / f"{file.stem}.png"))
    still = measure.compare(data.held.resting, data.held.speaking, data.held.resting)
    print(f"left at rest: {still}")
    made = {
        "character": data.character,
        "face": dataset.FACE["version"],
        "width": data.width,
        "height": data.height,
        "scale": data.scale,
        "renders": len(data.learned),
        "held": len(data.held),
        "plan": asdict(plan),
        "figures": figures,
    }
    (args.out / "mouth.json").write_text(json.dumps(made, indent=1) + "\n")


if __name__ == "__main__":
    main()
