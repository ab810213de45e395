"""Packs: from rendered pictures to the files that lipsync engines read (docs/packs.md)."""

# pyright: basic, reportMissingImports=false, reportOptionalMemberAccess=false

from __future__ import annotations

import hashlib
import json
import math
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import shapes
from PIL import Image
from scene import HEIGHT, WIDTH, Box, Boxes, boxes
from scipy.ndimage import map_coordinates

if TYPE_CHECKING:
    from pathlib import Path

    from character import Character

FPS = 25
BREATHS = 16
# How far shoulders rise and widen at the top of a breath, in pixels of a portrait at 720p.
RISE, WIDEN = 2.4, 1.6
# How far lids are shut in the frames of a blink: down fast, up slowly.
LIDS = (0.5, 0.96, 1.0, 0.88, 0.58, 0.30, 0.12, 0.04)


def breaths(figure: Image.Image, room: Image.Image, where: Boxes) -> list[Image.Image]:
    """Warp the torso of the still picture: exhaled first, inhaled last."""
    layer = np.asarray(figure.convert("RGBA")).astype(np.float32) / 255
    layer[..., :3] *= layer[..., 3:]
    behind = np.asarray(room.convert("RGB")).astype(np.float32) / 255
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    share = np.clip((y - where.chest) * where.wide / 150, 0, 1)
    share = share * share * (3 - 2 * share)
    pictures = []
    for phase in range(BREATHS):
        t = phase / (BREATHS - 1)
        at = [y + RISE / where.wide * t * share, x - WIDEN * t * share * (x - WIDTH / 2) / (WIDTH / 4)]
        warped = np.stack([map_coordinates(layer[..., c], at, order=3, mode="nearest") for c in range(4)], -1).clip(
            0, 1
        )
        flat = warped[..., :3] + behind * (1 - warped[..., 3:])
        pictures.append(where.breath.crop(Image.fromarray((flat.clip(0, 1) * 255 + 0.5).astype(np.uint8))))
    return pictures


def mask(box: Box, side: float, top: float, bottom: float) -> Image.Image:
    """Fade a box out towards its borders within so many pixels."""

    def smooth(v: np.ndarray) -> np.ndarray:
        v = v.clip(0, 1)
        return v * v * (3 - 2 * v)

    x, y = np.arange(box.width), np.arange(box.height)
    across = smooth(np.minimum(x, x[::-1])[None] / side)
    down = smooth(y[:, None] / top) * smooth(y[::-1][:, None] / bottom)
    return Image.fromarray((across * down * 255 + 0.5).astype(np.uint8))


def stack(ffmpeg: str, path: Path, pictures: list[Image.Image], crf: int) -> None:
    """Encode pictures of one size as a file of frames."""
    width, height = pictures[0].size
    colour = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
    command = [
        ffmpeg, "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}",
        "-r", str(FPS), "-i", "-", "-vf", "scale=out_color_matrix=bt709:out_range=tv", "-pix_fmt", "yuv420p",
        "-c:v", "libx264", "-preset", "slow", "-crf", str(crf), "-bf", "0", *colour, str(path),
    ]  # fmt: skip
    raw = b"".join(p.convert("RGB").tobytes() for p in pictures)
    subprocess.run(command, input=raw, check=True)


def idle(frames: int, breath_count: int, blinks: tuple[int, ...]) -> dict[str, Any]:
    """Give the loop of breath and blinks; it closes without a jump."""
    half = (BREATHS - 1) / 2
    breath = [round(half - half * math.cos(2 * math.pi * breath_count * i / frames), 3) for i in range(frames)]
    blink = [0.0] * frames
    for at in blinks:
        blink[at : at + len(LIDS)] = [
            round(float(p), 3) for p in np.interp(LIDS, shapes.BLINK, range(len(shapes.BLINK)))
        ]
    return {"frames": frames, "breath": breath, "blink": blink}


def layers(count: int, at: Boxes) -> list[dict[str, Any]]:
    """Describe the layers of a pack in the order they are drawn."""
    families, first = [], 0
    for f in shapes.families():
        axes = [{"name": name, "values": list(values)} for name, values in f.axes.items()]
        families.append({"name": f.name, "first": first, "axes": axes})
        first += len(f.shapes)
    breath = {
        "name": "breath",
        "box": at.breath.list(),
        "file": "breath.mp4",
        "frames": BREATHS,
        "mask": "breath.png",
    }
    blink = {
        "name": "blink",
        "box": at.blink.list(),
        "file": "blink.mp4",
        "frames": len(shapes.BLINK),
        "mask": "blink.png",
    }
    mouth = {"name": "mouth", "box": at.mouth.list(), "file": "mouth.mp4", "frames": count, "mask": "mouth.png"}
    rest = {"family": "vowel", "open": 0, "shape": 0}
    return [breath, blink, {**mouth, "families": families, "rest": rest}]


def write(folder: Path, manifest: dict[str, Any]) -> None:
    """Write pack.json with the checksums of the files beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for path in sorted(folder.iterdir()):
        if path.name != "pack.json":
            raw = path.read_bytes()
            files[path.name] = {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
    if files:
        manifest = {**manifest, "files": files}
    text = json.dumps({"format": "visavis-pack", "version": 1, **manifest}, ensure_ascii=False, indent=1)
    (folder / "pack.json").write_text(text + "\n", encoding="utf-8")


def master(
    ffmpeg: str, folder: Path, who: Character, pictures: dict[str, list[Image.Image]], loop: dict[str, Any]
) -> None:
    """Write a pack of 720p, named as its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    stack(ffmpeg, folder / "base.mp4", pictures["base"], 6)
    for part in ("breath", "blink", "mouth"):
        stack(ffmpeg, folder / f"{part}.mp4", pictures[part], 8)
    at = boxes(who.camera)
    for part, box, fade in (
        ("breath", at.breath, (24, 24, 0)),
        ("blink", at.blink, (20, 16, 16)),
        ("mouth", at.mouth, (24, 20, 20)),
    ):
        side, top, bottom = (max(0.001, x / at.wide) for x in fade)
        mask(box, side, top, bottom).save(folder / f"{part}.png")
    write(folder, {
        "id": folder.name, "title": who.title, "licence": "CC0-1.0", "character": who.name,
        "width": WIDTH, "height": HEIGHT, "fps": FPS, "base": {"file": "base.mp4"},
        "layers": layers(len(pictures["mouth"]), at), "idle": loop,
    })  # fmt: skip


def derived(folder: Path, name: str, of: str, width: int, height: int) -> None:
    """Write a pack of another size that uses the pictures of a larger one."""
    write(folder, {"id": name, "derive": {"from": of, "width": width, "height": height}})
