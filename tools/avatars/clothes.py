"""Clothes: shells of the body, inflated, folded and cut; lapels, collars and a tie laid over them."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import bpy
import materials
import numpy as np
import suit
from blender import grid_faces, link, make_mesh, smoothstep
from mathutils import Vector
from tailor import NECK, Tailor, bezier, body_shell, cut, neckline, ray, ring

SHOULDER = 0.502  # where a jacket lies highest beside the neck of a usual figure, in metres before its drop


def folds(tailor, depth):
    """Give the form of a jacket: drag lines at the armpits, a soft break at the shoulder, its seam."""
    s, dz = tailor.scale, tailor.drop[2]

    def form(V):
        x, y, z = np.abs(V[:, 0]) / s, V[:, 1], V[:, 2] - dz
        left = np.sign(V[:, 0])
        warp = 0.6 * np.sin(41 * x + 23 * z + left) + 0.5 * np.sin(67 * y + 31 * z + 2 * left)
        pit = np.exp(-(((x - 0.128) / 0.042) ** 2) - ((z - 0.355) / 0.062) ** 2)
        drag = np.sin(170 * (0.55 * x + 0.83 * z) + 1.3 * warp + 0.8 * left) ** 3
        chest = np.exp(-(((x - 0.085) / 0.05) ** 2) - ((z - 0.375) / 0.05) ** 2)
        soft = np.sin(88 * (0.8 * x - 0.6 * z) + 1.1 * warp + left)
        sleeve = smoothstep(0.165, 0.185, x)
        arm = np.sin(120 * (0.35 * x + 0.94 * z) + 1.6 * warp) * sleeve
        seam = 0.156 + 0.10 * np.clip(0.40 - z, 0, 0.1)
        groove = -0.9 * np.exp(-(((x - seam) / 0.0022) ** 2)) + 0.5 * np.exp(-(((x - seam - 0.006) / 0.005) ** 2))
        groove = groove * smoothstep(0.46, 0.44, z)
        wide = np.sin(35 * x + 28 * z + 1.5 * warp + 0.7 * left) * smoothstep(0.05, 0.09, x)
        return depth * (1.0 * pit * drag + 0.45 * chest * soft + 0.45 * arm + 0.15 * wide) + 0.0011 * groove

    return form


def raised(bvh, tailor):
    """Give how much higher than on the usual figure a shoulder meets the neck: with age, and under a long neck."""
    down, x = Vector((0, 0, -1)), 0.064 * tailor.scale
    hits = [bvh.ray_cast(Vector((x, y, 0.9)), down)[0] for y in np.linspace(-0.06, 0.08, 29)]
    return max([0.0, *(hit.z - tailor.drop[2] - SHOULDER for hit in hits if hit is not None)])


def jacket(tailor):
    """Two halves, notched lapels and a collar."""
    look = tailor.look["jacket"]
    cloth = materials.mat_fabric("jacket", look)
    q = tailor.shell(look.get("smooth", 14), 0.011, look.get("pad", 0.012))
    ob, bvh = tailor.mesh("jacket", q, tailor.faces, cloth, 3, folds(tailor, look.get("folds", 0.0032)))
    other = ob.data.copy()
    fit, lift = tailor.fit, raised(bvh, tailor)
    vb, vt = (
        np.array([0.004, -0.15, 0.170]),
        np.array([look.get("open", 0.064), -0.02, 0.472 + look.get("rise", 0.0) + lift]),
    )  # the opening's edge: bottom, neck
    for m in (1, -1):
        o = ob if m == 1 else link(bpy.data.objects.new("jacketR", other))
        a, z = fit(vb) * (m, 1, 1), fit(vt) * (m, 1, 1)
        no = Vector(np.cross(z - a, [0, 1, 0]) * -m).normalized()
        cut(o, Vector(a), -no if no.x * m > 0 else no)
        cut(o, Vector(fit((0, 0, 0.484 + lift))), Vector((0, 0, 1)))
        so = o.modifiers.new("solid", "SOLIDIFY")
        so.thickness = 0.003
        so.offset = 1
        tailor.keep(o)
    on = lambda x, z, lift: ray(bvh, x, z, lift)
    for m in (1, -1):
        t = np.linspace(0, 0.86, 60)
        wob = 0.0008 * np.sin(t * 23 + m)
        rows = []
        for x, wv in zip(t, wob):
            e = fit(vb + (vt - vb) * x)
            e = on(e[0] * m, e[2], 0.0035)
            w = tailor.scale * np.interp(
                x, [0, 0.18, 0.45, 0.66, 0.80, 0.845, 0.86], [0.0, 0.034, 0.058, 0.068, 0.063, 0.036, 0.030]
            )
            dz = np.interp(x, [0, 0.6, 0.8, 0.86], [-0.005, -0.004, 0.008, 0.016])
            o = on(e[0] + m * w, e[2] + dz, 0.0036 + wv)
            rows.append(bezier(e, o, np.array([m * 0.002, -0.011 * min(1, w / 0.05), 0.0])))
        tailor.strip(f"lapel{m}", rows, cloth)
        s1 = np.linspace(0, 1, 20)
        line = [fit(vb + (vt - vb) * (0.845 + 0.135 * x)) for x in s1]
        e1 = np.array([on(p[0] * m, p[2], 0.0050) for p in line])
        w1 = tailor.scale * np.interp(s1, [0, 0.2, 1], [0.033, 0.036, 0.044])
        o1 = np.array([on(p[0] + m * w, p[2] + 0.009 - 0.006 * x, 0.0055) for p, w, x in zip(e1, w1, s1)])
        side = e1[-1]
        a0 = abs(np.arctan2(side[0], -(side[1] - NECK[1])))
        a = np.linspace(a0, np.pi, 30)[1:]
        u = (a - a0) / (np.pi - a0)
        z = side[2] + (0.503 + lift + tailor.drop[2] - side[2]) * smoothstep(0, 0.8, u)
        e2 = ring(tailor.skin, NECK[1], a, z, 0.0125) * (m, 1, 1)
        near = np.exp(-u / 0.12)[:, None]
        e2 = e2 * (1 - near) + (side + (0, 0, 1) * (z[:, None] - side[2])) * near
        o2 = []
        for p, ang in zip(e2, a):
            q = p + 0.042 * tailor.scale * np.array([m * np.sin(ang), -np.cos(ang), 0])
            hit, *_ = bvh.ray_cast(Vector((q[0], q[1], 0.8)), Vector((0, 0, -1)))
            o2.append(np.array(hit) + (0, 0, 0.0055) if hit is not None else q - (0, 0, 0.03))
        o2 = np.array(o2)
        o2 = o2 * (1 - near) + o1[-1] * near
        inner, outer = np.concatenate([e1, e2]), np.concatenate([o1, o2])
        roll = np.array([m * 0.003, -0.004, 0.008])
        tailor.strip(f"collar{m}", [bezier(e, o, roll) for e, o in zip(inner, outer)], cloth)


def knit(tailor):
    """A fine jumper with a ribbed round neck."""
    cloth = materials.mat_fabric("knit", tailor.look["top"])
    heights = np.array([0.4455, 0.449, 0.462, 0.4780, 0.486, 0.489]) + tailor.drop[2]
    bvh = body_shell(tailor, "top", 2, 0.0050, cloth, heights)
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


def make_clothes(figure):
    if figure.character.clothes["style"] == "tie":
        suit.make_suit(figure)
        return
    tailor = Tailor(figure)
    knit(tailor)
    jacket(tailor)
