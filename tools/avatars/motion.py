"""Idle life as functions of time: breath, sway, nods, blinks, glances. Loops close without a jump.

Angles are degrees, times seconds. The same seed gives the same life.
"""

# pyright: basic, reportMissingImports=false

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

# What a loop is like: blinks a minute, how far the head sways and eyes wander, nods a minute, how often eyes turn away.
KINDS = {
    "listening": {
        "blinks": 16.0,
        "sway": 0.75,
        "glance": 0.9,
        "nods": 9.0,
        "nod": 2.6,
        "away": 2.0,
        "brow": 0.10,
        "tilt": 1.2,
    },
    "thinking": {
        "blinks": 11.0,
        "sway": 0.9,
        "glance": 1.1,
        "nods": 1.0,
        "nod": 1.2,
        "away": 10.0,
        "brow": 0.16,
        "tilt": 2.2,
    },
    "talking": {
        "blinks": 22.0,
        "sway": 1.35,
        "glance": 1.0,
        "nods": 20.0,
        "nod": 1.7,
        "away": 3.5,
        "brow": 0.22,
        "tilt": 1.0,
    },
}
CLOSING, SHUT, OPENING = 0.085, 0.035, 0.19  # of a blink
QUIET = 0.45  # no blink, nod or glance so near to where the loop closes
BREATH = 4.2  # about how long one takes
SACCADE = 0.045
SIDES = 0.4  # how often eyes turn away to the other side than before


@dataclass(frozen=True)
class State:
    """A figure at one moment, besides what its mouth says."""

    head: tuple[float, float, float] = (0.0, 0.0, 0.0)  # nod, tilt, turn
    gaze: tuple[float, float] = (0.0, 0.0)  # up, to the figure's left
    lids: tuple[float, float] = (0.0, 0.0)  # left and right: 0 open, 1 shut
    breath: float = 0.0  # 0 exhaled, 1 inhaled
    brow: float = 0.0


@dataclass
class Loop:
    """One kind of idle life over some seconds, again and again."""

    kind: str
    seconds: float
    seed: int = 1
    blinks: list[tuple[float, float]] = field(default_factory=list)  # when, and how far
    nods: list[tuple[float, float]] = field(default_factory=list)
    looks: list[tuple[float, float, float]] = field(default_factory=list)  # from when, up, left

    def __post_init__(self) -> None:
        """Draw what happens when."""
        self.like = KINDS[self.kind]
        rng = np.random.default_rng([self.seed, *self.kind.encode()])
        self.blinks = [(t, float(rng.uniform(0.90, 1.0))) for t in self._times(rng, self.like["blinks"], 0.9)]
        self.nods = [
            (t, float(rng.uniform(0.5, 1.0)) * self.like["nod"]) for t in self._times(rng, self.like["nods"], 0.8)
        ]
        self.looks = self._glances(rng)
        self.phase = rng.uniform(0, 2 * math.pi, (4, 3))
        self.amount = rng.normal(0, 1, (4, 3)) / np.array([1.0, 1.6, 2.4])

    def _times(self, rng: np.random.Generator, a_minute: float, apart: float) -> list[float]:
        """Draw moments with the long-tailed gaps of real blinks, clear of the seam."""
        mean = 60.0 / a_minute
        at, out = QUIET + float(rng.uniform(0.1, 0.8)) * mean, []
        while at < self.seconds - QUIET - CLOSING - OPENING:
            out.append(at)
            at += max(apart, mean * float(rng.lognormal(-0.18, 0.6)))
        return out

    def _glances(self, rng: np.random.Generator) -> list[tuple[float, float, float]]:
        """Draw fixations: near the other's eyes, at times away; the last is the first again."""
        out = [(0.0, 0.0, 0.0)]
        at = QUIET + float(rng.uniform(0.2, 1.2))
        side = float(rng.choice([-1.0, 1.0]))
        while at < self.seconds - 2 * QUIET:
            if rng.random() < self.like["away"] / 30:
                up = float(rng.uniform(2.5, 5.5)) if self.kind == "thinking" else float(rng.uniform(-3.0, 1.0))
                out.append((at, up, side * float(rng.uniform(5, 10))))
                side = -side if rng.random() < SIDES else side
                at += float(rng.uniform(0.7, 2.2))
            else:
                up, left = rng.normal(0, 0.6 * self.like["glance"]), rng.normal(0, 1.0 * self.like["glance"])
                out.append((at, float(up), float(left)))
                at += float(np.clip(rng.lognormal(-0.35, 0.6), 0.25, 2.5))
        out.append((self.seconds - 1.5 * QUIET, 0.0, 0.0))
        return out

    def _wave(self, t: float, row: int) -> float:
        """Give a smooth wandering of about -1 to 1 that repeats with the loop."""
        n = max(1, round(self.seconds / 7))
        w = 2 * math.pi * t / self.seconds
        return float(sum(self.amount[row, k] * math.sin(w * (n + k * n) + self.phase[row, k]) for k in range(3))) * 0.7

    def lid(self, t: float) -> float:
        """Give how far a blink shuts the lids: fast down, slow and slower up."""
        shut = 0.0
        for at, far in self.blinks:
            x = t - at
            if 0 <= x < CLOSING:
                s = x / CLOSING
                shut = max(shut, far * s * s * (3 - 2 * s))
            elif CLOSING <= x < CLOSING + SHUT:
                shut = max(shut, far)
            elif x >= CLOSING + SHUT:
                s = min(1.0, (x - CLOSING - SHUT) / OPENING)
                shut = max(shut, far * (1 - s) ** 1.6 * (1 + 0.6 * s))
        return shut

    def gaze(self, t: float) -> tuple[float, float]:
        """Give where the eyes look: still, a jump, still."""
        i = max(k for k, look in enumerate(self.looks) if look[0] <= t)
        _, up, left = self.looks[i]
        if i:
            _, u0, l0 = self.looks[i - 1]
            far = math.hypot(up - u0, left - l0)
            s = min(1.0, (t - self.looks[i][0]) / (SACCADE + 0.0022 * far))
            s = s * s * (3 - 2 * s)
            up, left = u0 + (up - u0) * s, l0 + (left - l0) * s
        return up, left

    def at(self, t: float) -> State:
        """Give the figure's state at a time; times beyond the loop are within it again."""
        t %= self.seconds
        n = max(1, round(self.seconds / BREATH))
        x = (t * n / self.seconds) % 1.0
        in_for = 0.42  # of a breath
        breath = 0.5 - 0.5 * math.cos(math.pi * (x / in_for if x < in_for else 1 + (x - in_for) / (1 - in_for)))
        nod = 0.0
        for at, far in self.nods:
            s = (t - at) / 0.42
            nod += far * (math.exp(-(((s - 0.45) / 0.32) ** 2)) - 0.35 * math.exp(-(((s - 1.25) / 0.38) ** 2)))
        brow = sum(
            0.9 * math.exp(-(((t - at - 0.1) / 0.22) ** 2))
            for at, _ in self.nods[:: 2 if self.kind == "talking" else 3]
        )
        up, left = self.gaze(t)
        sway = self.like["sway"]
        after = [0.12 * x for x in self._soft(t)]  # the head follows the eyes a little
        head = (
            nod + 0.55 * sway * self._wave(t, 0) + 0.25 * breath - after[0],
            self.like["tilt"] * 0.5 * self._wave(t, 1),
            sway * self._wave(t, 2) + after[1],
        )
        # the eyes stay on the other while the head moves
        gaze = (up + 0.85 * head[0], left - 0.85 * head[2])
        shut = self.lid(t)
        later = self.lid(t - 0.006)
        hang = -0.012 * up
        return State(
            head, gaze, (min(1.0, shut + hang), min(1.0, later * 0.985 + hang)), breath, self.like["brow"] * brow
        )

    def _soft(self, t: float) -> tuple[float, float]:
        """Give where the eyes look on average around a moment: the head follows slowly."""
        around = [self.gaze((t + d) % self.seconds) for d in np.linspace(-0.5, 0.1, 13)]
        return float(np.mean([g[0] for g in around])), float(np.mean([g[1] for g in around]))

    def frames(self, fps: float) -> list[State]:
        """Give the loop frame by frame; its length is a whole number of them."""
        return [self.at(i / fps) for i in range(round(self.seconds * fps))]
