"""Batches to learn from: renders at random, turned and moved with all that is known of them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from .dataset import Samples

# How far a batch's crops are turned (radians), enlarged (shares) and moved (pixels): further than heads sway.
TURN, ENLARGE, MOVE = 0.05, 0.05, 4.0
# This share stays where it was rendered, for pictures lose their finest detail when they are turned.
STAY = 0.2


class Batch(NamedTuple):
    """Renders as dataset.Samples has them, as floats."""

    resting: torch.Tensor
    speaking: torch.Tensor
    coefficients: torch.Tensor
    flow: torch.Tensor
    teeth: torch.Tensor

    def turned(self, turns: torch.Tensor) -> Batch:
        """Give the batch as a camera sees it that is turned by similarities [n, 2, 3], as affine_grid takes them."""
        return Batch(
            turn(self.resting, turns),
            turn(self.speaking, turns),
            self.coefficients,
            turn_flow(self.flow, turns),
            turn_teeth(self.teeth, turns, self.resting.shape[3] * 2, self.resting.shape[2] * 2),
        )


class Draws:
    """Batches at random. All renders lie on the device."""

    def __init__(self, samples: Samples, batch: int, device: torch.device) -> None:
        """Take all renders, and how many are drawn at a time."""
        self.batch, self.device = batch, device
        self.all = {part.name: torch.from_numpy(getattr(samples, part.name)).to(device) for part in fields(samples)}

    def next(self, *, turning: bool) -> Batch:
        """Draw renders."""
        at = torch.randint(len(self.all["resting"]), (self.batch,), device=self.device)
        drawn = Batch(**{name: part[at].float() for name, part in self.all.items()})
        return drawn.turned(self.turns()) if turning else drawn

    def turns(self) -> torch.Tensor:
        """Draw similarities [batch, 2, 3] of places from -1 to 1, x first."""
        height, width = self.all["resting"].shape[2:]
        moved = torch.rand(self.batch, device=self.device) >= STAY
        angle, size, x, y = (torch.rand(4, self.batch, device=self.device) * 2 - 1) * moved
        angle, size = TURN * angle, 1 + ENLARGE * size
        c, s, wide = size * angle.cos(), size * angle.sin(), width / height
        rows = [torch.stack([c, -s / wide, x * MOVE / width], 1), torch.stack([s * wide, c, y * MOVE / height], 1)]
        return torch.stack(rows, 1)


def turn(planes: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    """Turn pictures as planes [n, 6, h/2, w/2]; what comes in at an edge is its last row or column."""
    turned = []
    for picture, mode in ((functional.pixel_shuffle(planes[:, :4], 2), "bicubic"), (planes[:, 4:], "bilinear")):
        grid = functional.affine_grid(turns, list(picture.shape), align_corners=False)
        turned.append(functional.grid_sample(picture, grid, mode, "border", align_corners=False))
    return torch.cat([functional.pixel_unshuffle(turned[0], 2), turned[1]], 1).clamp(0, 255)


def turn_flow(flow: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    """Turn a flow [n, 3, h/4, w/4] with its pictures: its places, and the ways it points."""
    height, width = flow.shape[2:]
    grid = functional.affine_grid(turns, [len(flow), 1, height, width], align_corners=False)
    known = functional.grid_sample(flow[:, 2:], grid, "bilinear", "zeros", align_corners=False)
    shift = functional.grid_sample(flow[:, :2] * flow[:, 2:], grid, "bilinear", "zeros", align_corners=False)
    x, y = (shift / known.clamp(min=1e-6)).unbind(1)
    # In pixels, a turn is (c, -s; s, c), and its inverse (c, s; -s, c) over the square of how much it enlarges.
    c, s = turns[:, 0, 0, None, None], turns[:, 1, 0, None, None] * height / width
    more = c * c + s * s
    return torch.stack([(c * x + s * y) / more, (c * y - s * x) / more, known[:, 0]], 1)


def turn_teeth(teeth: torch.Tensor, turns: torch.Tensor, width: int, height: int) -> torch.Tensor:
    """Turn what carries teeth [n, 2, 6] with pictures of width x height pixels: it takes places as turned ones have."""
    n = len(teeth)
    rows = teeth.unflatten(2, (2, 3))
    turned = turns.new_zeros(n, 1, 2, 3)
    turned[:, 0, 0, 0], turned[:, 0, 1, 1] = turns[:, 0, 0], turns[:, 1, 1]
    turned[:, 0, 0, 1], turned[:, 0, 1, 0] = turns[:, 0, 1] * width / height, turns[:, 1, 0] * height / width
    turned[:, 0, 0, 2], turned[:, 0, 1, 2] = turns[:, 0, 2] * width / 2, turns[:, 1, 2] * height / 2
    carried = turned + rows[..., :2] @ turned  # (1 + rows) after turned
    moved = carried[..., 2] + rows[..., 2]
    linear = carried[..., :2] - torch.eye(2, device=turns.device)
    return torch.cat([linear, moved[..., None]], -1).flatten(2)
