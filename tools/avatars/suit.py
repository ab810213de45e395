"""A man's suit: a jacket with padded shoulders, a shirt's collar, a tie."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import materials
import numpy as np
from blender import grid_faces, make_mesh, smoothstep
from coat import Coat, Cut, along, settle, sew
from mathutils import Vector
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d
from tailor import body_shell, ray

SUIT = Cut(
    joint=0.174,
    line_x=(0.055, 0.072, 0.130, 0.185, 0.202, 0.214, 0.224, 0.231, 0.236, 0.240),
    line_z=(0.004, -0.004, -0.023, -0.0405, -0.0475, -0.0555, -0.067, -0.082, -0.105, -0.150),
    armhole=0.200,
    button=(0.002, -0.330),
    crease=(0.073, -0.006),
    bow=0.0,
    gorge=-0.047,
    notch=(0.106, -0.071),
    peak=(0.131, -0.0815),
    tip=(0.1185, -0.047),
    lapel=(0.040, 0.066, 0.079, 0.0755),
    shoulder=(0.112, -0.030),
    over=(0.104, 0.012, -0.006),
    stand=(-0.004, 0.006, 0.009),
    away=0.0100,
)


class Suit(Coat):
    """A jacket over a shirt with a tie."""

    def __init__(self, figure):
        super().__init__(figure, SUIT)
        self.shirt = materials.mat_fabric("shirt", self.look["top"])
        self.silk = materials.mat_fabric("tie", self.look["tie"])


def neck_ring(suit):
    """Give the shirt collar's fold around the neck, front to front by the left; (n, 3)."""
    axis = suit.figure.b.joint(suit.figure.v0, "neck")[1] - 0.018
    a = np.linspace(-np.pi, np.pi, 180, endpoint=False)
    z = suit.join + np.interp(np.abs(a), np.radians([0, 30, 90, 150, 180]), [-0.015, -0.007, 0.016, 0.027, 0.029])
    z = gaussian_filter1d(z, 6, mode="wrap")
    r = []
    for x, q in zip(a, z):
        hit, *_ = suit.skin.ray_cast(Vector((0, axis, q)), Vector((np.sin(x), -np.cos(x), 0)))
        r.append(np.hypot(hit[0], hit[1] - axis) if hit is not None else np.nan)
    r = np.array(r)
    r = np.where(np.isnan(r), np.nanmedian(r), r)
    f = np.fft.rfft(np.minimum(r, 0.075))
    f[5:] = 0
    r = np.fft.irfft(f, len(a)) + 0.0045
    return np.stack([r * np.sin(a), axis - r * np.cos(a), z], 1)


def shirt(suit):
    """The shirt's front and its turned-down collar; gives the fold's ring and the shirt's surface."""
    low = suit.join - 0.006 + np.array([-0.022, -0.018, -0.006, 0.004, 0.012, 0.014])
    bvh = body_shell(suit, "shirt", 2, 0.0040, suit.shirt, low)
    fold = neck_ring(suit)
    for m in (1, -1):
        a = np.arctan2(fold[:, 0], -(fold[:, 1] - fold[:, 1].mean())) * m
        a = np.where(a < np.radians(-176), np.pi, a)  # the halves meet at the back
        order = np.argsort(a)
        half = along(fold[order[a[order] > np.radians(9)]], 64)
        away = half - fold.mean(0)
        away[:, 2] = 0
        away /= np.linalg.norm(away, axis=1)[:, None]
        u = np.linspace(0, 1, 64)
        outer = half + away * 0.012 - (0, 0, 0.038)
        on = lambda x, z: ray(bvh, x * suit.wide * m, suit.join + z, 0.0060)
        lead = [on(0.0385, -0.060), on(0.052, -0.047), on(0.066, -0.030), *outer[[26, 40, 52, 63]]]
        outer = CubicSpline([0, 0.11, 0.23, *u[[26, 40, 52, 63]]], lead)(u)
        w = np.array([0, 0.06, 0.12, 0.2, 0.3, 0.42, 0.55, 0.68, 0.8, 0.87, 0.90, 0.93, 0.97, 1.0])[None, :, None]
        roll = away[:, None] * 0.004 + np.array([0, -0.001, 0.006])
        leaf = (1 - w) * half[:, None] + w * outer[:, None] + 2 * w * (1 - w) * roll
        leaf = settle(leaf, bvh, 0.0045, smoothstep(0.3, 0.8, w[..., 0]) * np.ones((64, 1)))
        leaf += away[:, None] * (-0.0006 * np.exp(-(((w - 0.90) / 0.012) ** 2)))  # the line of stitches
        v = np.linspace(0, 1, 6)[None, :-1, None]
        stand = half[:, None] - away[:, None] * 0.0022 * (1 - v) - np.array([0, 0, 0.028]) * (1 - v)
        suit.strip(f"leaf{m}", np.concatenate([stand, leaf], 1), suit.shirt, 0.0016, 0.0005)
    return fold, bvh


def tie(suit, bvh, fold):
    """A knot between the collar's points and the blade below."""
    top = fold[np.argmin(fold[:, 1])]
    head = np.array([0, top[1] - 0.0030, top[2] + 0.0015])
    foot = ray(bvh, 0, top[2] - 0.040, 0.0095)
    t = np.linspace(0, 1, 26)
    u = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    rows = []
    for x in t:
        c = head + (foot - head) * x
        w = np.interp(x, [0, 0.08, 0.25, 0.6, 0.92, 1], [0.0130, 0.0165, 0.0182, 0.0158, 0.0122, 0.0112])
        d = np.interp(x, [0, 0.08, 0.25, 0.6, 0.92, 1], [0.0050, 0.0078, 0.0092, 0.0088, 0.0066, 0.0050])
        wrinkle = 0.0007 * np.sin(3 * u + 9 * x)
        px = (w + wrinkle) * np.sign(np.cos(u)) * np.abs(np.cos(u)) ** 0.8
        py = d * np.sign(np.sin(u)) * np.abs(np.sin(u)) ** 0.8
        rows.append(np.stack([c[0] + px + 0.0016 * (x - 0.5), c[1] - py, c[2] + 0.005 * np.cos(u) * (x - 0.5)], 1))
    rows = np.array(rows)
    middle = lambda r: r.mean(0) + (r - r.mean(0)) * 0.05
    rows = np.concatenate([middle(rows[0])[None] + (0, 0.002, 0.0010), rows])
    rows = np.concatenate([rows, rows[:, :1]], 1)
    suit.keep(make_mesh("knot", rows.reshape(-1, 3), grid_faces(*rows.shape[:2]), suit.silk, 1))
    blade = []
    k = np.linspace(-1, 1, 15)
    for x in np.linspace(0, 1, 48):
        z = foot[2] + 0.005 - x * 0.20
        w = np.interp(x, [0, 0.05, 0.3, 1], [0.0105, 0.0135, 0.0225, 0.040]) * suit.wide
        c = ray(bvh, 0, z, 0.0075 + 0.0035 * np.exp(-((x / 0.12) ** 2)))
        dimple = -0.0040 * np.exp(-((k / 0.25) ** 2)) * np.exp(-((x / 0.17) ** 2))
        blade.append(np.stack([c[0] + k * w, c[1] + 0.0035 * k**2 - dimple, np.full(15, z)], 1))
    suit.strip("blade", blade, suit.silk, 0.0026, 0.0008)


def make_suit(figure):
    """Dress a figure."""
    suit = Suit(figure)
    fold, bvh = shirt(suit)
    tie(suit, bvh, fold)
    sew(suit, fold)
