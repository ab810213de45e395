"""Where things are in the picture, in pixels at 720p."""

# pyright: basic, reportMissingImports=false, reportOptionalMemberAccess=false

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

WIDTH, HEIGHT = 1280, 720


@dataclass(frozen=True)
class Box:
    """A part of the picture; all numbers even."""

    x: int
    y: int
    width: int
    height: int

    def border(self) -> tuple[int, int, int, int]:
        """Give left, top, right and bottom."""
        return self.x, self.y, self.x + self.width, self.y + self.height

    def crop(self, picture: Image.Image) -> Image.Image:
        """Cut the box out of a whole picture."""
        return picture.crop(self.border())

    def list(self) -> list[int]:
        """Give what a pack says of a box."""
        return [self.x, self.y, self.width, self.height]


# Where things are in a portrait; `boxes` carries them to a camera that sees more.
# What moves when a mouth speaks, chin and neck's shadow included.
MOUTH_BOX = Box(520, 300, 240, 224)
# What a network redraws, heads that sway included; sides are multiples of 16.
SPEECH_BOX = Box(520, 312, 224, 176)
BLINK_BOX = Box(504, 208, 264, 96)
BREATH_BOX = Box(160, 448, 960, 272)
CHEST = 476  # from here downwards a breath moves


@dataclass(frozen=True)
class Boxes:
    """The boxes of one camera, where its breath begins, and how much smaller than in a portrait all is."""

    mouth: Box
    speech: Box
    blink: Box
    breath: Box
    chest: float
    wide: float


def pixels(scale: int) -> tuple[int, int]:
    """Give width and height of a whole picture; scale is in percent of 720p."""
    return WIDTH * scale // 100, HEIGHT * scale // 100


def boxes(camera: dict[str, float]) -> Boxes:
    """Carry the boxes of a portrait to a camera that sees `wide` times as much, `lower` by a share of the height."""
    wide, lower = camera.get("wide", 1.0), camera.get("lower", 0.0)
    if (wide, lower) == (1.0, 0.0):
        return Boxes(MOUTH_BOX, SPEECH_BOX, BLINK_BOX, BREATH_BOX, CHEST, wide)
    eyes = camera["eyes"] * HEIGHT

    def down(y: float) -> float:
        return eyes + lower * HEIGHT + (y - eyes) / wide

    def carry(b: Box, step: int) -> Box:
        # Sides are rounded up and places to even pixels of 1080p, around the same middle.
        width, height = (step * math.ceil(x / wide / step) for x in (b.width, b.height))
        x = WIDTH / 2 + (b.x + b.width / 2 - WIDTH / 2) / wide - width / 2
        y = down(b.y + b.height / 2) - height / 2
        return Box(4 * round(x / 4), 4 * round(y / 4), width, height)

    breath = carry(BREATH_BOX, 16)
    breath = replace(breath, height=HEIGHT - breath.y)  # down to the picture's edge
    return Boxes(carry(MOUTH_BOX, 16), carry(SPEECH_BOX, 16), carry(BLINK_BOX, 8), breath, down(CHEST), wide)
