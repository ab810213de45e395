"""The network: a U-Net on the planes of a crop, steered by the face coefficients (FiLM), that gives what to add."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

PLANES = 6
POSITIONS = 6
WIDTHS = (32, 64, 128, 192)
# A byte becomes (v - MIDDLE) / RANGE.
MIDDLE, RANGE = 128.0, 128.0


class Steered(nn.Module):
    """Two convolutions; what the coefficients say scales and shifts between them."""

    def __init__(self, inner: int, outer: int, steering: int) -> None:
        """Take and give channels."""
        super().__init__()
        self.first = nn.Conv2d(inner, outer, 3, padding=1)
        self.second = nn.Conv2d(outer, outer, 3, padding=1)
        # Drawn smaller, as is usual, nothing would reach the last layer of so deep a network.
        nn.init.kaiming_normal_(self.first.weight)
        nn.init.kaiming_normal_(self.second.weight)
        self.film = nn.Linear(steering, 2 * outer)
        nn.init.zeros_(self.film.weight)
        nn.init.zeros_(self.film.bias)

    def forward(self, x: torch.Tensor, steering: torch.Tensor) -> torch.Tensor:
        """Work on [n, inner, h, w]."""
        scale, shift = self.film(steering)[..., None, None].chunk(2, 1)
        x = torch.relu(self.first(x) * (1 + scale) + shift)
        return torch.relu(self.second(x))


class Mouth(nn.Module):
    """Planes of a resting crop and coefficients give planes of the speaking one, as floats in the range of bytes."""

    def __init__(self, height: int, width: int, coefficients: int, widths: Sequence[int] = WIDTHS) -> None:
        """Take the crop's size in pixels."""
        super().__init__()
        steering = 96
        self.steer = nn.Sequential(
            nn.Linear(coefficients, steering), nn.ReLU(), nn.Linear(steering, steering), nn.ReLU()
        )
        # What is where in a crop is nearly always the same: planes that are learned say it.
        self.positions = nn.Parameter(0.1 * torch.randn(1, POSITIONS, height // 2, width // 2))
        self.register_buffer("border", border(height // 2, width // 2))
        self.down = nn.ModuleList()
        channels = PLANES + POSITIONS
        for wide in widths:
            self.down.append(Steered(channels, wide, steering))
            channels = wide
        self.up = nn.ModuleList()
        for wide in reversed(widths[:-1]):
            self.up.append(Steered(channels + wide, wide, steering))
            channels = wide
        self.last = nn.Conv2d(channels, PLANES, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        torch.nn.init.zeros_(self.last.get_parameter("bias"))

    def forward(self, resting: torch.Tensor, coefficients: torch.Tensor) -> torch.Tensor:
        """Give [n, 6, h/2, w/2] for planes of the same shape and coefficients [n, c]; both as floats."""
        return resting + self.added(resting, coefficients)

    def added(self, resting: torch.Tensor, coefficients: torch.Tensor) -> torch.Tensor:
        """Give what speaking adds to the planes."""
        steering = self.steer(coefficients)
        x = (resting - MIDDLE) / RANGE
        x = torch.cat([x, self.positions.expand(x.shape[0], -1, -1, -1)], 1)
        kept = []
        for at, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if at else x, steering)
            kept.append(x)
        kept.pop()
        for block in self.up:
            x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = block(torch.cat([x, kept.pop()], 1), steering)
        return RANGE * self.border * self.last(x)


def border(height: int, width: int, fade: int = 6) -> torch.Tensor:
    """Give a window [1, 1, h, w]: 0 in two pixels at the edges, so also when halved, then rising to 1 over fade."""

    def side(n: int) -> torch.Tensor:
        away = torch.minimum(torch.arange(n), torch.arange(n - 1, -1, -1)).float()
        return ((away - 1) / fade).clamp(0, 1)

    return (side(height)[:, None] * side(width)[None, :])[None, None]


class Drawing(nn.Module):
    """The network as it is run: bytes in, bytes out, in the planes of a video frame of any size."""

    def __init__(self, mouth: Mouth) -> None:
        """Wrap a trained network."""
        super().__init__()
        self.mouth = mouth
        self.size = tuple(mouth.positions.shape[2:])

    def forward(
        self, y: torch.Tensor, u: torch.Tensor, v: torch.Tensor, face: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Take y [1, 1, h, w], u and v [1, 1, h/2, w/2] as uint8 and face [1, c] as float; give the same planes."""
        resting = torch.cat([functional.pixel_unshuffle(y.float(), 2), u.float(), v.float()], 1)
        # A crop of another size is seen in the network's, and only what is to be added is brought back to the crop's.
        seen = functional.interpolate(resting, self.size, mode="bilinear", align_corners=False)
        added = functional.interpolate(
            self.mouth.added(seen, face), (u.shape[2], u.shape[3]), mode="bilinear", align_corners=False
        )
        # Round by adding a half: bytes that nothing is added to stay what they are, to the last bit.
        drawn = (resting + added + 0.5).clamp(0, 255)
        luma = functional.pixel_shuffle(drawn[:, :4], 2)
        return luma.to(torch.uint8), drawn[:, 4:5].to(torch.uint8), drawn[:, 5:6].to(torch.uint8)
