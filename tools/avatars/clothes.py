"""Clothes: shells of the body, inflated, folded and cut; lapels, collars and a tie laid over them."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import materials
import numpy as np
import suit
from blender import grid_faces, make_mesh, smoothstep
from coat import Coat, Cut, sew
from tailor import NECK, body_shell, neckline, ring

BLAZER = Cut(
    joint=0.1463,
    line_x=(0.052, 0.070, 0.100, 0.130, 0.155, 0.170, 0.180, 0.1875, 0.193, 0.197, 0.1985),
    line_z=(0.012, 0.006, -0.005, -0.0135, -0.0225, -0.031, -0.041, -0.0545, -0.073, -0.102, -0.150),
    armhole=0.167,
    button=(0.001, -0.255),
    crease=(0.0595, -0.004),
    bow=0.005,
    gorge=-0.050,
    notch=(0.085, -0.062),
    peak=(0.112, -0.0715),
    tip=(0.0965, -0.042),
    lapel=(0.024, 0.044, 0.056, 0.0565),
    shoulder=(0.090, -0.018),
    over=(0.087, 0.012, 0.004),
    stand=(0.004, 0.014, 0.018),
    away=0.0065,
    fold=0.006,
    stitch=0.0006,
)


def hang(tailor, V):
    """Give how far a jumper stands out: soft drapes down the chest, drawn a little from side to side below the neck."""
    x, z = V[:, 0] / tailor.scale, V[:, 2] - tailor.join
    warp = 0.8 * np.sin(31 * x + 17 * z + 0.6) + 0.5 * np.sin(23 * z - 47 * x)
    drape = np.sin(95 * x + 18 * z * np.sign(x) + 1.1 * warp) * smoothstep(-0.07, -0.15, z)
    bow = np.sin(120 * (z + 3.5 * x**2) + 1.2 * warp) * np.exp(-(((z + 0.085) / 0.03) ** 2))
    return (0.0028 * drape + 0.0016 * bow) * smoothstep(0.01, -0.05, V[:, 1])


def knit(tailor):
    """A fine jumper with a ribbed round neck; gives the ring of its band."""
    cloth = materials.mat_fabric("knit", tailor.look["top"])
    heights = np.array([-0.026, -0.021, -0.006, 0.008, 0.013, 0.015]) + tailor.join
    bvh = body_shell(tailor, "top", 2, 0.0050, cloth, heights, lambda V: hang(tailor, V), waist=0.045)
    a = np.linspace(-np.pi, np.pi, 720, endpoint=False)
    flat = np.stack([np.sin(a), NECK[1] - np.cos(a)], 1)
    z = neckline(flat, heights, NECK[1])
    mid = ring(bvh, NECK[1], a, z, 0.0)
    for c in range(3):  # a knitted edge is even
        f = np.fft.rfft(mid[:, c])
        f[12:] = 0
        mid[:, c] = np.fft.irfft(f, len(a))
    out = np.stack([np.sin(a), -np.cos(a), 0 * a], 1)
    up = np.array([0, 0, 1.0]) - out * 0.55
    rib = (0.00035 * np.cos(a * 130))[:, None]
    rows = []
    for u in np.linspace(0, 2 * np.pi, 18, endpoint=False):
        c, s = np.cos(u), np.sin(u)
        h = 0.0066 * np.sign(s) * abs(s) ** 0.6
        w = 0.0019 * np.sign(c) * abs(c) ** 0.8
        rows.append(mid + up * (h + 0.0028) + out * (w + rib * (c > 0) + 0.0006))
    rows = np.stack(rows, 1)
    rows = np.concatenate([rows, rows[:, :1]], 1)
    ob = make_mesh("band", rows.reshape(-1, 3), grid_faces(len(a), rows.shape[1], True), cloth, 0)
    tailor.keep(ob)
    return mid + out * 0.003


def make_clothes(figure):
    if figure.character.clothes["style"] == "tie":
        suit.make_suit(figure)
        return
    coat = Coat(figure, BLAZER)
    sew(coat, knit(coat))
