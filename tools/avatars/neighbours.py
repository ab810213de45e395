"""A panel: who sits beside the one who speaks, laid over the room as part of what is behind."""

# pyright: basic, reportMissingImports=false

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapes
from PIL import Image
from scene import HEIGHT, WIDTH, Boxes, boxes
from scipy.ndimage import gaussian_filter

if TYPE_CHECKING:
    from pathlib import Path

    from character import Character, Seat
    from motion import State

SAMPLES = 16  # of the picture of one who is a little out of focus
BLUR = 1.1  # pixels at 720p
SHADE = 0.92  # of the light that the one in the middle has
RISE = 2.4  # pixels that shoulders rise in a breath, in a portrait
AT_REST = (0.0, 0.0)  # lids, breath


def seated(who: Character, seat: Seat) -> Character:
    """Give somebody as the speaker's camera sees them in their seat, but for the way to the side."""
    ours, theirs = who.camera, seat.who.camera
    tall = ours["height"] * ours.get("wide", 1.0) / seat.size
    eyes = ours["eyes"] + ours.get("lower", 0.0) + seat.lower
    camera = {**theirs, "wide": round(tall / theirs["height"], 6), "lower": round(eyes - theirs["eyes"], 6)}
    turn = -math.copysign(seat.turn, seat.at)
    nod, tilt, side = seat.who.head
    up, left = seat.who.gaze
    return replace(
        seat.who,
        camera=camera,
        head=(nod, tilt, side + turn),
        gaze=(up, left - turn),  # who turns the head goes on looking at the camera
        samples={**seat.who.samples, "base": SAMPLES},
    )


@dataclass(frozen=True)
class Sitter:
    """The pictures of somebody who sits beside: premultiplied RGBA from 0 to 1, out of focus."""

    at: float  # middle, as a share of the picture's width from its middle
    base: np.ndarray  # (720, 1280, 4)
    blinks: list[np.ndarray]  # what lids change in the box of a blink; none: they never blink
    boxes: Boxes

    def picture(self, lids: float, breath: float) -> Image.Image:
        """Give the whole picture, in its place."""
        layer = self.base
        if self.blinks and lids > 0:
            x0, y0, x1, y1 = self.boxes.blink.border()
            at = float(np.interp(lids, shapes.BLINK, range(len(shapes.BLINK))))
            i, share = min(int(at), len(self.blinks) - 2), at - min(int(at), len(self.blinks) - 2)
            layer = layer.copy()
            layer[y0:y1, x0:x1] += self.blinks[i] * (1 - share) + self.blinks[i + 1] * share
        if breath > 0:
            layer = risen(layer, RISE * breath / self.boxes.wide, self.boxes)
        alpha = layer[..., 3:].clip(1e-4, 1)
        flat = np.concatenate([layer[..., :3] / alpha, layer[..., 3:]], -1)
        picture = Image.fromarray((flat.clip(0, 1) * 255 + 0.5).astype(np.uint8))
        whole = Image.new("RGBA", (WIDTH, HEIGHT))
        whole.paste(picture, (round(self.at * WIDTH), 0))
        return whole


def risen(layer: np.ndarray, pixels: float, at: Boxes) -> np.ndarray:
    """Lift what lies below the chest's line, more the lower it lies."""
    y = np.arange(HEIGHT)
    share = ((y - at.chest) * at.wide / 150).clip(0, 1)
    rows = (y + pixels * share * share * (3 - 2 * share)).clip(0, HEIGHT - 1)
    above = np.minimum(rows.astype(int), HEIGHT - 2)
    part = (rows - above).astype(np.float32)[:, None, None]
    return layer[above] * (1 - part) + layer[above + 1] * part


def sitter(other: Character, seat: Seat, folder: Path, *, alive: bool) -> Sitter:
    """Read the pictures of somebody seated; without blinks unless alive."""
    at = boxes(other.camera)

    def read(name: str) -> np.ndarray:
        rgba = np.asarray(Image.open(folder / f"{name}.png").convert("RGBA")).astype(np.float32) / 255
        rgba[..., :3] *= rgba[..., 3:] * SHADE
        return gaussian_filter(rgba, (BLUR, BLUR, 0), mode="nearest")

    lids = [read(f"blink{i}") for i in range(len(shapes.BLINK))] if alive else []
    return Sitter(seat.at, read("base"), [x - lids[0] for x in lids], at)


def lay(room: Image.Image, sitters: list[Sitter], states: list[tuple[float, float]] | None = None) -> Image.Image:
    """Lay those who sit beside over the room, the smallest first; states are their lids and breath."""
    whole = room.convert("RGBA")
    for s, (lids, breath) in zip(sitters, states or [AT_REST] * len(sitters)):
        whole.alpha_composite(s.picture(lids, breath))
    return whole


class Behind:
    """What is behind the one who speaks, frame by frame: those beside blink and breathe."""

    def __init__(
        self, room: Image.Image, sitters: list[Sitter], lives: list[list[State]], size: tuple[int, int]
    ) -> None:
        """Take a life for each who sits beside, as many states as frames."""
        self.room, self.sitters, self.lives, self.size = room, sitters, lives, size
        self.still = self._sized(lay(room, sitters))

    def _sized(self, picture: Image.Image) -> np.ndarray:
        return np.asarray(picture.convert("RGB").resize(self.size)).astype(float) / 255

    def frame(self, i: int) -> np.ndarray:
        """Give the picture behind frame i; (height, width, 3) from 0 to 1."""
        if not self.sitters:
            return self.still
        states = [life[i] for life in self.lives]
        return self._sized(lay(self.room, self.sitters, [(max(s.lids), s.breath) for s in states]))
