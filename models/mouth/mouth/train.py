"""Learning: from renders to weights, in steps that an interruption does not lose."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from . import begin, eight
from .batches import Draws
from .measure import MOVES
from .network import CARRIED, RANGE, SHARES, TURNED, WIDTHS, Change, Mouth, changed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .dataset import Dataset


@dataclass
class Plan:
    """How long and how fast is learned. The defaults are for a graphics card."""

    steps: int = 24000
    batch: int = 32
    rate: float = 1.5e-3
    warm_up: int = 100
    # Afterwards so many steps are learned with values that 8 bits can hold, from this rate on.
    last_steps: int = 3000
    last_rate: float = 2e-4
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
# So many renders say what range the values between the layers have.
SHOWN = 96
TELL_EVERY = 30.0  # seconds
# Hours without a card.
ON_PROCESSOR = Plan(steps=12000, batch=8, last_steps=2000)


def loss(drawn: torch.Tensor, speaking: torch.Tensor, resting: torch.Tensor) -> torch.Tensor:
    """Give the distance of planes: absolute, dearer where a mouth moves, and that of luma's edges, for sharp teeth."""
    error = (drawn - speaking).abs() / RANGE
    # A pixel and those around it: a lip's edge must be right on both of its sides.
    moves = functional.max_pool2d((speaking - resting).abs().amax(1, keepdim=True), 5, 1, 2) > MOVES
    absolute = (error * (1 + 4 * moves)).mean()
    a, b = (functional.pixel_shuffle(p[:, :4], 2) / RANGE for p in (drawn, speaking))
    edges = sum((torch.diff(a, dim=d) - torch.diff(b, dim=d)).abs().mean() for d in (2, 3))
    return absolute + edges


# What a pixel of shift in the wrong direction costs; a picture's light differs by some hundredths when it is learned.
PIXEL = 0.02
# Teeth lie about so many pixels around the middle of their row.
REACH = 30.0
# What it costs, in pixels, to keep what was not there at rest, or not to keep what was.
HIDDEN = 10.0


def misses(change: Change, flow: torch.Tensor, teeth: torch.Tensor) -> torch.Tensor:
    """Give how far shifts miss a flow where it is known, and teeth their places (dataset.Samples), in pixels.

    What is not known of a flow was hidden at rest, and must not be kept.
    """
    height, width = flow.shape[2:]
    across, down = (change.shift[:, i] * (4 * n / SHARES) for i, n in enumerate((width, height)))
    skin = (((across - flow[:, 0]).abs() + (down - flow[:, 1]).abs()) * flow[:, 2]).mean()
    have, want = (t.unflatten(2, (2, 3)) for t in (change.teeth, teeth))
    turned = (TURNED * have[..., :2] - want[..., :2]).abs().mean()
    hidden = (change.keep - flow[:, 2:]).abs().mean()
    return skin + HIDDEN * hidden + REACH * turned + (CARRIED * have[..., 2] - want[..., 2]).abs().mean()


def rate(step: int, plan: Plan) -> float:
    """Give the rate of a step: it rises for a while and falls with a cosine, then once more for the last steps."""
    if step < plan.warm_up:
        return plan.rate * (step + 1) / plan.warm_up
    last = step >= plan.steps
    begun, length = (plan.steps, plan.last_steps) if last else (plan.warm_up, plan.steps - plan.warm_up)
    share = 0.02 + 0.49 * (1 + math.cos(math.pi * (step - begun) / max(1, length)))
    return share * (plan.last_rate if last else plan.rate)


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
        self.draws = Draws(data.learned, plan.batch, device)
        self.shown = data.learned.some(SHOWN)
        self.kept = list(zip(self.mean.parameters(), self.network.parameters()))
        # Known once values are learned that 8 bits can hold.
        self.ranges: eight.Ranges | None = None

    def load(self, state: dict) -> None:
        """Go on from what `state` gave."""
        self.step = state["step"]
        self.ranges = {k: v.to(self.device) for k, v in state["ranges"].items()} if state["ranges"] else None
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
            "ranges": self.ranges,
            "network": self.network.state_dict(),
            "mean": self.mean.state_dict(),
            "optimizer": self.optimizer.state_dict()["state"],
        }

    def once(self) -> None:
        """Learn from one batch."""
        last = self.ranges is not None  # with what 8 bits can hold, on pictures as sharp as they were rendered
        batch = self.draws.next(turning=not last)
        # A compressed film is noisy, and learning must see that; but what is moved had better be clean.
        seen = batch.resting + torch.randn_like(batch.resting)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.coarse and not last):
            change = self.network.change(seen, batch.coefficients)
        change = Change(*(part.float() for part in change))
        drawn = changed(batch.resting, change)
        distance = loss(drawn, batch.speaking, batch.resting) + PIXEL * misses(change, batch.flow, batch.teeth)
        self.optimizer.zero_grad()
        distance.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        with torch.no_grad():
            for kept, new in self.kept:
                kept.lerp_(new, self.fresh)
            self.total += distance

    def prepare(self) -> None:
        """Set the numbers of the next step."""
        self.rate.fill_(rate(self.step, self.plan))
        # Early on, a long mean would remember the beginning.
        self.fresh.fill_(1 - min(self.plan.keep, (1 + self.step) / (10 + self.step)))

    def measured(self) -> eight.Ranges:
        """Give the ranges that values are rounded in: at first go on from the mean network, and see what it needs."""
        if self.ranges is None:
            self.network.load_state_dict(self.mean.state_dict())
            self.ranges = eight.ranges(self.mean, self.shown)
        return self.ranges


def recorded(learner: Learner) -> Callable[[], None]:
    """Record a step on a graphics card, where starting its hundreds of small jobs would take longer than doing them."""
    learner.rate.zero_()
    learner.fresh.zero_()
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):  # pyright: ignore[reportArgumentType] # its type is too narrow in PyTorch 2.5
        for _ in range(3):  # they change nothing: what is made on first use must be there before
            learner.once()
    torch.cuda.current_stream().wait_stream(aside)
    learner.optimizer.zero_grad()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=aside):
        learner.once()
    learner.total.zero_()
    return graph.replay


def train(
    data: Dataset, plan: Plan, folder: Path, machine: Machine = PROCESSOR, known: Path | None = None
) -> tuple[Mouth, eight.Ranges]:
    """Learn, or go on from folder/checkpoint.pt, also to more steps than it was planned for.

    Begins with what a graph has learned, where one is known. Gives the mean network and the ranges that its values have
    in 8 bits.
    """
    learner = Learner(data, plan, machine)
    saved = folder / "checkpoint.pt"
    if saved.exists():
        state = torch.load(saved, weights_only=True, map_location=machine.device)
        if {**state["plan"], "steps": plan.steps, "last_steps": plan.last_steps} != asdict(plan):
            raise SystemExit(f"{saved} is of another plan: remove it, or take its numbers")
        learner.load(state)
        if plan.steps > state["plan"]["steps"] <= learner.step:
            learner.step, learner.ranges = state["plan"]["steps"], None  # the last steps come last
    elif known:
        state = begin.weights(known, learner.network)
        learner.network.load_state_dict(state)
        learner.mean.load_state_dict(state)
    if learner.device.type == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.set_float32_matmul_precision("high")
    told = Progress(plan.steps + plan.last_steps, learner.step)
    learn(learner, plan.steps, saved, machine, told)
    ranges = learner.measured()
    with eight.rounding(learner.network, ranges):
        learn(learner, told.steps, saved, machine, told)
    return learner.mean.cpu().eval(), {name: steps.cpu() for name, steps in ranges.items()}


class Progress:
    """Tells how far learning is: at once where it goes on, then whenever some time has passed, not some steps."""

    def __init__(self, steps: int, step: int) -> None:
        """Begin to count at a step of so many."""
        self.steps, self.told = steps, step
        self.since = time.monotonic()
        if step:
            print(f"goes on at step {step} of {steps}" if step < steps else f"all {steps} steps are done", flush=True)

    def due(self) -> bool:
        """Tell whether it is time to tell."""
        return time.monotonic() - self.since >= TELL_EVERY

    def tell(self, step: int, total: float) -> None:
        """Tell what was lost in all steps since the last time, how fast they were, and what time is left."""
        now, steps = time.monotonic(), max(1, step - self.told)
        each = (now - self.since) / steps
        left = each * (self.steps - step) / 60
        print(
            f"step {step}/{self.steps}, loss {total / steps:.5f}, {1000 * each:.1f} ms each, {left:.1f} min left",
            flush=True,
        )
        self.told, self.since = step, now


def learn(learner: Learner, until: int, saved: Path, machine: Machine, told: Progress) -> None:
    """Take steps, and save now and then."""
    plan = learner.plan
    if learner.step >= until:
        return
    once = recorded(learner) if learner.device.type == "cuda" and not machine.eager else learner.once
    while learner.step < until:
        learner.prepare()
        once()
        learner.step += 1
        if told.due() or learner.step == until:
            told.tell(learner.step, learner.total.item())
            learner.total.zero_()
        if learner.step % plan.save_every == 0 or learner.step == until:
            half = saved.with_name(".checkpoint.pt")
            torch.save(learner.state(), half)
            half.rename(saved)
