"""Trains the network. It goes on where it was stopped, and gives the same network for the same corpus and seed."""

from __future__ import annotations

import itertools
import math
import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from voice_face import network
from voice_face.augment import Clips
from voice_face.corpus import load
from voice_face.network import VoiceFace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voice_face.coarticulation import Face

SEED = 6
BATCH, SECONDS = 16, 4
STEPS, RAMP, RATE = 5000, 60, 2.5e-3
# Share of clips in which neighbouring bands are left out, fewer than so many.
MASKED, WIDEST = 0.5, 9
SAVE_EVERY, TELL_EVERY = 20, 20
CLOSURES = ("mouthClose", "mouthPress", "mouthBite")


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


def batches(source: Clips, first: int) -> Iterator[Data]:
    """Give batch after batch of clips that no other has; each depends on its number alone."""
    for number in itertools.count(first):
        made = [source.clip(np.random.default_rng([SEED, number, n])) for n in range(BATCH)]
        yield Data(
            torch.from_numpy(np.stack([clip.samples for clip in made])).float(),
            torch.from_numpy(np.stack([clip.faces for clip in made])).float(),
        )


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
    bands = network.BANDS
    keep = torch.ones(len(features), 1, 2, bands)
    for n in range(len(features)):
        if random.random() < MASKED:
            width = random.integers(2, WIDEST)
            first = random.integers(0, bands - width)
            keep[n, :, :, first : first + width] = 0
    pairs = features.reshape(len(features), -1, 2, bands)
    mean = pairs.mean(dim=(1, 2), keepdim=True)
    return (pairs * keep + mean * (1 - keep)).reshape(features.shape)


def rate(step: int) -> float:
    """Give the learning rate: up a ramp, then down half a cosine."""
    if step < RAMP:
        return RATE * (step + 1) / RAMP
    return RATE * (0.02 + 0.98 * (1 + math.cos(math.pi * (step - RAMP) / (STEPS - RAMP))) / 2)


def train(face: Face, corpus: Path, checkpoint: Path, kinds: dict[str, float]) -> None:
    """Train up to the last step; the checkpoint holds the weights and the mean of the last ones."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    model = VoiceFace(len(face.names))
    averaged = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.995)
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=1e-3)
    loss_of = Loss(face.names)
    step = 0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        averaged.load_state_dict(saved["averaged"])
        optimizer.load_state_dict(saved["optimizer"])
        step = saved["step"]
    source = batches(clips(face, corpus, kinds), step)
    started, losses = time.monotonic(), []
    while step < STEPS:
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        data = next(source)
        lead = nn.functional.pad(data.samples, (network.LEAD, 0))
        logits = model(masked(model.features(lead), step), *model.silent(len(lead)))[0]
        loss = loss_of(logits, data.faces)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        averaged.update_parameters(model)
        losses.append(float(loss))
        step += 1
        if step % TELL_EVERY == 0:
            spent = time.monotonic() - started
            print(f"step {step} of {STEPS}: loss {np.mean(losses):.4f}, {spent:.0f} s", flush=True)
            losses.clear()
        if step % SAVE_EVERY == 0 or step == STEPS:
            part = checkpoint.with_suffix(".part")
            torch.save(
                {
                    "model": model.state_dict(),
                    "averaged": averaged.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "step": step,
                },
                part,
            )
            part.rename(checkpoint)
