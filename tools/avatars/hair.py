"""Head hair: guides combed over the scalp, strands between them in locks, loose ones, down at the hairline."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import materials
import numpy as np
import styles
from blender import evaluated, evaluated_attribute, keep_tree, make_hair, smoothstep
from body import ears, scalp_depth
from scipy.spatial import cKDTree

POINTS = 26


class Scalp:
    """Where hair grows, and the head it must not enter."""

    def __init__(self, figure, style):
        self.rng = figure.rng
        self.V, self.N, T = evaluated(figure.body)
        self.ref = evaluated_attribute(figure.body, "ref")
        look = figure.character.hair
        self.line = look.get("hairline", 0.0), look.get("sideburns", 0.0)
        self.depth = scalp_depth(self.ref, *self.line)
        keep = ~ears(self.ref) & (self.ref[:, 2] > 0.49) & (np.abs(self.V[:, 0]) < 0.09)
        if style.long:  # behind an ear skin faces the head, and would push what falls over it to and fro
            keep &= (self.N * (self.V - (0, -0.02, 0)))[:, :2].sum(1) > 0
        flat = self.V[ears(self.ref)] * (0, 1, 1)  # under the hair lie the ears flat
        left = np.sign(self.V[ears(self.ref)][:, 0])
        flat[:, 0] = left * (np.abs(self.V[keep & (np.abs(self.ref[:, 2] - 0.60) < 0.02)][:, 0]).max() - 0.003)
        self.surf = np.concatenate([self.V[keep], flat])
        self.sn = np.concatenate([self.N[keep], np.stack([left, 0 * left, 0 * left], 1)])
        self.tree = cKDTree(self.surf)
        self.T = T[(self.depth[T] > -0.002).all(1) & (self.V[T][:, :, 2].min(1) > 0.50)]
        V = self.V
        self.e1, self.e2 = V[self.T[:, 1]] - V[self.T[:, 0]], V[self.T[:, 2]] - V[self.T[:, 0]]
        self.area = np.linalg.norm(np.cross(self.e1, self.e2), axis=1)

    def roots(self, n):
        """Give points, normals, reference places and depth behind the hairline."""
        pick = self.rng.choice(len(self.T), n, p=self.area / self.area.sum())
        r1, r2 = self.rng.random(n), self.rng.random(n)
        sw = r1 + r2 > 1
        r1[sw], r2[sw] = 1 - r1[sw], 1 - r2[sw]
        t = self.T[pick]
        mix = lambda a: a[t[:, 0]] * (1 - r1 - r2)[:, None] + a[t[:, 1]] * r1[:, None] + a[t[:, 2]] * r2[:, None]
        nn = mix(self.N)
        ref = mix(self.ref)
        return mix(self.V), nn / np.linalg.norm(nn, axis=1)[:, None], ref, scalp_depth(ref, *self.line)

    def off(self, p):
        """Give distance from the head and its normal there."""
        _, j = self.tree.query(p)
        nn = self.sn[j]
        return ((p - self.surf[j]) * nn).sum(1), nn


def unit(v):
    return v / (np.linalg.norm(v, axis=-1, keepdims=True) + 1e-9)


def comb(scalp, style, p, nn, ref):
    """Lead guides from their roots along the style's flow, outside of the head; give their paths."""
    n = len(p)
    step, reach = style.step, style.length(ref, scalp.rng)
    d = unit(style.start(ref, nn))
    path, at = [p], p
    alive = np.ones(n, bool)
    for k in range(1, style.steps):
        s = k * step
        want = unit(style.flow(at, ref, s))
        d = unit(d * style.stiff + want * (1 - style.stiff))
        new = at + d * step
        dist, nn = scalp.off(new)
        h = style.height(ref) * style.clear(new) * (1 - np.exp(-s / style.rise)) + 0.0004
        near = smoothstep(0.03, 0.0, dist - h) * style.hold
        new = new + nn * np.where(dist < h, np.minimum(h - dist, style.push), near * (h - dist))[:, None]
        d = unit(new - at)
        alive &= style.more(new, ref, s, reach)
        at = np.where(alive[:, None], new, at)
        path.append(at)
    path = np.stack(path, 1)
    # the same number of points along each
    seg = np.linalg.norm(np.diff(path, axis=1), axis=2)
    arc = np.concatenate([np.zeros((n, 1)), seg.cumsum(1)], 1)
    t = np.linspace(0, 1, POINTS) ** 1.25
    out = np.empty((n, POINTS, 3))
    for i in range(n):
        for c in range(3):
            out[i, :, c] = np.interp(t * arc[i, -1], arc[i], path[i, :, c])
    return out


def wander(rng, n, k, scale, waves):
    """Give smooth random offsets that grow along strands."""
    t = np.linspace(0, 1, k)
    ph = rng.uniform(0, 2 * np.pi, (n, 3, 1))
    f = rng.uniform(0.5, 1.0, (n, 3, 1)) * waves
    a = rng.normal(0, 1, (n, 3, 1))
    return (a * (np.sin(2 * np.pi * f * t + ph) - np.sin(ph)) * t**0.7 * scale).transpose(0, 2, 1)


def grow_hair(figure):
    look = figure.character.hair
    rng = figure.rng
    style = styles.STYLES[look["style"]](look)
    scalp = Scalp(figure, style)
    gp, gn, gref, _ = scalp.roots(style.guides)
    guides = comb(scalp, style, gp, gn, gref)
    p, nn, ref, dep = scalp.roots(look["strands"])
    ear = ears(ref)
    dense = smoothstep(style.edge[0], style.edge[1], dep) ** 1.3 * ~ear
    keep = rng.random(len(p)) < np.clip(dense, 0, 1)
    p, nn, ref, dep = p[keep], nn[keep], ref[keep], dep[keep]
    n = len(p)
    key = lambda q, r: np.c_[q, style.side(r) * 0.3]
    dist, j = cKDTree(key(gp, gref)).query(key(p, ref), k=4)
    w = 1 / (dist + 0.0008) ** 2
    w /= w.sum(1, keepdims=True)
    grow = guides - guides[:, :1]
    out = p[:, None] + np.einsum("nk,nkpc->npc", w, grow[j])
    # locks: strands gather towards one of their number, more so at the tips
    heads = rng.choice(n, style.locks, replace=False)
    lock = cKDTree(key(p[heads], ref[heads])).query(key(p, ref))[1]
    t = np.linspace(0, 1, POINTS)
    lead = out[heads] + wander(rng, len(heads), POINTS, style.lock_wave, 1.2)
    lead = (
        lead
        + nn[heads][:, None] * (rng.normal(0, style.lock_lift, len(heads))[:, None] * np.sin(np.pi * t**0.7))[..., None]
    )
    pull = style.clump * smoothstep(0.03, 0.55, t)[None] * rng.uniform(0.35, 1.0, n)[:, None]
    spread = (out - p[:, None]) - (out[heads] - p[heads][:, None])[lock]  # how strand and lock differ in form
    target = lead[lock] + 0.30 * (p - p[heads][lock])[:, None] + 0.5 * spread
    out = out * (1 - pull[..., None]) + target * pull[..., None]
    out = out + wander(rng, n, POINTS, style.frizz, 2.5)
    fly = rng.random(n) < style.loose
    out[fly] += wander(rng, fly.sum(), POINTS, style.frizz * style.stray, 1.1)
    out[fly] += nn[fly][:, None] * (t**1.5 * style.lift_loose)[None, :, None] * rng.random((fly.sum(), 1, 1))
    cut = rng.uniform(1 - style.uneven, 1, n)
    out = stretch(out, cut)
    flat = out[:, 1:].reshape(-1, 3)
    dist, hn = scalp.off(flat)
    flat = flat + hn * np.clip(0.0006 - dist, 0, 0.02)[:, None]
    out[:, 1:] = flat.reshape(n, -1, 3)
    ok = ~((np.abs(out[..., 0]) > style.wide) & (out[..., 2] > 0.55)).any(1)
    out, ref, nn, dep, lock, n = out[ok], ref[ok], nn[ok], dep[ok], lock[ok], ok.sum()
    melanin = np.clip(look["melanin"] + rng.normal(0, 0.05, n) + rng.normal(0, style.tone, style.locks)[lock], 0.0, 1.0)
    grey = rng.random(n) < style.grey(ref)
    tint = None
    if "streaks" in look:
        melanin, tint = silver(rng, look["streaks"], style.grey(ref), lock, melanin)
    else:
        melanin[grey] = rng.uniform(0.01, 0.08, grey.sum())
    thick = rng.uniform(0.75, 1.15, n) * smoothstep(-0.004, 0.014, dep).clip(0.45, 1)
    figure.hair = make_hair(
        "hair",
        out,
        look.get("thickness", 7.0e-5),
        2.6e-5,
        materials.mat_hair("hair", look),
        thick=thick,
        melanin=melanin,
        tint=tint,
    )
    figure.rigid.append(figure.hair)
    keep_tree(figure.hair)
    down(figure, scalp, style)


def silver(rng, streaks, grey, lock, melanin):
    """Give melanin and tint of hair that greys by locks: light ones, dark ones, and mixed ones between."""
    whole = rng.normal(0, 0.30 * streaks, lock.max() + 1)[lock]
    s = np.clip(grey + whole + rng.normal(0, 0.10, len(lock)), 0, 1)
    # a little melanin looks brown, not grey: so it goes early, and a neutral tint keeps what is mixed dark
    return melanin * smoothstep(0.25, 0.02, s) + 0.002, 0.04 + 0.78 * s**1.6


def stretch(out, cut):
    """Shorten each strand to a share of itself."""
    k = out.shape[1]
    at = np.linspace(0, 1, k)[None] * cut[:, None] * (k - 1)
    i = np.minimum(at.astype(int), k - 2)
    f = (at - i)[..., None]
    r = np.arange(len(out))[:, None]
    return out[r, i] * (1 - f) + out[r, i + 1] * f


def down(figure, scalp, style):
    """Grow fine short hairs over the hairline, so that no edge shows."""
    rng = figure.rng
    p, nn, ref, dep = scalp.roots(60000)
    some = (dep > -0.006) & (dep < 0.006) & ~ears(ref) & (ref[:, 2] > 0.585)
    ids = np.where(some)[0]
    ids = rng.choice(ids, min(2600, len(ids)), replace=False)
    p, nn, ref, dep = p[ids], nn[ids], ref[ids], dep[ids]
    d = unit(style.start(ref, nn) * 0.4 + unit(style.flow(p, ref, 0.0)))
    d = d - nn * (d * nn).sum(1)[:, None] * 0.75
    d = unit(d + rng.normal(0, 0.28, d.shape))
    L = rng.uniform(*style.down, len(p)) * smoothstep(-0.008, 0.004, dep).clip(0.25, 1)
    t = np.linspace(0, 1, 6)
    bend = rng.normal(0, 0.25, d.shape)
    out = p[:, None] + (d[:, None] * t[None, :, None] + bend[:, None] * (t**2)[None, :, None] * 0.5) * L[:, None, None]
    out += nn[:, None] * (0.0003 + 0.0006 * t)[None, :, None]
    mel = np.full(len(p), figure.character.hair["melanin"] * 0.8)
    mel[rng.random(len(p)) < style.grey(ref)] = 0.1
    tint = np.full(len(p), 0.5) if "streaks" in figure.character.hair else None
    figure.down = make_hair("down", out, 3.0e-5, 0.8e-5, figure.hair.data.materials[0], melanin=mel, tint=tint)
    figure.rigid.append(figure.down)
