"""Writes the graphs, checks each against PyTorch, and notes what was reached."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime
import torch

from . import graphs

if TYPE_CHECKING:
    from pathlib import Path

    from .networks import Networks

FORMAT_VERSION = 1
OPSET = 18
# What a graph may differ from PyTorch in 32 bits: absolutely for features, by the largest value for latents, and for
# pictures on average, by their range.
TOLERANCE = {"audio": 1e-3, "encoder": 1e-3, "face": 1e-3, "face-half": 1 / 255}


class ToleranceError(Exception):
    """Says which graph differs from PyTorch, and by how much."""


@dataclass
class Graph:
    """A network with an example of what goes in."""

    name: str
    module: torch.nn.Module
    inputs: dict[str, torch.Tensor]
    output: str
    dynamic: bool
    # What PyTorch makes of the inputs in 32 bits; computed when it is not given.
    wanted: np.ndarray | None = None


def plan(networks: Networks, precisions: tuple[str, ...]) -> list[Graph]:
    """List the graphs in the order in which they are made: 16 bits last, since it changes the networks."""
    generator = torch.Generator().manual_seed(7)
    latent = torch.randn(2, 8, 32, 32, generator=generator)
    sound = torch.randn(2, graphs.TOKENS, graphs.WIDTH, generator=generator)
    noise = 0.1 * torch.randn(1, graphs.SEGMENT, generator=generator)
    picture = torch.rand(1, 3, 256, 256, generator=generator) * 2 - 1
    face = {"latent": latent, "sound": sound}
    all_of_them = [
        Graph("audio", graphs.Audio(networks), {"samples": noise}, "features", dynamic=False),
        Graph("encoder", graphs.Encoder(networks), {"picture": picture}, "latent", dynamic=True),
        Graph("face", graphs.Face(networks), face, "picture", dynamic=True),
    ]
    return [graph for graph in all_of_them if graph.name != "face" or "fp32" in precisions]


def halved(networks: Networks) -> Graph:
    """Give the face graph in 16 bits, with what the one in 32 bits makes of its inputs."""
    graph = plan(networks, ("fp32",))[-1]
    wanted = run_torch(graph)
    graphs.half(networks.unet)
    graphs.half(networks.vae)
    return Graph("face-half", graphs.Face(networks), graph.inputs, graph.output, dynamic=True, wanted=wanted)


def export(networks: Networks, out: Path, precisions: tuple[str, ...], about: dict[str, Any]) -> dict[str, Any]:
    """Write everything that is not there yet into a folder, and its manifest last. Gives the manifest."""
    out.mkdir(parents=True, exist_ok=True)
    done: dict[str, Any] = {}
    for graph in plan(networks, precisions):
        done[graph.name] = make(graph, out, about)
    if "fp16" in precisions:
        done["face-half"] = make(halved(networks), out, about)
    done.update(others(out, about, done))
    manifest = {"format": "visavis-musetalk", "version": FORMAT_VERSION, **about, "opset": OPSET, "graphs": done}
    draft = out / ".manifest.json"
    draft.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    draft.replace(out / "manifest.json")
    return manifest


def others(out: Path, about: dict[str, Any], done: dict[str, Any]) -> dict[str, Any]:
    """Give the graphs of the same weights that an earlier export left, such as those of the other precision."""
    found: dict[str, Any] = {}
    for name in TOLERANCE:
        note = out / f".{name}.json"
        if name not in done and note.exists():
            entry = json.loads(note.read_text(encoding="utf-8"))
            if entry["about"] == about and all((out / file).exists() for file in entry["files"]):
                found[name] = entry
    return found


def make(graph: Graph, out: Path, about: dict[str, Any]) -> dict[str, Any]:
    """Write and check one graph, unless that was done from the same weights."""
    note = out / f".{graph.name}.json"
    if note.exists():
        entry: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
        if entry["about"] == about and all(sha256(out / name) == digest for name, digest in entry["files"].items()):
            print(f"{graph.name}: is there already", flush=True)
            return entry
    started = time.monotonic()
    print(f"{graph.name}: exporting", flush=True)
    wanted = run_torch(graph) if graph.wanted is None else graph.wanted
    folder = out / f".{graph.name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    write(graph, folder)
    print(f"{graph.name}: comparing with PyTorch", flush=True)
    got = run_onnx(folder / f"{graph.name}.onnx", graph)
    reached = difference(graph.name, wanted, got)
    if not reached <= TOLERANCE[graph.name]:
        raise ToleranceError(
            f"{graph.name} differs from PyTorch by {reached:.3g}, more than {TOLERANCE[graph.name]:.3g}"
        )
    files = {}
    for path in sorted(folder.iterdir()):
        path.replace(out / path.name)
        files[path.name] = sha256(out / path.name)
    folder.rmdir()
    entry = {
        "file": f"{graph.name}.onnx",
        "files": files,
        "difference": reached,
        "tolerance": TOLERANCE[graph.name],
        "about": about,
    }
    note.write_text(json.dumps(entry), encoding="utf-8")
    print(f"{graph.name}: differs by {reached:.3g}; {time.monotonic() - started:.0f} s", flush=True)
    return entry


def run_torch(graph: Graph) -> np.ndarray:
    """Give what PyTorch makes of the example."""
    with torch.inference_mode():
        result: np.ndarray = graph.module(*graph.inputs.values()).numpy()
    return result


def write(graph: Graph, folder: Path) -> None:
    """Export to ONNX: one file, and one of weights beside it when they are large."""
    raw = folder / "raw"
    raw.mkdir()
    axes = {name: {0: "batch"} for name in [*graph.inputs, graph.output]} if graph.dynamic else {}
    with torch.no_grad():
        torch.onnx.export(
            graph.module,
            tuple(graph.inputs.values()),
            str(raw / "graph.onnx"),
            input_names=list(graph.inputs),
            output_names=[graph.output],
            dynamic_axes=axes,
            opset_version=OPSET,
        )
    model = onnx.load(str(raw / "graph.onnx"))
    shutil.rmtree(raw)
    target = folder / f"{graph.name}.onnx"
    large = sum(len(tensor.raw_data) for tensor in model.graph.initializer) > 1 << 30
    # Over 2 GB a model must keep its weights beside it.
    onnx.save_model(
        model, str(target), save_as_external_data=large, location=f"{graph.name}.weights", size_threshold=1024
    )


def run_onnx(path: Path, graph: Graph) -> np.ndarray:
    """Give what ONNX Runtime makes of the example on the CPU."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feed = {name: value.numpy() for name, value in graph.inputs.items()}
    return np.asarray(session.run([graph.output], feed)[0])


def difference(name: str, wanted: np.ndarray, got: np.ndarray) -> float:
    """Tell how far apart two results are, in the measure of their graph."""
    if wanted.shape != got.shape:
        raise ToleranceError(f"{name} gives {got.shape}, PyTorch {wanted.shape}")
    apart = np.abs(wanted.astype(np.float64) - got.astype(np.float64))
    if name == "audio":
        return float(apart.max())
    if name == "encoder":
        return float(apart.max() / max(np.abs(wanted).max(), 1e-9))
    return float(apart.mean()) / 255.0


def sha256(path: Path) -> str:
    """Hash a file; "" when there is none."""
    if not path.exists():
        return ""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
