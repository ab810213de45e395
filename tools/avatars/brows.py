"""Brows and lashes, bound to the skin below them."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import math

import materials
import numpy as np
from blender import evaluated, evaluated_attribute, make_hair, smoothstep
from scipy.spatial import cKDTree

LINER = 3.2e-4  # radius of the line that dense lashes make, in metres
EMERGE = 0.38, 0.56  # at what share of their length upper lashes leave the lid: inner corner, outer

# Lashes of the left eye: root and tip rings of the MakeHuman lash helper.
LASHES = {
    "up": (
        [14763, 14762, 14761, 14760, 14743, 14742, 14744, 14745, 14746, 14747, 14748, 14749],
        [14808, 14807, 14806, 14809, 14816, 14817, 14815, 14814, 14813, 14812, 14811, 14810],
    ),
    "low": (
        [14765, 14759, 14758, 14757, 14756, 14755, 14754, 14753, 14752, 14792, 14751],
        [14832, 14833, 14830, 14834, 14835, 14836, 14837, 14838, 14839, 14840, 14841],
    ),
}


def bind(figure, pts):
    """Weights that carry base-mesh displacement to free points"""
    idx = figure.body_idx
    d, j = cKDTree(figure.v0[idx]).query(pts, k=4)
    w = 1 / (d + 1e-4) ** 2
    return idx[j], w / w.sum(1, keepdims=True)


def breadth(s):
    """Give half a brow's height in metres from its inner end (0) to its outer one (1)."""
    return np.interp(s, [0, 0.1, 0.25, 0.6, 1], [0.0015, 0.0025, 0.0030, 0.0023, 0.0006])


def make_brows_lashes(figure):
    V, N, T = evaluated(figure.body)
    R = evaluated_attribute(figure.body, "ref")
    front = V[:, 1] < -0.08
    Vf, Nf, Rf = V[front], N[front], R[front]
    tree = cKDTree(Rf[:, [0, 2]])
    look = figure.character.brows
    strands = []
    for m in (1, -1):
        n = look.get("hairs", 720)
        s = figure.rng.random(n) ** 0.95
        s = np.where(figure.rng.random(n) < smoothstep(-0.04, 0.20, s), s, 0.16 + 0.84 * figure.rng.random(n))
        if "even" in look:  # by area: a narrow end gets fewer hairs, and does not clot
            at = np.linspace(0, 1, 200)
            share = look["even"] * breadth(at) / breadth(at).mean() + 1 - look["even"]
            s = np.interp((np.arange(n) + figure.rng.random(n)) / n, np.cumsum(share) / share.sum(), at)
        cx = np.interp(s, [0, 0.5, 0.75, 1], [0.0120, 0.0325, 0.042, 0.0495])
        cx = 0.012 + (cx - 0.012) * look.get("long", 1.0)
        cz = np.interp(s, [0, 0.35, 0.7, 1], [0.6216, 0.6250, 0.6268, 0.6240]) + look.get("height", 0.0)
        cz += look.get("slant", 0.0) * (s - 0.4)  # negative: gentler, the outer end falls
        cz += 0.0005 * m * look.get("uneven", 1.0) + look.get("arch", 0.0) * np.exp(-(((s - 0.68) / 0.25) ** 2))
        th = breadth(s) * look.get("thick", 1.0)
        off = np.clip(figure.rng.normal(0, 0.52, n), -1.4, 1.4)
        q = np.c_[cx * m, cz + off * th] + figure.rng.normal(0, 0.0003, (n, 2))
        ang = np.radians(
            np.interp(s, [0, 0.12, 0.35, 0.7, 1], [82, 60, 30, 9, -7]) - off * 18 + figure.rng.normal(0, 9, n)
        )
        ends = np.interp(s, [0, 0.15, 0.8, 1], [0.6, 1, 1, 0.7])
        L = np.interp(s, [0, 0.2, 0.7, 1], [0.0056, 0.0080, 0.0074, 0.0050]) * figure.rng.uniform(0.55, 1.1, n) * ends
        st = np.zeros((n, 6, 3))
        for k in range(6):
            _, j = tree.query(q)
            d = q - Rf[j][:, [0, 2]]
            pn, pv = Nf[j], Vf[j]
            y = pv[:, 1] - (d[:, 0] * pn[:, 0] + d[:, 1] * pn[:, 2]) / np.minimum(pn[:, 1], -0.2)
            P = np.c_[pv[:, 0] + d[:, 0], y, pv[:, 2] + d[:, 1]]
            st[:, k] = P + pn * (0.0001 + 0.0008 * math.sin(min(1, k / 3) * 1.57) * (1 - 0.5 * k / 5))
            q = q + np.c_[np.cos(ang) * m, np.sin(ang)] * (L / 5)[:, None]
            ang = ang - np.radians(2.5)
        strands.append(st)
    pts = np.concatenate(strands)
    n = len(pts)
    melanin = np.clip(look["melanin"] + figure.rng.normal(0, 0.06, n), 0.02, 1)
    melanin[figure.rng.random(n) < look.get("grey", 0.0)] = 0.1
    thick = figure.rng.uniform(0.55, 1.15, n)
    mat = materials.mat_hair("browhair", {"rough": 0.4})
    ob = make_hair("brows", pts, look.get("hair", 3.2e-5), 0.6e-5, mat, thick=thick, melanin=melanin)
    figure.stuck.append((ob, pts, bind(figure, pts[:, 0])))
    b = figure.b
    base_tree = cKDTree(b.v)
    figure.lash = []
    figure.lines = []
    figure.tears = []
    mat = materials.mat_hair("lash", {"rough": 0.4})
    tear = materials.mat_tear()
    for which, (root, tip) in LASHES.items():
        for m in (1, -1):
            ids = []
            for r in (root, tip):
                r = np.array(r)
                ids.append(r if m > 0 else base_tree.query(b.v[r] * np.array([-1, 1, 1]))[1])
            n = look.get("lashes", 300) if which == "up" else 80
            u = np.sort(figure.rng.random(n))
            du = figure.rng.normal(0, 0.012, n)
            L = (figure.rng.uniform(0.75, 1.15, n) if which == "up" else figure.rng.uniform(0.35, 0.6, n)) * np.clip(
                0.55 + u * 1.3, 0, 1
            )
            curl = 0.0016 if which == "up" else -0.0006
            kind = [ids, u, du, L, curl, None]
            wide = 7e-5 if which == "up" else 3.0e-5
            pts = lash_points(kind, figure.v0)
            dark = np.full(n, 1.0)
            kind[5] = make_hair(f"lash_{which}{m}", pts, wide, 6e-6, mat, figure.rng.uniform(0.6, 1.1, n), dark)
            figure.lash.append(kind)
            if which == "up" and look.get("liner", 0.0) > 0:
                wide = LINER * look["liner"]
                pts, dark = line_points(ids, figure.v0), np.ones(1)
                figure.lines.append((list(ids), make_hair(f"liner{m}", pts, wide, 0.35 * wide, mat, melanin=dark)))
            if which == "low":
                wet = [ids[0], None]
                wet[1] = make_hair(f"tear{m}", tear_points(wet[0], figure.v0), 1.4e-4, 1.4e-4, tear)
                figure.tears.append(wet)


def lash_line(ids, v):
    """Give the points along the upper lid where lashes leave it, from the inner corner."""
    root, tip = (v[ring] for ring in ids)
    return root + np.linspace(*EMERGE, len(root))[:, None] * (tip - root)


def on_lid(q, share):
    """Give places on a line of points q (n, 3), by shares of the way from the first point to the last."""
    k = np.clip(share, 0, 1) * (len(q) - 1)
    return np.stack([np.interp(k, np.arange(len(q)), q[:, c]) for c in range(3)], 1)


def line_points(ids, v):
    """Give one strand along the upper lid, where lashes leave it, from the outer corner."""
    return on_lid(lash_line(ids, v)[::-1], np.linspace(0.04, 0.94, 24))[None]


def tear_points(ring, v):
    """Give one strand along the lid's edge, a little towards the eye."""
    return (on_lid(v[ring], np.linspace(0.06, 0.94, 20)) + np.array([0, 0.0005, 0.0001]))[None]


def lash_points(l, v):
    ids, u, du, L, curl, _ = l
    a, e = on_lid(v[ids[0]], u), on_lid(v[ids[1]], u + du)
    d = (e - a) * L[:, None]
    t = np.linspace(0, 1, 6)
    p = a[:, None] + d[:, None] * t[None, :, None]
    p[:, :, 2] += curl * (t**2 - t * 0.7)[None]
    return p
