"""Where things are in the picture, in pixels at 720p."""

# pyright: basic, reportMissingImports=false, reportOptionalMemberAccess=false

from __future__ import annotations

from dataclasses import dataclass
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


# What moves when a mouth speaks, chin and neck's shadow included.
MOUTH_BOX = Box(520, 300, 240, 224)
# What a network redraws, heads that sway included; sides are multiples of 16.
SPEECH_BOX = Box(520, 312, 224, 176)
BLINK_BOX = Box(504, 208, 264, 96)
BREATH_BOX = Box(160, 448, 960, 272)
