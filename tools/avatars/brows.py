"""Brows and lashes, bound to the skin below them."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import math

import materials
import numpy as np
from blender import evaluated, make_hair, smoothstep
from scipy.spatial import cKDTree


def bind(figure, pts):
    """Weights that carry base-mesh displacement to free points"""
    idx = figure.body_idx
    d, j = cKDTree(figure.v0[idx]).query(pts, k=4)
    w = 1 / (d + 1e-4) ** 2
    return idx[j], w / w.sum(1, keepdims=True)


def make_brows_lashes(figure):
    V, N, T = evaluated(figure.body)
    front = V[:, 1] < -0.08
    tree2 = cKDTree(V[front][:, [0, 2]])
    Vf, Nf = V[front], N[front]
    tree3 = cKDTree(V[front])
    strands = []
    for m in (1, -1):
        n = 520
        s = figure.rng.random(n) ** 0.95
        s = np.where(figure.rng.random(n) < smoothstep(-0.02, 0.16, s), s, 0.16 + 0.84 * figure.rng.random(n))
        cx = np.interp(s, [0, 0.5, 0.75, 1], [0.0125, 0.033, 0.043, 0.0505])
        cz = figure.dz + np.interp(s, [0, 0.35, 0.7, 1], [0.6218, 0.6254, 0.6270, 0.6246])
        th = np.interp(s, [0, 0.1, 0.25, 0.6, 1], [0.0014, 0.0024, 0.0030, 0.0023, 0.0004])
        off = figure.rng.uniform(-1, 1, n)
        xz = np.c_[cx, cz + off * th]
        ang = np.radians(
            np.interp(s, [0, 0.12, 0.35, 0.7, 1], [80, 58, 28, 8, -14]) - off * 16 + figure.rng.normal(0, 7, n)
        )
        L = np.interp(s, [0, 0.2, 0.7, 1], [0.0058, 0.0078, 0.0072, 0.0048]) * figure.rng.uniform(0.7, 1.1, n)
        st = np.zeros((n, 6, 3))
        q = xz.copy()
        for k in range(6):
            # surface point by nearest in (x,z) then plane
            _, j = tree2.query(q)
            _, j = tree3.query(np.c_[q[:, 0], Vf[j, 1], q[:, 1]])
            pn, pv = Nf[j], Vf[j]
            y = pv[:, 1] - ((q[:, 0] - pv[:, 0]) * pn[:, 0] + (q[:, 1] - pv[:, 2]) * pn[:, 2]) / np.minimum(
                pn[:, 1], -0.2
            )
            P = np.c_[q[:, 0], y, q[:, 1]] + pn * (0.0001 + 0.0009 * math.sin(min(1, k / 3) * 1.57) * (1 - 0.5 * k / 5))
            st[:, k] = P
            q = q + np.c_[np.cos(ang), np.sin(ang)] * (L / 5)[:, None]
            ang = ang - np.radians(3)
        st[..., 0] *= m
        strands.append(st)
    pts = np.concatenate(strands)
    ob = make_hair("brows", pts, 4.6e-5, 0.8e-5, materials.mat_hair("browhair", 0.95, 0.4))
    figure.stuck.append((ob, pts, bind(figure, pts[:, 0])))
    # lashes: root and tip rings of the MakeHuman lash helper
    b = figure.b
    rings = {
        "up": (
            [14763, 14762, 14761, 14760, 14743, 14742, 14744, 14745, 14746, 14747, 14748, 14749],
            [14808, 14807, 14806, 14809, 14816, 14817, 14815, 14814, 14813, 14812, 14811, 14810],
        ),
        "low": (
            [14765, 14759, 14758, 14757, 14756, 14755, 14754, 14753, 14752, 14792, 14751],
            [14832, 14833, 14830, 14834, 14835, 14836, 14837, 14838, 14839, 14840, 14841],
        ),
    }
    base_tree = cKDTree(b.v)
    figure.lash = []
    mat = materials.mat_hair("lash", 1.0, 0.4)
    for which, (root, tip) in rings.items():
        for m in (1, -1):
            ids = []
            for r in (root, tip):
                r = np.array(r)
                ids.append(r if m > 0 else base_tree.query(b.v[r] * np.array([-1, 1, 1]))[1])
            n = 420 if which == "up" else 90
            u = np.sort(figure.rng.random(n))
            du = figure.rng.normal(0, 0.012, n)
            L = (figure.rng.uniform(0.75, 1.15, n) if which == "up" else figure.rng.uniform(0.35, 0.6, n)) * np.clip(
                0.55 + u * 1.3, 0, 1
            )
            curl = 0.0016 if which == "up" else -0.0006
            figure.lash.append([ids, u, du, L, curl, None])
            figure.lash[-1][5] = make_hair(
                f"lash_{which}{m}",
                lash_points(figure.lash[-1], figure.v0),
                8e-5 if which == "up" else 3.5e-5,
                8e-6,
                mat,
            )


def lash_points(l, v):
    ids, u, du, L, curl, _ = l

    def at(ring, t):
        q = v[ring]
        k = np.clip(t, 0, 1) * (len(ring) - 1)
        return np.stack([np.interp(k, np.arange(len(ring)), q[:, c]) for c in range(3)], 1)

    a, e = at(ids[0], u), at(ids[1], u + du)
    d = (e - a) * L[:, None]
    t = np.linspace(0, 1, 6)
    p = a[:, None] + d[:, None] * t[None, :, None]
    p[:, :, 2] += curl * (t**2 - t * 0.7)[None]
    return p
