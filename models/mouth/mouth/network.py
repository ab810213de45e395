"""The network: a U-Net on the planes of a crop, steered by the face coefficients (FiLM).

It says where skin comes from, so that pores and stubble move with it, how much is seen of two rows of teeth that it
knows, and what else to add: light, lips' edges. Its finest level takes 4 x 4 pixels for one place, so that a core draws
live; the coarsest knows what mouths look like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

# Channels at a quarter, an eighth and a sixteenth of the crop's size.
WIDTHS = (48, 64, 192)
BOTTOM = 1
STEERING = 96
# A byte becomes (v - MIDDLE) / RANGE.
MIDDLE, RANGE = 128.0, 128.0
# Shifts are learned in shares of a crop's width and height, times so much.
SHARES = 16.0
# Numbers that carry a row of teeth, and what one of them is worth: in its linear part, and in pixels.
CARRY = 6
TURNED, CARRIED = 0.1, 16.0


class LastConv2d(nn.Conv2d):
    """A convolution that stays in 32 bits."""


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


class Head(nn.Module):
    """Sees where the head is, as one carries a crop's places to where they would be if it were straight (Teeth)."""

    def __init__(self, channels: int, size: tuple[int, int], features: int = 8, hidden: int = 64) -> None:
        """Take channels, height and width of the coarsest planes."""
        super().__init__()
        self.look = LastConv2d(channels, features, 1)
        self.think = nn.Sequential(nn.Linear(features * size[0] * size[1], hidden), nn.ReLU(), nn.Linear(hidden, CARRY))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give [n, CARRY]."""
        return self.think(self.look(x).flatten(1))


class Teeth(nn.Module):
    """Two rows of teeth as pictures, the upper fixed to the head and the lower to the jaw, and what is seen of them.

    A row is carried by x' = (1 + TURNED a) x + TURNED b y + CARRIED c and the same with d, e, f for y', in pixels from
    the crop's middle.
    """

    def __init__(self, channels: int, height: int, width: int) -> None:
        """Take the channels of the finest planes and the crop's size. Rows are looked for where mouths are."""
        super().__init__()
        top, bottom, left = height // 32, height * 3 // 16, width // 16
        right = width // 4 - left
        self.window = slice(top, bottom), slice(left, right)  # in places of 4 x 4 pixels
        self.around = (4 * left, width - 4 * right, 4 * top, height - 4 * bottom)
        high, wide = 4 * (bottom - top), 4 * (right - left)
        self.rows = nn.Parameter(torch.zeros(2, 1, high, wide))
        self.lower = nn.Linear(STEERING, CARRY)
        self.seen_out = nn.ConvTranspose2d(channels, 2, 4, stride=4)
        for last in (self.lower, self.seen_out):
            nn.init.zeros_(last.weight)
        nn.init.zeros_(self.lower.bias)
        nn.init.constant_(self.seen_out.get_parameter("bias"), 0.1)
        x = torch.arange(wide) + 4 * left - (width - 1) / 2
        y = torch.arange(high) + 4 * top - (height - 1) / 2
        self.register_buffer("x", x[None, None, :].repeat(1, high, 1))
        self.register_buffer("y", y[None, :, None].repeat(1, 1, wide))
        self.register_buffer("fade", border(high, wide))
        # From pixels to the places of grid_sample: the rows are two wide and two high.
        self.measure = ((2 / wide, 2 / high), (-(2 * float(x[0]) - 1) / wide - 1, -(2 * float(y[0]) - 1) / high - 1))

    def forward(self, x: torch.Tensor, head: torch.Tensor, steering: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Give what teeth add to luma [n, 1, h, w], and what carries them [n, 2, CARRY]."""
        n = len(x)
        carries = torch.stack([head, self.lower(steering)], 1)
        a, b, c, d, e, f = carries.float().view(2 * n, CARRY, 1, 1).unbind(1)
        across = self.x * (1 + TURNED * a) + TURNED * b * self.y + CARRIED * c
        down = self.y * (1 + TURNED * e) + TURNED * d * self.x + CARRIED * f
        (wide, high), (left, top) = self.measure
        grid = torch.stack([across * wide + left, down * high + top], -1)
        rows = functional.grid_sample(
            self.rows.repeat(n, 1, 1, 1), grid, mode="bilinear", padding_mode="border", align_corners=False
        )
        seen = self.fade * self.seen_out(x[:, :, self.window[0], self.window[1]])
        added = (rows.view(n, 2, *rows.shape[2:]) * seen).sum(1, keepdim=True)
        return functional.pad(added, self.around), carries


class Change(NamedTuple):
    """What speaking does to a crop."""

    shift: torch.Tensor  # [n, 2, h/4, w/4]: how far to the right and below a place comes from, times SHARES / (w, h)
    keep: torch.Tensor  # [n, 1, h/4, w/4]: how much of that is kept, 0 to 1; nothing where the mouth's inside shows
    luma: torch.Tensor  # [n, 1, h, w], to be added to it
    colour: torch.Tensor  # [n, 2, h/2, w/2], to be added without it
    teeth: torch.Tensor  # [n, 2, CARRY]: where the upper and the lower row are


class Mouth(nn.Module):
    """Planes of a resting crop and coefficients give planes of the speaking one, as floats in the range of bytes."""

    def __init__(self, height: int, width: int, coefficients: int, widths: Sequence[int] = WIDTHS) -> None:
        """Take the crop's size in pixels."""
        super().__init__()
        self.size, self.coefficients = (height, width), coefficients
        # Where the head is decides, with the coefficients, on all that follows.
        self.steer = nn.Sequential(
            nn.Linear(coefficients + CARRY, STEERING), nn.ReLU(), nn.Linear(STEERING, STEERING), nn.ReLU()
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
        self.head = Head(deep, (height // scale, width // scale))
        self.teeth = Teeth(fine, height, width)
        self.shift_out = LastConv2d(fine, 2, 1)
        # Lips at rest cover what is inside; none of them may be stretched over it.
        self.hide_out = LastConv2d(fine, 1, 1)
        # What the coefficients do to skin, whatever the picture; shift_out corrects it.
        self.shift_by = nn.Linear(STEERING, 2 * (height // 4) * (width // 4))
        # Nothing comes from elsewhere at the edges.
        self.register_buffer("inside", functional.pad(torch.ones(1, 1, height // 4 - 2, width // 4 - 2), (1, 1, 1, 1)))
        for last in (self.luma_out, self.colour_out, self.shift_out, self.shift_by, self.hide_out):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.get_parameter("bias"))
        nn.init.constant_(self.hide_out.get_parameter("bias"), -4.0)

    def forward(self, resting: torch.Tensor, coefficients: torch.Tensor) -> torch.Tensor:
        """Give [n, 6, h/2, w/2] for planes of the same shape (planes.split) and coefficients [n, c]; both as floats."""
        return changed(resting, self.change(resting, coefficients))

    def change(self, resting: torch.Tensor, coefficients: torch.Tensor) -> Change:
        """Say what speaking does to planes [n, 6, h/2, w/2]."""
        return self.speak(functional.pixel_shuffle(resting[:, :4], 2), resting[:, 4:], coefficients)

    def speak(self, luma: torch.Tensor, colour: torch.Tensor, coefficients: torch.Tensor) -> Change:
        """Say what speaking does to luma [n, 1, h, w] and colour [n, 2, h/2, w/2]."""
        x = self.luma_in((luma - MIDDLE) / RANGE) + self.colour_in((colour - MIDDLE) / RANGE)
        kept = []
        for down in self.down:
            x = torch.relu(x)
            kept.append(x)
            x = down(x)
        x = torch.relu(x)
        head = self.head(x)
        steering = self.steer(torch.cat([coefficients, head], 1))
        for block in self.bottom:
            x = block(x, steering)
        for at in reversed(range(len(kept))):
            x = functional.interpolate(self.less[at](x), scale_factor=2.0, mode="nearest")
            x = self.up[at](torch.relu(x + kept[at]), steering)
        shift = self.shift_out(x) + self.shift_by(steering).unflatten(1, (2, x.shape[2], x.shape[3]))
        teeth, carries = self.teeth(x, head, steering)
        return Change(
            self.inside * shift,
            1 - self.inside * torch.sigmoid(self.hide_out(x)),
            self.border_luma * (self.luma_out(x) + teeth),
            self.border_colour * self.colour_out(x),
            carries,
        )


def changed(resting: torch.Tensor, change: Change) -> torch.Tensor:
    """Give planes [n, 6, h/2, w/2] as they look after a change."""
    luma = shifted(functional.pixel_shuffle(resting[:, :4], 2), change.shift, change.keep) + change.luma
    return torch.cat([functional.pixel_unshuffle(luma, 2), resting[:, 4:] + change.colour], 1)


def shifted(luma: torch.Tensor, shift: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
    """Fetch each pixel of luma [n, 1, h, w] from where it comes from (Change), mixed of the four around."""
    height, width = luma.shape[2:]
    x = (2 * torch.arange(width, device=luma.device) + 1) / width - 1
    y = (2 * torch.arange(height, device=luma.device) + 1) / height - 1
    places = torch.stack([x.expand(height, width), y[:, None].expand(height, width)])
    # grid_sample takes a picture to be two wide and two high.
    places = places + scaled(shift.to(luma.dtype) * (2 / SHARES), (height, width))
    grid = places.permute(0, 2, 3, 1)
    moved = functional.grid_sample(luma, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return moved * scaled(keep.to(luma.dtype), (height, width))


def border(height: int, width: int, fade: int = 6) -> torch.Tensor:
    """Give a window [1, 1, h, w]: 0 in two pixels at the edges, so also when halved, then rising to 1 over fade."""

    def side(n: int) -> torch.Tensor:
        away = torch.minimum(torch.arange(n), torch.arange(n - 1, -1, -1)).float()
        return ((away - 1) / fade).clamp(0, 1)

    return (side(height)[:, None] * side(width)[None, :])[None, None]


class Drawing(nn.Module):
    """The network as it is run, for the planes of a video frame of any size: the engine moves luma itself.

    A graph could, but takes more than twice as long.
    """

    def __init__(self, mouth: Mouth) -> None:
        """Wrap a trained network."""
        super().__init__()
        self.mouth = mouth

    def forward(
        self, y: torch.Tensor, u: torch.Tensor, v: torch.Tensor, face: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Take y [1, 1, h, w], u and v [1, 1, h/2, w/2] as uint8 and face [1, c] as float.

        Gives what to add to y as floats, u and v, and where places come from, in shares of both sides, and how much of
        that is kept [1, 3, *, *].
        """
        luma, colour = y.float(), torch.cat([u, v], 1).float()
        height, width = self.mouth.size
        # A crop of another size is seen in the network's, and only what is to change is brought back to the crop's.
        change = self.mouth.speak(scaled(luma, (height, width)), scaled(colour, (height // 2, width // 2)), face)
        more = scaled(change.luma, (y.shape[2], y.shape[3]))
        colours = added(colour, scaled(change.colour, (u.shape[2], u.shape[3])))
        return more, colours[:, :1], colours[:, 1:], torch.cat([change.shift / SHARES, change.keep], 1)


def scaled(x: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Bring planes to another height and width."""
    return functional.interpolate(x, size, mode="bilinear", align_corners=False)


def added(resting: torch.Tensor, more: torch.Tensor) -> torch.Tensor:
    """Add and round, by adding a half: bytes that nothing is added to stay what they are, to the last bit."""
    return (resting + more + 0.5).clamp(0, 255).to(torch.uint8)
