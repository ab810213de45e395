"""Hair styles: where strands start, flow, how far they stand off and how long they are."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import numpy as np
from blender import smoothstep

FRAME = 0.062  # how far from the middle a fringe falls beside the face
DROP = 0.054  # how far it has fallen there


class Style:
    """What all styles share; lengths in metres."""

    guides, locks = 1600, 900
    step, steps = 0.0055, 60
    stiff, hold, rise = 0.7, 0.25, 0.02
    clump, lock_wave, lock_lift = 0.75, 0.0040, 0.0022
    frizz, loose, lift_loose, uneven = 0.0007, 0.014, 0.007, 0.08
    wide = 0.2  # half the widest that it may be
    long = False  # whether it falls over the ears
    push, stray = 0.02, 7  # how far at most a step is pushed off the head; how much more loose hairs wander
    down = 0.003, 0.013  # lengths of the fine hairs over the hairline
    tone = 0.05  # how much locks differ in melanin
    edge = -0.001, 0.010  # from where to where behind the hairline hair gets dense

    def __init__(self, look):
        self.look = look
        self.part = look.get("part", 0.018)
        self.grey_share = look.get("grey", 0.0)

    def clear(self, at):
        """Give the share of its height that hair keeps off the head here."""
        return np.ones(len(at))

    def side(self, ref):
        """Give the side of the parting: strands of two sides never mix."""
        wob = 0.0015 * np.sin(ref[:, 1] * 260)
        return np.where((ref[:, 0] > self.part + wob) & (ref[:, 1] < 0.03), 1.0, -1.0) * (ref[:, 1] < 0.03)

    def grey(self, ref):
        """Give the share of grey strands: temples first."""
        temples = smoothstep(0.66, 0.60, ref[:, 2]) * smoothstep(0.045, 0.062, np.abs(ref[:, 0]))
        return np.clip(self.grey_share * (0.35 + 1.15 * temples), 0, 1)


class Bob(Style):
    """Parted at the side, falling to above the shoulders, ends turned in; its fringe sweeps to the temples."""

    long, locks = True, 2200
    rise, wide = 0.034, 0.0935
    clump, lock_wave, lock_lift = 0.60, 0.0034, 0.0020
    frizz, loose, lift_loose, uneven = 0.0006, 0.008, 0.004, 0.05
    push, stray = 0.0016, 4
    tone, down = 0.07, (0.004, 0.019)
    edge = -0.004, 0.013

    def __init__(self, look):
        super().__init__(look)
        self.ends = look.get("ends", 0.484)
        self.fringe = look.get("fringe", 0.0)

    def away(self, ref):
        """Tell to which side hair goes; at the parting it mixes, as if by chance, for else skin shows as a ribbon."""
        line = self.part + 0.0007 * np.sin(ref[:, 1] * 170) + 0.0013 * np.sin(ref[:, 0] * 9000 + ref[:, 1] * 7000)
        return np.where(ref[:, 0] > line, 1.0, -1.0)

    def side(self, ref):
        return self.away(ref) * (ref[:, 1] < 0.03)

    def swept(self, ref):
        """Tell what is fringe: roots at the front, more so at the middle."""
        return self.fringe * smoothstep(-0.066, -0.096, ref[:, 1]) * smoothstep(0.060, 0.040, np.abs(ref[:, 0]))

    def grey(self, ref):
        """Give the share of grey strands: temples and the front of the parting first."""
        front = smoothstep(-0.080, -0.105, ref[:, 1]) * np.exp(-(((ref[:, 0] - self.part) / 0.022) ** 2))
        return np.clip(super().grey(ref) + 0.5 * self.grey_share * front, 0, 1)

    def start(self, ref, nn):
        near = np.exp(-(((ref[:, 0] - self.part) / 0.018) ** 2)) * smoothstep(0.02, -0.02, ref[:, 1])
        lift = 0.40 - 0.25 * near * (1 - 1.8 * self.fringe * smoothstep(-0.04, -0.08, ref[:, 1]))
        return nn * lift[:, None] + self.flow(None, ref, 0.0) * 0.8

    def flow(self, at, ref, s):
        at = ref if at is None else at
        n = len(at)
        sgn = self.away(ref)
        x = np.abs(at[:, 0])
        front = smoothstep(-0.05, -0.10, ref[:, 1])
        top = smoothstep(0.060, 0.035, x) * smoothstep(0.05, 0.0, at[:, 1])
        lateral = np.stack([sgn, np.zeros(n), -0.10 - 0.30 * front], 1)
        lateral[:, 1] += 0.40 * front - 0.05
        fall = np.stack([0.02 * sgn, 0.10 * smoothstep(0.60, 0.66, at[:, 2]), -np.ones(n)], 1)
        d = lateral * top[:, None] + fall * (1 - top)[:, None]
        # the fringe: forward at first, then over the forehead in an arc that steepens towards the temple
        w = self.swept(ref)[:, None]
        span = FRAME - sgn * self.part
        u = np.clip((at[:, 0] - self.part) * sgn / span, 0, 1)
        arc = np.stack([sgn, 0.35 * u - 0.30, -1.5 * DROP * u**0.5 / span], 1)
        beside = smoothstep(FRAME + 0.004, FRAME - 0.012, x)[:, None]
        d = d * (1 - w) + (arc * beside + (fall + [[0, 0.05, 0]]) * (1 - beside)) * w
        # the ends turn in towards the neck, wherever they are
        turn = smoothstep(self.ends + 0.046, self.ends + 0.001, at[:, 2])[:, None]
        middle = at[:, :2] - np.array([0, -0.02])
        r = np.linalg.norm(middle, axis=1)[:, None] + 1e-6
        inward = np.c_[-middle / r * smoothstep(0.052, 0.080, r), -0.45 * np.ones(n)]  # below lies the neck
        return d * (1 - 0.8 * turn) + inward * 0.8 * turn

    def height(self, ref):
        z = smoothstep(0.56, 0.69, ref[:, 2])
        near = 1 - 0.35 * np.exp(-(((ref[:, 0] - self.part) / 0.020) ** 2)) * smoothstep(0.03, 0.0, ref[:, 1])
        # what grows at the hairline lies below what grows behind it
        return (0.0055 + 0.0105 * z) * near * (1 - 0.35 * self.swept(ref))

    def clear(self, at):
        return smoothstep(self.ends - 0.010, self.ends + 0.045, at[:, 2])  # where the neck widens, ends go on down

    def length(self, ref, rng):
        n = len(ref)
        end = self.ends + rng.normal(0, 0.003, n)
        front = smoothstep(-0.04, -0.10, ref[:, 1])
        end += 0.055 * (rng.random(n) < 0.25) * rng.random(n) + 0.010 * front
        short = smoothstep(0.3, 0.8, self.swept(ref)) * (rng.random(n) < 0.4)  # the rest falls on beside the jaw
        return end + (rng.uniform(0.545, 0.585, n) - end) * short

    def more(self, at, ref, s, reach):
        return at[:, 2] > reach


class Short(Style):
    """Tapered sides; on top longer, lifted at the front and swept across from a side parting."""

    guides, locks = 3000, 1500
    step, steps = 0.0026, 32
    stiff, hold, rise = 0.74, 0.40, 0.014
    clump, lock_wave, lock_lift = 0.62, 0.0022, 0.0013
    frizz, loose, lift_loose, uneven = 0.0007, 0.003, 0.0012, 0.22

    def top(self, ref):
        return smoothstep(0.632, 0.668, ref[:, 2]) * smoothstep(0.070, 0.056, np.abs(ref[:, 0]))

    def swept(self, ref):
        """Tell the side that the parting's hair is swept to."""
        return smoothstep(self.part + 0.002, self.part - 0.004, ref[:, 0])

    def start(self, ref, nn):
        t = self.top(ref) * self.swept(ref)
        front = smoothstep(-0.075, -0.105, ref[:, 1])
        return nn * (0.35 + 0.35 * t + 0.75 * t * front)[:, None] + self.flow(None, ref, 0.0) * 0.8

    def flow(self, at, ref, s):
        at = ref if at is None else at
        n = len(ref)
        t = (self.top(ref) * self.swept(ref))[:, None]
        far = smoothstep(-0.012, -0.052, at[:, 0])  # over the other side it falls
        front = smoothstep(-0.060, -0.100, ref[:, 1])
        back = smoothstep(-0.015, 0.035, ref[:, 1])[:, None]
        over = np.stack([-0.70 + 0.45 * far, 0.55 + 0.15 * front, 0.12 - 0.75 * far], 1)
        over = over * (1 - back) + np.array([-0.10, 0.65, -0.55]) * back
        sides = np.stack([np.zeros(n), 0.55 * smoothstep(0.03, -0.06, ref[:, 1]), np.full(n, -0.80)], 1)
        return over * t + sides * (1 - t)

    def height(self, ref):
        front = smoothstep(-0.03, -0.10, ref[:, 1])
        t = self.top(ref) * self.swept(ref)
        near = 1 - 0.6 * np.exp(-(((ref[:, 0] - self.part) / 0.010) ** 2))
        sides = 0.0020 + 0.0040 * smoothstep(0.570, 0.640, ref[:, 2])
        far = smoothstep(-0.025, -0.060, ref[:, 0])
        return sides + (0.0055 + 0.0085 * front) * t * near * (1 - 0.55 * far)

    def length(self, ref, rng):
        t = self.top(ref) * self.swept(ref)
        sides = 0.006 + 0.020 * smoothstep(0.56, 0.645, ref[:, 2])
        crown = 0.038 + 0.020 * smoothstep(-0.05, -0.11, ref[:, 1]) - 0.014 * smoothstep(-0.020, -0.055, ref[:, 0])
        return (sides * (1 - t) + crown * t) * rng.uniform(0.85, 1.1, len(ref))

    def more(self, at, ref, s, reach):
        return s < reach


STYLES = {"bob": Bob, "short": Short}
