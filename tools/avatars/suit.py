"""A man's suit: jacket with padded shoulders and notched lapels, a shirt's collar, a tie.

Metres: upwards from where neck and shoulder meet, sideways from the middle for a shoulder joint at 0.174.
"""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import bpy
import materials
import numpy as np
from blender import evaluated, grid_faces, link, make_mesh, smoothstep
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d
from tailor import Tailor, body_shell, cut, ray

# The outline of one shoulder from the front: the seam's line, the sleeve's head, the sleeve.
LINE_X = [0.055, 0.072, 0.130, 0.185, 0.202, 0.214, 0.224, 0.231, 0.236, 0.240]
LINE_Z = [0.004, -0.004, -0.023, -0.0405, -0.0475, -0.0555, -0.067, -0.082, -0.105, -0.150]
# One side's lapel and collar from the front.
BUTTON, CREASE = (0.002, -0.330), (0.073, -0.006)
GORGE, NOTCH, PEAK, TIP = -0.047, (0.106, -0.071), (0.131, -0.0815), (0.1185, -0.047)


class Suit(Tailor):
    """What a suit needs to know of the figure below."""

    def __init__(self, figure):
        super().__init__(figure)
        v = self.base
        side = (np.abs(np.abs(v[:, 0]) - 0.070) < 0.012) & (v[:, 1] > -0.03) & (v[:, 1] < 0.05)
        self.join = v[side, 2].max() - 0.001  # where neck and shoulder meet
        self.wide = figure.b.joint(figure.v0, "l-shoulder")[0] / 0.174
        self.shirt = materials.mat_fabric("shirt", self.look["top"])
        self.cloth = materials.mat_fabric("jacket", self.look["jacket"])
        self.silk = materials.mat_fabric("tie", self.look["tie"])

    def at(self, x, z):
        return x * self.wide, z + self.join


def settle(p, bvh, lift, share=1.0):
    """Lift points (k, w, 3) that are nearer to a surface than they may be."""
    out = p.copy()
    flat, need = out.reshape(-1, 3), np.broadcast_to(lift, p.shape[:2]).ravel()
    share = np.broadcast_to(share, p.shape[:2]).ravel()
    for i, q in enumerate(flat):
        hit, n, *_ = bvh.find_nearest(Vector(q))
        n = np.array(n)
        flat[i] += n * max(0.0, need[i] - (q - np.array(hit)) @ n) * share[i]
    return out


def crossing(x, at, value):
    """Give by bins of x the greatest value, smooth."""
    edge = np.linspace(0, 0.30, 101)
    k = np.clip(np.digitize(x, edge) - 1, 0, 99)
    top = np.full(100, -1.0)
    np.maximum.at(top, k, value)
    middle = (edge[1:] + edge[:-1]) / 2
    known = top > -1
    return np.interp(at, middle[known], gaussian_filter1d(top[known], 1.5))


def tailored(suit, V):
    """Give cloth the outline of a padded shoulder; V (n, 3)."""
    V = V.copy()
    side, s = np.sign(V[:, 0]), suit.wide
    line_x, line_z = np.array(LINE_X) * s, np.array(LINE_Z) + suit.join
    x, z = np.abs(V[:, 0]), V[:, 2]
    # sleeves hang straight
    widest = crossing(z - suit.join + 0.20, z - suit.join + 0.20, x)
    want = np.interp(z, line_z[::-1], line_x[::-1])
    low = smoothstep(-0.045, -0.075, z - suit.join) * smoothstep(0.14, 0.20, x)
    x = x * (1 + (want / widest - 1) * low)
    top = crossing(x, x, z)
    want = np.interp(x, line_x, line_z)
    near = smoothstep(0.11, 0.0, top - z) * smoothstep(0.050, 0.075, x)
    V[:, 2] = z + (want - top) * near
    V[:, 0] = x * side
    return V


def creases(suit, V):
    """Give how far cloth stands out: the armhole's seam, a fuller sleeve's head, soft drags."""
    x, y, z = np.abs(V[:, 0]) / suit.wide, V[:, 1], V[:, 2] - suit.join
    left = np.sign(V[:, 0])
    seam = 0.200 - 0.022 * smoothstep(-0.045, -0.135, z)
    d = x - seam
    groove = -0.0016 * np.exp(-((d / 0.0026) ** 2)) + 0.0022 * np.exp(-(((d - 0.010) / 0.008) ** 2))
    warp = 0.5 * np.sin(37 * x + 21 * z + left) + 0.4 * np.sin(53 * y + 27 * z + 2 * left)
    pit = np.exp(-(((x - 0.168) / 0.026) ** 2) - ((z + 0.125) / 0.040) ** 2)
    drag = np.sin(150 * (0.62 * x + 0.78 * z) + 1.2 * warp + left)
    arm = smoothstep(0.006, 0.03, d) * np.sin(88 * (0.25 * x + 0.97 * z) + 1.8 * warp)
    wide = np.sin(31 * x + 24 * z + 1.4 * warp + left) * smoothstep(0.05, 0.09, x)
    much = suit.look["jacket"].get("folds", 0.0016)
    return groove * smoothstep(-0.16, -0.12, z) + much * (0.9 * pit * drag + 0.55 * arm + 0.35 * wide)


def coat(suit, fold):
    """Two halves, notched lapels and a collar around `fold`, the shirt collar's ring."""
    ob, _ = suit.mesh("jacket", suit.shell(12, 0.010), suit.faces, suit.cloth, 3)
    V = tailored(suit, evaluated(ob)[0])
    ob.data.vertices.foreach_set("co", V.astype(np.float32).ravel())
    ob.data.update()
    V, N, T = evaluated(ob)
    V = V + N * creases(suit, V)[:, None]
    ob.data.vertices.foreach_set("co", V.astype(np.float32).ravel())
    ob.data.update()
    bvh = BVHTree.FromPolygons(V.tolist(), T.tolist())
    below = BVHTree.FromPolygons(V.tolist(), T[V[T][:, :, 2].max(1) < suit.join - 0.004].tolist())  # without the neck
    (bx, bz), (cx, cz) = suit.at(*BUTTON), suit.at(*CREASE)
    other = ob.data.copy()
    for m in (1, -1):
        o = ob if m == 1 else link(bpy.data.objects.new("jacketR", other))
        no = Vector((-(cz - bz) * m, 0, cx - bx)).normalized()  # towards the middle
        cut(o, Vector((bx * m, 0, bz)), no)
        cut(o, Vector((0, 0, suit.join + 0.004)), Vector((0, 0, 1)))
        so = o.modifiers.new("solid", "SOLIDIFY")
        so.thickness = 0.003
        so.offset = 1
        suit.keep(o)
        lapel(suit, bvh, m)
        collar(suit, bvh, below, fold, m)


def crease(suit, z):
    """Give how far from the middle the lapel is folded, by height."""
    (bx, bz), (cx, cz) = suit.at(*BUTTON), suit.at(*CREASE)
    return bx + (cx - bx) * (z - bz) / (cz - bz)


def lapel(suit, bvh, m):
    """One side's lapel, from the gorge down to the button."""
    peak, gorge = np.array(suit.at(*PEAK)), suit.join + GORGE
    t = np.linspace(0, 1, 64)
    z = suit.join - 0.26 + (gorge - suit.join + 0.26) * t
    inner = np.stack([crease(suit, z), z], 1)
    # below the peak the edge runs down, a little rounded, towards the button
    out_z = suit.join - 0.30 + (peak[1] - suit.join + 0.30) * t
    wide = np.interp(t, [0, 0.35, 0.7, 1], np.array([0.040, 0.066, 0.079, 0.0755]) * suit.wide)
    outer = np.stack([crease(suit, out_z) + wide, out_z], 1)
    outer[-1] = peak
    far = np.linspace(0, 1, 18) ** 1.2
    rows = []
    for i, (a, o) in enumerate(zip(inner, outer)):
        row = []
        for w in far:
            x, q = a + (o - a) * w
            d = w * np.hypot(*(o - a))
            roll = 0.0062 * np.exp(-(((d - 0.007) / 0.012) ** 2)) * (1 - 0.5 * t[i])
            row.append(ray(bvh, x * m, q, 0.0042 + roll - 0.006 * np.exp(-d / 0.0022)))
        rows.append(row)
    suit.strip(f"lapel{m}", rows, suit.cloth, 0.0026, 0.0009)


def along(points, n):
    """Give n points evenly along a line of points."""
    points = np.asarray(points, float)
    s = np.r_[0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    k = np.linspace(0, s[-1], n)
    return np.stack([np.interp(k, s, points[:, c]) for c in range(points.shape[1])], 1)


def collar(suit, bvh, below, fold, m):
    """One side's half of the jacket's collar, from the notch to the middle of the back."""
    gorge = suit.join + GORGE
    on = lambda x, z, lift: ray(bvh, x * m, z, lift)
    z = np.linspace(gorge, suit.join - 0.013, 14)
    front = [on(crease(suit, q), q, 0.003) for q in z]
    ring = fold[fold[:, 0] * m > 0] if m > 0 else fold[fold[:, 0] < 0][::-1]
    axis = fold.mean(0)
    ang = np.abs(np.arctan2(ring[:, 0], -(ring[:, 1] - axis[1])))
    ring, ang = ring[ang > np.radians(98)], np.degrees(ang[ang > np.radians(98)])
    away = ring - axis
    away[:, 2] = 0
    away /= np.linalg.norm(away, axis=1)[:, None]
    ring = ring + away * 0.0100
    ring[:, 2] = suit.join + np.interp(ang, [98, 150, 180], [-0.004, 0.006, 0.009])
    inner = along(np.concatenate([front, ring]), 60)
    (nx, nz), (tx, tz) = suit.at(*NOTCH), suit.at(*TIP)
    edge = [on(nx, nz, 0.005), on((nx + tx) / 2, (nz + tz) / 2, 0.005), on(tx, tz, 0.005)]
    edge = [*along(edge, 14), on(0.112 * suit.wide, suit.join - 0.030, 0.006)]
    over = np.array([(0.104 * m * suit.wide, 0.012, suit.join - 0.006)])
    back = ring[len(ring) // 2 :] + away[len(ring) // 2 :] * 0.022 - (0, 0, 0.034)
    outer = along(np.concatenate([edge, over, back]), 60)
    w = np.linspace(0, 1, 14)[None, :, None]
    roll = np.array([0.002 * m, -0.002, 0.003]) * np.ones((60, 1, 1))
    rows = (1 - w) * inner[:, None] + w * outer[:, None] + 4 * w * (1 - w) * 0.5 * roll
    share = smoothstep(0.10, 0.5, w[..., 0]) * np.ones((60, 1))
    rows = settle(rows, below, 0.0045, share)
    suit.strip(f"collar{m}", rows, suit.cloth, 0.0026, 0.0009)


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
    coat(suit, fold)
