"""Writes the graphs, checks each against PyTorch, and notes what was reached."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from .plan import Graph, carded, halved, plan, run_torch
from .write import run_onnx, write

if TYPE_CHECKING:
    from pathlib import Path

    from .networks import Networks

FORMAT_VERSION = 2
OPSET = 18
TOOLS = ("torch", "diffusers", "transformers", "onnx", "onnxruntime", "numpy")
# What a graph may differ from PyTorch in 32 bits, in the measure of its kind.
TOLERANCE = {
    "audio": 1e-3,
    "encoder": 1e-3,
    "face": 1e-3,
    "face-half": 1 / 255,
    "face-card": 1 / 255,
    "detector": 1e-3,
    "landmarks": 0.5,
    "parser": 1e-3,
}


class ToleranceError(Exception):
    """Says which graph differs from PyTorch, and by how much."""


def export(networks: Networks, out: Path, precisions: tuple[str, ...], about: dict[str, Any]) -> dict[str, Any]:
    """Write everything that is not there yet into a folder, and its manifest last. Gives the manifest."""
    out.mkdir(parents=True, exist_ok=True)
    done: dict[str, Any] = {}
    wanted = plan(networks, precisions, about.get("features", "1.5"))
    steps = len(wanted) + 2 * ("fp16" in precisions)
    for number, graph in enumerate(wanted, 1):
        done[graph.name] = make(graph, out, about, f"{number} of {steps}")
    example = write_example(networks, out)
    if "fp16" in precisions:
        half = halved(networks)
        done[half.name] = make(half, out, about, f"{steps - 1} of {steps}")
        card = carded(networks, half)
        done[card.name] = make(card, out, about, f"{steps} of {steps}")
    done.update(others(out, about, done))
    tools = {name: version(name) for name in TOOLS}
    manifest = {"format": "visavis-musetalk", "version": FORMAT_VERSION, "features": "1.5", **about, "opset": OPSET}
    manifest |= {"tools": tools, "example": example, "graphs": done}
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


def make(graph: Graph, out: Path, about: dict[str, Any], step: str) -> dict[str, Any]:
    """Write and check one graph, unless that was done from the same weights and in the same form."""
    note = out / f".{graph.name}.json"
    if note.exists():
        entry: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
        same = entry["about"] == about and (entry.get("nhwc", False), entry.get("form", 0)) == (graph.nhwc, graph.form)
        if same and all(described(out / name) == file for name, file in entry["files"].items()):
            print(f"{step}, {graph.name}: is there already", flush=True)
            return entry
    started = time.monotonic()
    print(f"{step}, {graph.name}: exporting", flush=True)
    wanted = run_torch(graph) if graph.wanted is None else graph.wanted
    folder = out / f".{graph.name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    write(graph, folder, OPSET, small=bool(about.get("small")))
    print(f"{step}, {graph.name}: comparing with PyTorch", flush=True)
    got = run_onnx(folder / f"{graph.name}.onnx", graph)
    reached = difference(graph.name, wanted, got)
    if not reached <= TOLERANCE[graph.name]:
        raise ToleranceError(
            f"{graph.name} differs from PyTorch by {reached:.3g}, more than {TOLERANCE[graph.name]:.3g}"
        )
    files = {}
    for path in sorted(folder.iterdir()):
        path.replace(out / path.name)
        files[path.name] = described(out / path.name)
    folder.rmdir()
    entry = {
        "file": f"{graph.name}.onnx",
        "files": files,
        "difference": reached,
        "tolerance": TOLERANCE[graph.name],
        "about": about,
    }
    if graph.nhwc:
        entry["nhwc"] = True  # the engine asks ONNX Runtime for it
    if graph.form:
        entry["form"] = graph.form
    note.write_text(json.dumps(entry), encoding="utf-8")
    print(f"{step}, {graph.name}: differs by {reached:.3g}; {time.monotonic() - started:.0f} s", flush=True)
    return entry


def write_example(networks: Networks, out: Path) -> dict[str, Any]:
    """Write a latent, a sound, and the face that PyTorch draws of them; the engine must draw it before others."""
    example = plan(networks, ("fp32",))[-1]
    inputs = [value[:1] for value in example.inputs.values()]
    drawn = run_torch(Graph("face", example.module, dict(zip(example.inputs, inputs, strict=True)), example.outputs))
    path = out / "example.bin"
    path.write_bytes(b"".join(value.numpy().tobytes() for value in inputs) + drawn.tobytes())
    return {"file": path.name, **described(path)}


def difference(name: str, wanted: np.ndarray, got: np.ndarray) -> float:
    """Tell how far apart two results are: on average for pictures and points, else at the worst place."""
    if wanted.shape != got.shape:
        raise ToleranceError(f"{name} gives {got.shape}, PyTorch {wanted.shape}")
    apart = np.abs(wanted.astype(np.float64) - got.astype(np.float64))
    if name == "audio":
        return float(apart.max())
    if name in {"encoder", "detector"}:
        return float(apart.max() / max(np.abs(wanted).max(), 1e-9))
    if name == "landmarks":
        return float(apart.mean())  # in pixels
    if name == "parser":
        return float((apart > 0).mean())  # the share of pixels
    return float(apart.mean()) / 255.0


def described(path: Path) -> dict[str, Any]:
    """Give a file's hash and length; nothing when there is none."""
    return {"sha256": sha256(path), "bytes": path.stat().st_size} if path.exists() else {}


def sha256(path: Path) -> str:
    """Hash a file; "" when there is none."""
    if not path.exists():
        return ""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
