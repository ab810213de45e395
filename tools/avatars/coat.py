"""A jacket for either cut: a suit's or a blazer's, with notched lapels and a collar that rolls around the neck.

Metres: upwards from where neck and shoulder meet, sideways from the middle for the shoulder joint a cut is for.
"""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

from dataclasses import dataclass

import bpy
import materials
import numpy as np
from blender import evaluated, link, smoothstep
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from scipy.ndimage import gaussian_filter1d
from tailor import Tailor, cut, cut_along, ray

NEAREST = 0.005  # how far cloth may be pushed below where it lies on the body
Place = tuple[float, float]


@dataclass
class Cut:
    """The measures of a jacket, of one side seen from the front."""

    joint: float  # how far from the middle the shoulder joint is for which this is measured
    line_x: tuple[float, ...]  # the shoulder's outline: the seam's line, the sleeve's head, the sleeve
    line_z: tuple[float, ...]
    armhole: float
    button: Place  # where the lapel's crease begins and ends
    crease: Place
    bow: float  # how far it curves outwards between them
    gorge: float  # the height where the lapel meets the collar
    notch: Place
    peak: Place
    tip: Place
    lapel: tuple[float, ...]  # its widths, from below up to the peak
    shoulder: Place  # where the collar's edge goes on to the shoulder
    over: tuple[float, float, float]  # and over it
    stand: tuple[float, ...]  # the collar's heights beside and behind the neck
    away: float  # how far around the collar below it lies
    fold: float = 0.003  # how high the collar's crease lies beside the neck
    stitch: float = 0.0  # how deep the stitches along the edges are


class Coat(Tailor):
    """What a jacket needs to know of the figure below."""

    def __init__(self, figure, measures):
        super().__init__(figure)
        self.cut = measures
        self.wide = figure.b.joint(figure.v0, "l-shoulder")[0] / measures.joint
        self.cloth = materials.mat_fabric("jacket", self.look["jacket"])

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


def tailored(coat, V):
    """Give cloth the outline of a padded shoulder; V (n, 3)."""
    V = V.copy()
    side, c = np.sign(V[:, 0]), coat.cut
    line_x, line_z = np.array(c.line_x) * coat.wide, np.array(c.line_z) + coat.join
    x, z = np.abs(V[:, 0]), V[:, 2]
    # sleeves hang straight
    widest = crossing(z - coat.join + 0.20, z - coat.join + 0.20, x)
    want = np.maximum(np.interp(z, line_z[::-1], line_x[::-1]), widest - NEAREST)
    low = smoothstep(-0.045, -0.075, z - coat.join) * smoothstep(c.armhole - 0.06, c.armhole, x)
    x = x * (1 + (want / widest - 1) * low)
    top = crossing(x, x, z)
    want = np.maximum(np.interp(x, line_x, line_z), top - NEAREST)
    near = smoothstep(0.11, 0.0, top - z) * smoothstep(0.050, 0.075, x)
    V[:, 2] = z + (want - top) * near
    V[:, 0] = x * side
    return V


def creases(coat, V):
    """Give how far cloth stands out: the armhole's seam, a fuller sleeve's head, soft drags."""
    x, y, z = np.abs(V[:, 0]) / coat.wide, V[:, 1], V[:, 2] - coat.join
    left = np.sign(V[:, 0])
    seam = coat.cut.armhole - 0.022 * smoothstep(-0.045, -0.135, z)
    d = x - seam
    groove = -0.0016 * np.exp(-((d / 0.0026) ** 2)) + 0.0022 * np.exp(-(((d - 0.010) / 0.008) ** 2))
    warp = 0.5 * np.sin(37 * x + 21 * z + left) + 0.4 * np.sin(53 * y + 27 * z + 2 * left)
    pit = np.exp(-(((x - coat.cut.armhole + 0.032) / 0.026) ** 2) - ((z + 0.125) / 0.040) ** 2)
    drag = np.sin(150 * (0.62 * x + 0.78 * z) + 1.2 * warp + left)
    arm = smoothstep(0.006, 0.03, d) * np.sin(88 * (0.25 * x + 0.97 * z) + 1.8 * warp)
    wide = np.sin(31 * x + 24 * z + 1.4 * warp + left) * smoothstep(0.05, 0.09, x)
    much = coat.look["jacket"].get("folds", 0.0016)
    return groove * smoothstep(-0.16, -0.12, z) + much * (0.9 * pit * drag + 0.55 * arm + 0.35 * wide)


def sew(coat, fold):
    """Two halves, notched lapels and a collar around `fold`, the shirt collar's ring."""
    ob, _ = coat.mesh("jacket", coat.shell(12, 0.010), coat.faces, coat.cloth, 3)
    V = tailored(coat, evaluated(ob)[0])
    ob.data.vertices.foreach_set("co", V.astype(np.float32).ravel())
    ob.data.update()
    V, N, T = evaluated(ob)
    V = V + N * creases(coat, V)[:, None]
    ob.data.vertices.foreach_set("co", V.astype(np.float32).ravel())
    ob.data.update()
    bvh = BVHTree.FromPolygons(V.tolist(), T.tolist())
    neck = V[T][:, :, 2].max(1) > coat.join + coat.cut.line_z[1]
    below = BVHTree.FromPolygons(V.tolist(), T[~neck].tolist())
    other = ob.data.copy()
    for m in (1, -1):
        o = ob if m == 1 else link(bpy.data.objects.new("jacketR", other))
        opened(coat, o, m)
        cut(o, Vector((0, 0, coat.join + 0.004)), Vector((0, 0, 1)))
        so = o.modifiers.new("solid", "SOLIDIFY")
        so.thickness = 0.003
        so.offset = 1
        coat.keep(o)
        lapel(coat, bvh, m)
        collar(coat, bvh, below, fold, m)


def crease(coat, z):
    """Give how far from the middle the lapel is folded, by height."""
    (bx, bz), (cx, cz) = coat.at(*coat.cut.button), coat.at(*coat.cut.crease)
    u = (z - bz) / (cz - bz)
    return bx + (cx - bx) * u + 4 * coat.cut.bow * u * (1 - u) * (u > 0)


def opened(coat, ob, m):
    """Cut a half along its crease, further out where the collar covers it."""
    gorge = coat.join + coat.cut.gorge
    line = lambda co: m * (crease(coat, co[:, 2]) + 0.008 * smoothstep(gorge, gorge + 0.02, co[:, 2]))
    cut_along(ob, 0, line, Vector((-m, 0, 0)))


def lapel(coat, bvh, m):
    """One side's lapel, from the gorge down to the button."""
    peak, gorge = np.array(coat.at(*coat.cut.peak)), coat.join + coat.cut.gorge
    t = np.linspace(0, 1, 64)
    button = coat.join + coat.cut.button[1]
    z = button + 0.07 + (gorge - button - 0.07) * t
    inner = np.stack([crease(coat, z), z], 1)
    # below the peak the edge runs down, a little rounded, towards the button
    out_z = button + 0.03 + (peak[1] - button - 0.03) * t
    wide = np.interp(t, [0, 0.35, 0.7, 1], np.array(coat.cut.lapel) * coat.wide)
    outer = np.stack([crease(coat, out_z) + wide, out_z], 1)
    outer[-1] = peak
    far = np.linspace(0, 1, 18) ** 1.2
    if coat.cut.stitch:  # fine enough there to show them
        far = np.unique(np.r_[far, np.linspace(0.82, 0.97, 9)])
    rows = []
    for i, (a, o) in enumerate(zip(inner, outer)):
        row = []
        for w in far:
            x, q = a + (o - a) * w
            d = w * np.hypot(*(o - a))
            roll = 0.0062 * np.exp(-(((d - 0.007) / 0.012) ** 2)) * (1 - 0.5 * t[i])
            seam = coat.cut.stitch * np.exp(-(((w - 1) * np.hypot(*(o - a)) + 0.006) ** 2 / 0.0011**2))
            row.append(ray(bvh, x * m, q, 0.0042 + roll - seam - 0.006 * np.exp(-d / 0.0022)))
        rows.append(row)
    coat.strip(f"lapel{m}", rows, coat.cloth, 0.0026, 0.0009)


def along(points, n):
    """Give n points evenly along a line of points."""
    points = np.asarray(points, float)
    s = np.r_[0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    k = np.linspace(0, s[-1], n)
    return np.stack([np.interp(k, s, points[:, c]) for c in range(points.shape[1])], 1)


def collar(coat, bvh, below, fold, m):
    """One side's half of the jacket's collar, from the notch to the middle of the back."""
    gorge = coat.join + coat.cut.gorge
    on = lambda x, z, lift: ray(bvh, x * m, z, lift)
    z = np.linspace(gorge, coat.join - 0.013, 14)
    front = [on(crease(coat, q), q, lift) for q, lift in zip(z, np.linspace(0.003, coat.cut.fold, 14))]
    axis = fold.mean(0)
    ang = np.degrees(np.arctan2(fold[:, 0] * m, -(fold[:, 1] - axis[1])))
    order = np.argsort(ang)
    order = order[ang[order] > 98]
    ring, ang = fold[order], ang[order]
    away = ring - axis
    away[:, 2] = 0
    away /= np.linalg.norm(away, axis=1)[:, None]
    ring = ring + away * coat.cut.away
    ring[:, 2] = coat.join + np.interp(ang, [98, 150, 180], coat.cut.stand)
    inner = gaussian_filter1d(along(np.concatenate([front, ring]), 60), 2, axis=0, mode="nearest")
    (nx, nz), (tx, tz) = coat.at(*coat.cut.notch), coat.at(*coat.cut.tip)
    edge = [on(nx, nz, 0.005), on((nx + tx) / 2, (nz + tz) / 2, 0.005), on(tx, tz, 0.005)]
    sx, sz = coat.at(*coat.cut.shoulder)
    edge = [*along(edge, 14), on(sx, sz, 0.006)]
    over = np.array([(coat.cut.over[0] * m * coat.wide, coat.cut.over[1], coat.join + coat.cut.over[2])])
    back = ring[len(ring) // 2 :] + away[len(ring) // 2 :] * 0.022 - (0, 0, 0.034)
    outer = along(np.concatenate([edge, over, back]), 60)
    w = np.linspace(0, 1, 14)[None, :, None]
    roll = np.array([0.002 * m, -0.002, 0.003]) * np.ones((60, 1, 1))
    rows = (1 - w) * inner[:, None] + w * outer[:, None] + 4 * w * (1 - w) * 0.5 * roll
    share = smoothstep(0.10, 0.5, w[..., 0]) * np.ones((60, 1))
    rows = settle(rows, below, 0.0045, share)
    coat.strip(f"collar{m}", rows, coat.cloth, 0.0026, 0.0009)
