"""Head hair: strands that follow the scalp to a bun, in locks, with loose ones."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import math

import materials
import numpy as np
from blender import evaluated, make_hair, smoothstep
from body import scalp_depth
from scipy.spatial import cKDTree


def grow_hair(figure, n):
    V, N, T = evaluated(figure.body)
    d = scalp_depth(figure, V)
    tri_ok = (d[T] > -0.001).all(1) & (V[T][:, :, 2].min(1) > 0.52)
    T = T[tri_ok]
    # growth surface without the ears
    keep = ~((np.abs(V[:, 0]) > 0.0685) & (V[:, 2] < 0.618 + figure.dz) & (V[:, 1] > -0.07) & (V[:, 1] < 0.0)) & (
        V[:, 2] > 0.49
    )
    surf, sn = V[keep], N[keep]
    tree = cKDTree(surf)
    e1, e2 = V[T[:, 1]] - V[T[:, 0]], V[T[:, 2]] - V[T[:, 0]]
    area = np.linalg.norm(np.cross(e1, e2), axis=1)
    pick = figure.rng.choice(len(T), n, p=area / area.sum())
    r1, r2 = figure.rng.random(n), figure.rng.random(n)
    sw = r1 + r2 > 1
    r1[sw], r2[sw] = 1 - r1[sw], 1 - r2[sw]
    p = V[T[pick, 0]] + r1[:, None] * e1[pick] + r2[:, None] * e2[pick]
    dep = scalp_depth(figure, p)
    keep_s = figure.rng.random(n) < smoothstep(-0.001, 0.007, dep) * 0.9 + 0.1 * (dep > 0)  # thins out at the hairline
    p = p[keep_s]
    dep = dep[keep_s]
    n = len(p)
    xp = 0.017  # side parting
    K, step = 22, 0.0085
    bun = np.array([0, 0.062, 0.575 + figure.dz])
    guides = figure.rng.choice(n, 900, replace=n < 900)  # strands gather into locks
    lock = cKDTree(p[guides]).query(p)[1]
    h_end = 0.0105 * (1 - 0.45 * figure.rng.random(n) ** 2.5) * figure.rng.uniform(0.84, 1.12, 900)[lock]
    h_end *= 0.80 + 0.75 * smoothstep(0.60 + figure.dz, 0.70 + figure.dz, p[:, 2])
    h_end *= 1 + 0.22 * np.sin(
        np.arctan2(p[:, 0] - 0.017, p[:, 1] + 0.03) * 9 + 2.0 * figure.rng.uniform(-1, 1, 900)[lock]
    )
    fly = (figure.rng.random(n) < 0.020) & (p[:, 2] > 0.60)
    jit = figure.rng.normal(0, 0.05, n)
    jit[fly] = figure.rng.normal(0, 0.20, fly.sum())
    flyr = figure.rng.random(n) ** 2
    clump = np.sin(p[:, 0] * 260 + 3 * np.sin(p[:, 1] * 120)) * 0.5 + np.sin(p[:, 1] * 310 + p[:, 2] * 200) * 0.5
    out = np.zeros((n, K, 3))
    cur = p.copy()
    length = figure.rng.uniform(0.8, 1.0, n)
    for k in range(K):
        _, j = tree.query(cur)
        nn = sn[j]
        base = cur - ((cur - surf[j]) * nn).sum(1)[:, None] * nn
        t = k / (K - 1)
        lift = h_end * (1 - np.exp(-8 * t)) * (1 + 0.12 * clump * t) + 0.0002
        lift = lift + fly * 0.0075 * t**1.5 * flyr
        out[:, k] = base + nn * lift[:, None]
        to = bun - base
        to = to - (to * nn).sum(1)[:, None] * nn
        to /= np.linalg.norm(to, axis=1)[:, None] + 1e-9
        dx = base[:, 0] - xp
        sgn = np.where(out[:, 0, 0] - xp >= 0, 1, -1)
        side = np.stack([sgn, np.zeros(n), -0.35 * np.ones(n)], 1)
        side = side - (side * nn).sum(1)[:, None] * nn
        side /= np.linalg.norm(side, axis=1)[:, None] + 1e-9
        w = 0.78 * np.exp(-((dx / 0.06) ** 2)) * smoothstep(-0.082, -0.122, base[:, 1])
        dr = side * w[:, None] + to * (1 - w)[:, None]
        dr = dr + np.cross(nn, dr) * jit[:, None]
        dr /= np.linalg.norm(dr, axis=1)[:, None] + 1e-9
        near = np.clip(np.linalg.norm(bun - base, axis=1) / 0.06, 0.15, 1)
        cur = base + dr * (step * length * near)[:, None]
    c = (0.72 * smoothstep(0.02, 0.45, np.linspace(0, 1, K)))[None, :, None] * figure.rng.uniform(0.4, 1, n)[
        :, None, None
    ]
    out = out * (1 - c) + (out[guides[lock]] + 0.25 * (out - out[guides[lock]])) * c
    stray = ((np.abs(out[..., 0]) > 0.0715) & (out[..., 2] < 0.606 + figure.dz)).any(1)  # strands caught on the ears
    out, dep = out[~stray], dep[~stray]
    figure.hair = make_hair("hair", out, 7.0e-5, 4.0e-5, materials.mat_hair("hair", 0.94, 0.24))
    # soft baby hairs along the hairline
    sel = np.where(dep < 0.006)[0]
    sel = figure.rng.choice(sel, min(900, len(sel)), replace=False)
    bb = out[sel][:, :7].copy()
    bb += figure.rng.normal(0, 0.0012, (len(sel), 1, 3)) * np.linspace(0, 1, 7)[None, :, None]
    figure.baby = make_hair("baby", bb, 4e-5, 1e-5, materials.mat_hair("baby", 0.85))
    # the bun: a torus of coiled strands behind the head
    nb = 5000
    a0 = figure.rng.uniform(0, 2 * math.pi, nb)
    rr = 0.034 + figure.rng.normal(0, 0.006, nb)
    zz = figure.rng.normal(0, 0.010, nb)
    tt = np.linspace(0, 2.6, 16)
    A = a0[:, None] + tt[None]
    b3 = np.stack([rr[:, None] * np.cos(A), 0.075 + zz[:, None] + 0 * A, 0.590 + rr[:, None] * np.sin(A)], -1)
    figure.bun = make_hair("bun", b3, 7e-5, 5e-5, figure.hair.data.materials[0])
    figure.rigid += [figure.hair, figure.baby, figure.bun]
