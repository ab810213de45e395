"""Learning: from renders to weights, in steps that an interruption does not lose."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from .measure import MOVES
from .network import RANGE, WIDTHS, Mouth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .dataset import Dataset, Samples


@dataclass
class Plan:
    """How long and how fast is learned. The defaults are those of the shipped mouths, which a graphics card learned."""

    steps: int = 24000
    batch: int = 32
    rate: float = 1.5e-3
    warm_up: int = 100
    # The weights that are kept are a running mean over about 1 / (1 - keep) steps.
    keep: float = 0.998
    seed: int = 7
    widths: tuple[int, ...] = WIDTHS
    save_every: int = 500


@dataclass(frozen=True)
class Machine:
    """What computes: a card records steps unless eager; a coarse one takes bfloat16 where that does no harm."""

    device: str = "cpu"
    eager: bool = False
    coarse: bool = False


PROCESSOR = Machine()
# Hours without a card.
ON_PROCESSOR = Plan(steps=12000, batch=8)


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
    """Batches at random: moved by a pixel or two, with the noise of a compressed video. Renders lie on the device."""

    def __init__(self, samples: Samples, plan: Plan, device: torch.device) -> None:
        """Prepare samples for learning."""
        self.batch = plan.batch
        self.resting, self.speaking, self.coefficients = (
            torch.from_numpy(a).to(device) for a in (samples.resting, samples.speaking, samples.coefficients)
        )

    def next(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Give resting, speaking and coefficients."""
        device, (height, width) = self.resting.device, self.resting.shape[2:]
        at = torch.randint(len(self.resting), (self.batch,), device=device)
        # By half-size pixels; what comes in at an edge is its last row or column.
        move = torch.randint(-1, 2, (2, self.batch, 1), device=device)
        rows = (torch.arange(height, device=device) + move[0]).clamp(0, height - 1)
        columns = (torch.arange(width, device=device) + move[1]).clamp(0, width - 1)
        resting, speaking = (
            planes[at[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2).float()
            for planes in (self.resting, self.speaking)
        )
        noise = torch.randn_like(resting)
        return resting + noise, speaking + noise, self.coefficients[at]


def rate(step: int, plan: Plan) -> float:
    """Give the share of the full rate: it rises for a while and falls with a cosine."""
    if step < plan.warm_up:
        return (step + 1) / plan.warm_up
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - plan.warm_up) / max(1, plan.steps - plan.warm_up)))


class Learner:
    """A network, the mean of its weights over time, and what makes both better by a step."""

    def __init__(self, data: Dataset, plan: Plan, machine: Machine) -> None:
        """Begin anew."""
        device, self.coarse = torch.device(machine.device), machine.coarse
        torch.manual_seed(plan.seed)
        self.plan, self.device, self.step = plan, device, 0
        shape = (data.height, data.width, data.learned.coefficients.shape[1], plan.widths)
        self.network, self.mean = Mouth(*shape).to(device), Mouth(*shape).to(device)
        for network in (self.network, self.mean):
            network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] # not among its types
        self.mean.load_state_dict(self.network.state_dict())
        # Numbers that change from step to step lie on the device, for a recorded step reads them there.
        self.rate, self.fresh, self.total = (torch.zeros((), device=device) for _ in range(3))
        on_card = device.type == "cuda"
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=self.rate, weight_decay=1e-4, capturable=on_card, foreach=on_card
        )
        self.draws = Draws(data.learned, plan, device)

    def load(self, state: dict) -> None:
        """Go on from what `state` gave."""
        self.step = state["step"]
        self.network.load_state_dict(state["network"])
        self.mean.load_state_dict(state["mean"])
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state["optimizer"], "param_groups": groups})
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate
        torch.manual_seed(self.plan.seed + self.step)

    def state(self) -> dict:
        """Give all that `load` needs, for any device."""
        return {
            "plan": asdict(self.plan),
            "step": self.step,
            "network": self.network.state_dict(),
            "mean": self.mean.state_dict(),
            "optimizer": self.optimizer.state_dict()["state"],
        }

    def once(self) -> None:
        """Learn from one batch."""
        resting, speaking, coefficients = self.draws.next()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.coarse):
            drawn = self.network(resting, coefficients)
        distance = loss(drawn, speaking, resting)
        self.optimizer.zero_grad()
        distance.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        with torch.no_grad():
            for kept, new in zip(self.mean.parameters(), self.network.parameters()):
                kept.lerp_(new, self.fresh)
            self.total += distance

    def prepare(self) -> None:
        """Set the numbers of the next step."""
        self.rate.fill_(self.plan.rate * rate(self.step, self.plan))
        # Early on, a long mean would remember the beginning.
        self.fresh.fill_(1 - min(self.plan.keep, (1 + self.step) / (10 + self.step)))


def recorded(learner: Learner) -> Callable[[], None]:
    """Record a step on a graphics card, where starting its hundreds of small jobs would take longer than doing them."""
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):  # pyright: ignore[reportArgumentType] # its type is too narrow in PyTorch 2.5
        for _ in range(3):  # at a rate of 0: what is made on first use must be there before
            learner.once()
    torch.cuda.current_stream().wait_stream(aside)
    learner.optimizer.zero_grad()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=aside):
        learner.once()
    learner.total.zero_()
    return graph.replay


def train(data: Dataset, plan: Plan, folder: Path, machine: Machine = PROCESSOR) -> Mouth:
    """Learn, or go on from folder/checkpoint.pt, also to more steps than it was planned for; give the mean network."""
    learner = Learner(data, plan, machine)
    saved = folder / "checkpoint.pt"
    if saved.exists():
        state = torch.load(saved, weights_only=True, map_location=machine.device)
        if {**state["plan"], "steps": plan.steps} != asdict(plan):
            raise SystemExit(f"{saved} is of another plan: remove it, or take its numbers")
        learner.load(state)
    once = learner.once
    if learner.device.type == "cuda" and learner.step < plan.steps:
        torch.backends.cudnn.benchmark = True
        torch.set_float32_matmul_precision("high")
        once = learner.once if machine.eager else recorded(learner)
    start, began = learner.step, time.monotonic()
    while learner.step < plan.steps:
        learner.prepare()
        once()
        learner.step += 1
        if learner.step % plan.save_every == 0 or learner.step == plan.steps:
            total = learner.total.item() / plan.save_every
            learner.total.zero_()
            each = (time.monotonic() - began) / (learner.step - start)
            print(
                f"step {learner.step}/{plan.steps}, loss {total:.5f}, {1000 * each:.1f} ms each, "
                f"{each * (plan.steps - learner.step) / 60:.1f} min left",
                flush=True,
            )
            half = folder / ".checkpoint.pt"
            torch.save(learner.state(), half)
            half.rename(saved)
    return learner.mean.cpu().eval()
