"""The network: a U-Net on the planes of a crop, steered by the face coefficients (FiLM), that gives what to add.

Its finest level takes 4 x 4 pixels for one place, so that a core draws live; the coarsest knows what mouths look like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

# Channels at a quarter, an eighth and a sixteenth of the crop's size.
WIDTHS = (48, 64, 192)
BOTTOM = 2
STEERING = 96
# A byte becomes (v - MIDDLE) / RANGE.
MIDDLE, RANGE = 128.0, 128.0


class Film(nn.Module):
    """Scales and shifts channels by what the coefficients say, and by what a place of the crop is known to need."""

    def __init__(self, channels: int, size: tuple[int, int] | None) -> None:
        """Take the height and width of the planes where places matter."""
        super().__init__()
        self.say = nn.Linear(STEERING, 2 * channels)
        nn.init.zeros_(self.say.weight)
        nn.init.zeros_(self.say.bias)
        self.places = nn.Parameter(0.1 * torch.randn(1, channels, *size)) if size else None

    def forward(self, x: torch.Tensor, steering: torch.Tensor) -> torch.Tensor:
        """Work on [n, channels, h, w]."""
        scale, shift = self.say(steering)[..., None, None].chunk(2, 1)
        return x * (1 + scale) + (shift if self.places is None else shift + self.places)


class Block(nn.Module):
    """Two convolutions beside a short cut; steered between them."""

    def __init__(self, channels: int, film: Film | None) -> None:
        """Keep the number of channels."""
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.film = film
        nn.init.kaiming_normal_(self.first.weight)
        nn.init.kaiming_normal_(self.second.weight, 0.5)

    def forward(self, x: torch.Tensor, steering: torch.Tensor) -> torch.Tensor:
        """Work on [n, channels, h, w]."""
        inner = self.first(x)
        if self.film is not None:
            inner = self.film(inner, steering)
        return torch.relu(x + self.second(torch.relu(inner)))


class Mouth(nn.Module):
    """Planes of a resting crop and coefficients give planes of the speaking one, as floats in the range of bytes."""

    def __init__(self, height: int, width: int, coefficients: int, widths: Sequence[int] = WIDTHS) -> None:
        """Take the crop's size in pixels."""
        super().__init__()
        self.size = (height, width)
        self.steer = nn.Sequential(
            nn.Linear(coefficients, STEERING), nn.ReLU(), nn.Linear(STEERING, STEERING), nn.ReLU()
        )
        faded = RANGE * border(height // 2, width // 2)
        self.register_buffer("border_colour", faded)
        self.register_buffer("border_luma", faded.repeat_interleave(2, 2).repeat_interleave(2, 3))
        fine, deep = widths[0], widths[-1]
        # One convolution of 2 x 2 places each, with which luma and colour come to one size.
        self.luma_in = nn.Conv2d(1, fine, 8, stride=4, padding=2)
        self.colour_in = nn.Conv2d(2, fine, 4, stride=2, padding=1)
        pairs = list(zip(widths, widths[1:]))
        self.down = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairs)
        scale = 4 << len(pairs)
        self.bottom = nn.ModuleList(Block(deep, Film(deep, (height // scale, width // scale))) for _ in range(BOTTOM))
        self.less = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairs)
        # Steering the finest level would cost a tenth of the time; what comes from below is steered.
        self.up = nn.ModuleList(Block(a, Film(a, None) if at else None) for at, (a, _) in enumerate(pairs))
        for convolution in (self.luma_in, self.colour_in, *self.down, *self.less):
            nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
        self.luma_out = nn.ConvTranspose2d(fine, 1, 4, stride=4)
        self.colour_out = nn.ConvTranspose2d(fine, 2, 2, stride=2)
        for convolution in (self.luma_out, self.colour_out):
            nn.init.zeros_(convolution.weight)
            nn.init.zeros_(convolution.get_parameter("bias"))

    def forward(self, resting: torch.Tensor, coefficients: torch.Tensor) -> torch.Tensor:
        """Give [n, 6, h/2, w/2] for planes of the same shape (planes.split) and coefficients [n, c]; both as floats."""
        luma, colour = self.added(functional.pixel_shuffle(resting[:, :4], 2), resting[:, 4:], coefficients)
        return resting + torch.cat([functional.pixel_unshuffle(luma, 2), colour], 1)

    def added(
        self, luma: torch.Tensor, colour: torch.Tensor, coefficients: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Give what speaking adds to luma [n, 1, h, w] and colour [n, 2, h/2, w/2]."""
        steering = self.steer(coefficients)
        x = self.luma_in((luma - MIDDLE) / RANGE) + self.colour_in((colour - MIDDLE) / RANGE)
        kept = []
        for down in self.down:
            x = torch.relu(x)
            kept.append(x)
            x = down(x)
        x = torch.relu(x)
        for block in self.bottom:
            x = block(x, steering)
        for at in reversed(range(len(kept))):
            x = functional.interpolate(self.less[at](x), scale_factor=2.0, mode="nearest")
            x = self.up[at](torch.relu(x + kept[at]), steering)
        return self.border_luma * self.luma_out(x), self.border_colour * self.colour_out(x)


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

    def forward(
        self, y: torch.Tensor, u: torch.Tensor, v: torch.Tensor, face: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Take y [1, 1, h, w], u and v [1, 1, h/2, w/2] as uint8 and face [1, c] as float; give the same planes."""
        luma, colour = y.float(), torch.cat([u, v], 1).float()
        height, width = self.mouth.size
        # A crop of another size is seen in the network's, and only what is to be added is brought back to the crop's.
        more_luma, more_colour = self.mouth.added(
            scaled(luma, (height, width)), scaled(colour, (height // 2, width // 2)), face
        )
        drawn = added(luma, scaled(more_luma, (y.shape[2], y.shape[3])))
        colours = added(colour, scaled(more_colour, (u.shape[2], u.shape[3])))
        return drawn, colours[:, :1], colours[:, 1:]


def scaled(x: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Bring planes to another height and width."""
    return functional.interpolate(x, size, mode="bilinear", align_corners=False)


def added(resting: torch.Tensor, more: torch.Tensor) -> torch.Tensor:
    """Add and round, by adding a half: bytes that nothing is added to stay what they are, to the last bit."""
    return (resting + more + 0.5).clamp(0, 255).to(torch.uint8)
