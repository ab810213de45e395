"""Trains the network. It goes on where it was stopped; for the same corpus and seed it learns from the same clips."""

from __future__ import annotations

import math
import time
from pathlib import Path  # noqa: TC003 (a field of a named tuple)
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from voice_face import begin, network
from voice_face.augment import Clips
from voice_face.corpus import load
from voice_face.export import CLOSURES
from voice_face.network import VoiceFace

if TYPE_CHECKING:
    from voice_face.coarticulation import Face

SEED = 6
BATCH, SECONDS = 64, 4
STEPS, RAMP, RATE = 8000, 200, 3e-3
AVERAGED = 0.995
# Share of clips in which neighbouring bands are left out, fewer than so many.
MASKED, WIDEST = 0.5, 9
SAVE_EVERY, TELL_EVERY = 20, 20


class Machine(NamedTuple):
    """What it learns on: a processor or a card, and how many processes make clips beside it."""

    device: str
    workers: int


class Plan(NamedTuple):
    """How many steps, how far the first ones go, and the graph that it begins with, if any."""

    steps: int = STEPS
    rate: float = RATE
    begin: Path | None = None


class Data(NamedTuple):
    """One batch: sound and what the face does."""

    samples: Tensor
    faces: Tensor


def clips(face: Face, corpus: Path, kinds: dict[str, float]) -> Clips:
    """Open the corpus; kinds gives the share of clips by the first part of a file's name."""
    groups, shares = [], []
    for kind, share in kinds.items():
        paths = sorted(corpus.glob(f"{kind}-*.npz"))
        speeches = [load(p) for p in paths]
        weight = share / max(1, len(speeches))
        # A file of Kokoro's mixes voices, as one of espeak-ng's does: a clip may join several.
        groups += [[s for s in said if len(s.pcm) > network.RATE // 4] for said in speeches]
        shares += [weight] * len(speeches)
    total = sum(shares)
    count = SECONDS * network.RATE
    frames = count // (network.BLOCK // network.FACES)
    times = (np.arange(frames) + 1 - network.DELAY) * (network.BLOCK / network.FACES / network.RATE)
    return Clips(face, groups, [s / total for s in shares], count, times)


class Drawn(Dataset[Data]):
    """Clips without end, no two the same; each depends on its number alone, whoever makes it."""

    def __init__(self, source: Clips) -> None:
        """Draw from a source."""
        self._source = source

    def __getitem__(self, number: int) -> Data:
        """Make one."""
        clip = self._source.clip(np.random.default_rng([SEED, number]))
        return Data(torch.from_numpy(clip.samples).float(), torch.from_numpy(clip.faces).float())


def batches(source: Clips, steps: range, machine: Machine) -> DataLoader[Data]:
    """Give the batch of each step."""
    rows = [list(range(n * BATCH, (n + 1) * BATCH)) for n in steps]
    return DataLoader(
        Drawn(source), batch_sampler=rows, num_workers=machine.workers, pin_memory=machine.device != "cpu",
        multiprocessing_context="fork" if machine.workers else None,
    )  # fmt: skip


class Loss(nn.Module):
    """How far faces are from those wanted, and how far their movement is."""

    def __init__(self, names: list[str]) -> None:
        """Weigh the coefficients: what is seen most counts most."""
        super().__init__()
        closing = torch.tensor([float(n in CLOSURES) for n in names])
        seen = torch.tensor([{"jawOpen": 3.0, "mouthSmile": 0.2, "tongueUp": 0.5}.get(n, 1.0) for n in names])
        self.register_buffer("closing", closing)
        self.register_buffer("weight", seen + closing)

    def forward(self, logits: Tensor, wanted: Tensor) -> Tensor:
        """Give one number."""
        cross = nn.functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
        # Closed lips are rare and must not be missed.
        cross = cross * (1 + 2 * self.closing * wanted)
        given = torch.sigmoid(logits)
        moved = (given[:, 1:] - given[:, :-1]) - (wanted[:, 1:] - wanted[:, :-1])
        return (cross * self.weight).mean() + 6 * (moved**2 * self.weight).mean()


def masked(features: Tensor, step: int) -> Tensor:
    """Leave out a few neighbouring bands of half the clips: batch × faces × pairs of bands."""
    random = np.random.default_rng([SEED, step, BATCH])
    count = len(features)
    width = np.where(random.random(count) < MASKED, random.integers(2, WIDEST, count), 0)[:, None]
    first = random.integers(0, network.BANDS - WIDEST, count)[:, None]
    bands = np.arange(network.BANDS)
    left_out = torch.from_numpy((bands >= first) & (bands < first + width)).to(features.device)[:, None, None]
    pairs = features.reshape(count, -1, 2, network.BANDS)
    return torch.where(left_out, pairs.mean(dim=(1, 2), keepdim=True), pairs).reshape(features.shape)


def rate(step: int, plan: Plan) -> float:
    """Give the learning rate: up a ramp, then down half a cosine."""
    if step < RAMP:
        return plan.rate * (step + 1) / RAMP
    return plan.rate * (0.02 + 0.98 * (1 + math.cos(math.pi * (step - RAMP) / (plan.steps - RAMP))) / 2)


class Learner:
    """A network that learns, batch by batch, and the mean of what it was in the last few hundred steps."""

    def __init__(self, model: VoiceFace, names: list[str], plan: Plan, device: str) -> None:
        """Begin with the weights that the model has."""
        self._plan = plan
        self.model = model.to(device)
        self.averaged = torch.optim.swa_utils.AveragedModel(
            self.model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGED)
        )
        self._optimizer = torch.optim.AdamW(self.model.parameters(), lr=plan.rate, weight_decay=1e-3)
        self._loss = Loss(names).to(device)

    def learn(self, data: Data, step: int) -> Tensor:
        """Learn from a batch: its loss."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate(step, self._plan)
        lead = nn.functional.pad(data.samples, (network.LEAD, 0))
        features = masked(self.model.features(lead), step)
        loss = self._loss(self.model(features, *self.model.silent(len(lead)))[0], data.faces)
        self._optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()
        self.averaged.update_parameters(self.model)
        return loss.detach()

    def save(self, path: Path, step: int) -> None:
        """Keep it all, whole or not at all."""
        part = path.with_suffix(".part")
        state = {
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "step": step,
        }
        torch.save(state, part)
        part.rename(path)

    def resume(self, path: Path) -> int:
        """Go on with what was kept: tell how many steps it has learned."""
        saved = torch.load(path, weights_only=True)
        self.model.load_state_dict(saved["model"])
        self.averaged.load_state_dict(saved["averaged"])
        self._optimizer.load_state_dict(saved["optimizer"])
        return saved["step"]


def train(names: list[str], source: Clips, checkpoint: Path, plan: Plan, machine: Machine) -> None:
    """Train up to the last step; the checkpoint holds the weights and the mean of the last ones."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    model = begin.opened(plan.begin, network.DROPOUT) if plan.begin else VoiceFace(len(names))
    learner = Learner(model, names, plan, machine.device)
    step = learner.resume(checkpoint) if checkpoint.exists() else 0
    started, losses = time.monotonic(), []
    for data in batches(source, range(step, plan.steps), machine):
        moved = Data(*(part.to(machine.device, non_blocking=True) for part in data))
        losses.append(learner.learn(moved, step))
        step += 1
        if step % TELL_EVERY == 0:
            mean, spent = float(torch.stack(losses).mean()), time.monotonic() - started
            print(f"step {step} of {plan.steps}: loss {mean:.4f}, {spent:.0f} s", flush=True)
            losses.clear()
        if step % SAVE_EVERY == 0 or step == plan.steps:
            learner.save(checkpoint, step)
