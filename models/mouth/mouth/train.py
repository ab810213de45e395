"""Learning: from renders to weights, in steps that an interruption does not lose."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from .measure import MOVES
from .network import RANGE, WIDTHS, Mouth

if TYPE_CHECKING:
    from pathlib import Path

    from .dataset import Dataset, Samples


@dataclass
class Plan:
    """How long and how fast is learned. The defaults are those of the shipped mouths."""

    steps: int = 6000
    batch: int = 8
    rate: float = 1.5e-3
    warm_up: int = 100
    # The weights that are kept are a running mean over about 1 / (1 - keep) steps.
    keep: float = 0.998
    seed: int = 7
    widths: tuple[int, ...] = WIDTHS
    save_every: int = 200


def loss(drawn: torch.Tensor, speaking: torch.Tensor, resting: torch.Tensor) -> torch.Tensor:
    """Give the distance of planes: absolute, dearer where a mouth moves, and that of luma's edges, for sharp teeth."""
    error = (drawn - speaking).abs() / RANGE
    # A pixel and those around it: a lip's edge must be right on both of its sides.
    moves = functional.max_pool2d((speaking - resting).abs().amax(1, keepdim=True), 5, 1, 2) > MOVES
    absolute = (error * (1 + 4 * moves)).mean()
    a, b = (functional.pixel_shuffle(p[:, :4], 2) / RANGE for p in (drawn, speaking))
    edges = sum((torch.diff(a, dim=d) - torch.diff(b, dim=d)).abs().mean() for d in (2, 3))
    return absolute + edges


class Draws:
    """Batches at random: moved by a pixel or two, with the noise that a compressed video has."""

    def __init__(self, samples: Samples, plan: Plan) -> None:
        """Prepare samples for learning."""
        self.samples, self.batch = samples, plan.batch
        self.rng = np.random.default_rng(plan.seed)

    def next(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Give resting, speaking and coefficients."""
        at = self.rng.integers(0, len(self.samples), self.batch)
        resting, speaking = (
            torch.from_numpy(planes[at].astype(np.float32)) for planes in (self.samples.resting, self.samples.speaking)
        )
        down, right = self.rng.integers(-1, 2, 2)
        resting, speaking = (moved(p, int(down), int(right)) for p in (resting, speaking))
        noise = torch.from_numpy(self.rng.normal(0, 1, resting.shape).astype(np.float32))
        return resting + noise, speaking + noise, torch.from_numpy(self.samples.coefficients[at])


def moved(planes: torch.Tensor, down: int, right: int) -> torch.Tensor:
    """Move pictures by half-size pixels; what comes in at an edge is its last row or column."""
    padded = functional.pad(planes, (1, 1, 1, 1), mode="replicate")
    height, width = planes.shape[2:]
    return padded[:, :, 1 - down : 1 - down + height, 1 - right : 1 - right + width]


def rate(step: int, plan: Plan) -> float:
    """Give the share of the full rate: it rises for a while and falls with a cosine."""
    if step < plan.warm_up:
        return (step + 1) / plan.warm_up
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - plan.warm_up) / max(1, plan.steps - plan.warm_up)))


def train(data: Dataset, plan: Plan, folder: Path) -> Mouth:
    """Learn, or go on from folder/checkpoint.pt, and give the mean network."""
    torch.manual_seed(plan.seed)
    network = Mouth(data.height, data.width, data.learned.coefficients.shape[1], plan.widths)
    mean = Mouth(data.height, data.width, data.learned.coefficients.shape[1], plan.widths)
    mean.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(network.parameters(), lr=plan.rate, weight_decay=1e-4)
    draws = Draws(data.learned, plan)
    start = 0
    saved = folder / "checkpoint.pt"
    if saved.exists():
        state = torch.load(saved, weights_only=True)
        if state["plan"] != asdict(plan):
            raise SystemExit(f"{saved} is of another plan: remove it, or take its numbers")
        network.load_state_dict(state["network"])
        mean.load_state_dict(state["mean"])
        optimizer.load_state_dict(state["optimizer"])
        start = state["step"]
        draws.rng = np.random.default_rng((plan.seed, start))
    began, total = time.monotonic(), 0.0
    for step in range(start, plan.steps):
        for group in optimizer.param_groups:
            group["lr"] = plan.rate * rate(step, plan)
        resting, speaking, coefficients = draws.next()
        distance = loss(network(resting, coefficients), speaking, resting)
        optimizer.zero_grad()
        distance.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        # Early on, a long mean would remember the beginning.
        keep = min(plan.keep, (1 + step) / (10 + step))
        with torch.no_grad():
            for kept, new in zip(mean.parameters(), network.parameters()):
                kept.lerp_(new, 1 - keep)
        total += distance.item()
        if (step + 1) % plan.save_every == 0 or step + 1 == plan.steps:
            each = (time.monotonic() - began) / (step + 1 - start)
            print(
                f"step {step + 1}/{plan.steps}, loss {total / plan.save_every:.5f}, {each:.2f} s each, "
                f"{each * (plan.steps - step - 1) / 60:.0f} min left",
                flush=True,
            )
            total = 0.0
            state = {
                "plan": asdict(plan),
                "step": step + 1,
                "network": network.state_dict(),
                "mean": mean.state_dict(),
                "optimizer": optimizer.state_dict(),
            }
            half = folder / ".checkpoint.pt"
            torch.save(state, half)
            half.rename(saved)
    return mean.eval()
