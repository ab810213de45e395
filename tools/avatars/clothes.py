"""Clothes: shells of the body, inflated, folded and cut; lapels, collars and a tie laid over them."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import bmesh
import bpy
import materials
import numpy as np
import scipy.sparse as sp
from blender import evaluated, grid_faces, link, make_mesh, smoothstep
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from scipy.interpolate import CubicSpline

NECK = np.array([0.0, -0.010, 0.440])  # the middle of the neck's base on the reference figure


class Tailor:
    """Measures of one figure and the cloth that is made for it."""

    def __init__(self, figure):
        self.figure = figure
        b, v = figure.b, figure.v0
        self.look = figure.character.clothes
        wide = lambda q: b.joint(q, "l-shoulder")[0]
        self.scale = wide(v) / wide(figure.ref)
        self.drop = np.array([0, 0, b.joint(v, "l-clavicle")[2] - b.joint(figure.ref, "l-clavicle")[2]])
        low = v[:, 2] - self.drop[2]
        faces = [
            [i for i, _ in f]
            for f in b.faces("body")
            if min(low[i] for i, _ in f) > 0.05 and max(v[i, 2] for i, _ in f) < 0.515
        ]
        used = np.unique([i for f in faces for i in f])
        mp = -np.ones(b.n, int)
        mp[used] = np.arange(len(used))
        self.faces = [[int(mp[i]) for i in f] for f in faces]
        self.base = v[used]
        nb = [set() for _ in used]
        for f in self.faces:
            for i in range(len(f)):
                nb[f[i]].add(f[i - 1])
                nb[f[i - 1]].add(f[i])
        rows = np.repeat(np.arange(len(nb)), [len(x) for x in nb])
        A = sp.csr_matrix((np.ones(len(rows)), (rows, np.concatenate([list(x) for x in nb]))))
        self.mean = sp.diags(1 / np.asarray(A.sum(1)).ravel()) @ A
        V, _, T = evaluated(figure.body)
        self.skin = BVHTree.FromPolygons(V.tolist(), T.tolist())

    def fit(self, p):
        """Bring a place on the reference figure to this one."""
        p = np.asarray(p, float)
        return (p - NECK) * np.array([self.scale, self.scale, 1]) + NECK + self.drop

    def shell(self, smooth, off, pad=0.0):
        """Smooth and inflate the trunk; shoulders are padded."""
        q = self.base.copy()
        for _ in range(smooth):
            q = 0.4 * q + 0.6 * (self.mean @ q)
        me = bpy.data.meshes.new("tmp")
        me.from_pydata(q.tolist(), [], self.faces)
        me.update()
        n = np.empty(len(q) * 3, np.float32)
        me.vertices.foreach_get("normal", n)
        bpy.data.meshes.remove(me)
        q = q + n.reshape(-1, 3) * off
        x = np.abs(q[:, 0]) / self.scale
        sh = np.exp(-(((x - 0.155) / 0.040) ** 2)) * smoothstep(0.33, 0.41, q[:, 2] - self.drop[2])
        q[:, 2] += pad * sh
        q[:, 0] *= 1 + 0.06 * sh * (pad > 0)
        return q

    def mesh(self, name, q, faces, mat, levels, form=None):
        """Make a mesh of subdivided cloth; `form` moves its fine vertices along their normals."""
        ob = make_mesh(name, q, faces, mat, levels)
        V, N, T = evaluated(ob)
        dg = bpy.context.evaluated_depsgraph_get()
        me = bpy.data.meshes.new_from_object(ob.evaluated_get(dg))
        ob.modifiers.clear()
        ob.data = me
        me.materials.clear()
        me.materials.append(mat)
        if form is not None:
            V = V + N * form(V)[:, None]
            me.vertices.foreach_set("co", V.astype(np.float32).ravel())
            me.update()
        return ob, BVHTree.FromPolygons(V.tolist(), T.tolist())

    def keep(self, ob):
        """Remember cloth that breathes."""
        co = np.empty(len(ob.data.vertices) * 3, np.float32)
        ob.data.vertices.foreach_get("co", co)
        self.figure.cloth.append((ob, co.reshape(-1, 3).astype(float)))
        return ob

    def strip(self, name, rows, mat, thick=0.0030, bevel=0.0010, offset=0.0, wrap=False):
        """Make cloth of rows of points, with thickness and round edges."""
        rows = np.asarray(rows)
        k, w, _ = rows.shape
        ob = make_mesh(name, rows.reshape(-1, 3), grid_faces(k, w, wrap), mat, 0)
        so = ob.modifiers.new("solid", "SOLIDIFY")
        so.thickness = thick
        so.offset = offset
        bv = ob.modifiers.new("bev", "BEVEL")
        bv.width = bevel
        bv.segments = 2
        s2 = ob.modifiers.new("sub", "SUBSURF")
        s2.levels = s2.render_levels = 1
        return self.keep(ob)


def cut(ob, co, no):
    bm = bmesh.new()
    bm.from_mesh(ob.data)
    every = bm.verts[:] + bm.edges[:] + bm.faces[:]
    bmesh.ops.bisect_plane(bm, geom=every, plane_co=co, plane_no=no, clear_outer=True)
    bm.to_mesh(ob.data)
    bm.free()


def bezier(a, o, roll, w=9):
    t = np.linspace(0, 1, w)[:, None]
    mid = (a + o) / 2 + roll
    return (1 - t) ** 2 * a + 2 * t * (1 - t) * mid + t * t * o


def ray(bvh, x, z, lift, near=0.0):
    """Give the point of a surface that the camera sees at x, z."""
    hit, nrm, *_ = bvh.ray_cast(Vector((x, -1, z)), Vector((0, 1, 0)))
    if hit is None:
        hit, nrm, *_ = bvh.find_nearest(Vector((x, near - 0.1, z)))
    return np.array(hit) + np.array(nrm) * lift


def ring(bvh, axis, angles, heights, lift):
    """Give points around the neck where rays from its axis meet a surface."""
    out = []
    for a, z in zip(angles, heights):
        d = Vector((np.sin(a), -np.cos(a), 0))
        hit, *_ = bvh.ray_cast(Vector((0, axis, z)), d)
        at = np.array(hit) if hit is not None else np.array((0, axis, z)) + np.array(d) * 0.05
        out.append(at + np.array(d) * lift)
    return np.array(out)


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


def jacket(tailor):
    """Two halves, notched lapels and a collar."""
    look = tailor.look["jacket"]
    cloth = materials.mat_fabric("jacket", look)
    q = tailor.shell(14, 0.011, look.get("pad", 0.012))
    ob, bvh = tailor.mesh("jacket", q, tailor.faces, cloth, 3, folds(tailor, look.get("folds", 0.0032)))
    other = ob.data.copy()
    fit = tailor.fit
    vb, vt = (
        np.array([0.004, -0.15, 0.170]),
        np.array([look.get("open", 0.064), -0.02, 0.472 + look.get("rise", 0.0)]),
    )  # the opening's edge: bottom, neck
    for m in (1, -1):
        o = ob if m == 1 else link(bpy.data.objects.new("jacketR", other))
        a, z = fit(vb) * (m, 1, 1), fit(vt) * (m, 1, 1)
        no = Vector(np.cross(z - a, [0, 1, 0]) * -m).normalized()
        cut(o, Vector(a), -no if no.x * m > 0 else no)
        cut(o, Vector(fit((0, 0, 0.484))), Vector((0, 0, 1)))
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
        z = side[2] + (0.503 + tailor.drop[2] - side[2]) * smoothstep(0, 0.8, u)
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


def neckline(p, heights, axis):
    """Give how high a neckline lies at each point's angle: front, side and back are given."""
    a = np.abs(np.arctan2(p[:, 0], -(p[:, 1] - axis)))
    return np.interp(a, np.radians([0, 25, 55, 90, 130, 180]), heights)


def body_shell(tailor, name, smooth, off, cloth, heights):
    """A shell up to the neck, cut along a line around it; gives its surface."""
    x = np.abs(tailor.base[:, 0]) / tailor.scale
    z = tailor.base[:, 2] - tailor.drop[2]
    arm = set(np.where((z < 0.2) | (x > np.where(z < 0.41, 0.095, 0.118)))[0])
    faces = [f for f in tailor.faces if not arm & set(f)]
    ob, bvh = tailor.mesh(name, tailor.shell(smooth, off), faces, cloth, 3)
    for up in (-1, 1):  # the line is made level, cut along, and bent back
        co = np.empty(len(ob.data.vertices) * 3, np.float32)
        ob.data.vertices.foreach_get("co", co)
        co = co.reshape(-1, 3).astype(float)
        co[:, 2] += up * neckline(co, heights, NECK[1])
        ob.data.vertices.foreach_set("co", co.astype(np.float32).ravel())
        if up < 0:
            cut(ob, Vector((0, 0, 0)), Vector((0, 0, 1)))
    ob.data.update()
    tailor.keep(ob)
    return bvh


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


def shirt(tailor):
    """A shirt with a turned-down collar and a tie."""
    cloth = materials.mat_fabric("shirt", tailor.look["top"])
    s, dz = tailor.scale, tailor.drop[2]
    front, back = 0.474 + 0.3 * dz, 0.514 + 0.2 * dz  # the collar's fold
    bvh = body_shell(tailor, "shirt", 2, 0.0040, cloth, np.array([0.462, 0.464, 0.474, 0.486, 0.496, 0.500]) + 0.6 * dz)
    axis = NECK[1] + 0.006
    for m in (1, -1):
        u = np.linspace(0, 1, 48)
        a = np.radians(5 + 175 * u)
        z = front + (back - front) * smoothstep(0, 1, u)
        fold = ring(tailor.skin, axis, a, z, 0.0062)
        stand = ring(tailor.skin, axis, a, z - 0.022, 0.0045)
        fold[:, :2] = 0.5 * fold[:, :2] + 0.5 * (stand[:, :2] + (fold[:, :2] - stand[:, :2]).mean(0))
        tip = ray(bvh, 0.040 * s, 0.412 + dz, 0.0075)
        low = [tip, ray(bvh, 0.059 * s, 0.434 + dz, 0.0075)] + [
            tailor.fit(p) for p in ([0.064, -0.004, 0.452], [0.050, 0.036, 0.462], [0, 0.058, 0.468])
        ]
        outer = CubicSpline([0, 0.22, 0.45, 0.7, 1], low)(u)
        flip = np.array([m, 1, 1])
        roll = np.array([0.0030, -0.004, 0.009])
        leaf = [bezier(f, o, roll, 10) for f, o in zip(fold, outer)]
        inside = [bezier(b, f, np.array([0.001, 0, 0]), 6)[:-1] for b, f in zip(stand, fold)]
        rows = np.concatenate([np.array(inside), np.array(leaf)], 1) * flip
        tailor.strip(f"leaf{m}", rows, cloth, 0.0017, 0.0006)
    tie(tailor, bvh, front)


def tie(tailor, bvh, front):
    cloth = materials.mat_fabric("tie", tailor.look["tie"])
    s = tailor.scale
    head = ray(tailor.skin, 0, front - 0.004, 0.011)
    foot = ray(bvh, 0, front - 0.044, 0.010)
    t = np.linspace(0, 1, 22)
    u = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    rows = []
    for x in t:
        c = head + (foot - head) * x
        w = np.interp(x, [0, 0.12, 0.5, 0.9, 1], [0.0150, 0.0185, 0.0170, 0.0118, 0.0105])
        d = np.interp(x, [0, 0.12, 0.5, 0.9, 1], [0.0060, 0.0095, 0.0095, 0.0062, 0.0045])
        crease = 0.0009 * np.sin(3 * u + 9 * x)
        px = (w + crease) * np.sign(np.cos(u)) * np.abs(np.cos(u)) ** 0.75
        py = d * np.sign(np.sin(u)) * np.abs(np.sin(u)) ** 0.8
        rows.append(np.stack([c[0] + px + 0.0012 * (x - 0.5), c[1] - py, c[2] + 0.004 * np.cos(u) * (x - 0.5)], 1))
    rows = np.array(rows)
    shut = rows[0].mean(0) + (rows[0] - rows[0].mean(0)) * 0.05 + (0, 0.002, 0.0015)
    rows = np.concatenate([shut[None], rows])
    rows = np.concatenate([rows, rows[:, :1]], 1)
    tailor.keep(make_mesh("knot", rows.reshape(-1, 3), grid_faces(*rows.shape[:2]), cloth, 1))
    blade = []
    z0 = foot[2] + 0.004
    for x in np.linspace(0, 1, 44):
        z = z0 - x * 0.20
        w = np.interp(x, [0, 0.05, 0.3, 1], [0.0098, 0.0125, 0.0225, 0.040]) * (0.9 + 0.1 * s)
        c = ray(bvh, 0, z, 0.0085 + 0.004 * np.exp(-((x / 0.12) ** 2)))
        k = np.linspace(-1, 1, 13)
        dimple = -0.0035 * np.exp(-((k / 0.28) ** 2)) * np.exp(-((x / 0.16) ** 2))
        side = 0.003 * k**2
        blade.append(np.stack([c[0] + k * w, c[1] + side - dimple, np.full(13, z)], 1))
    tailor.strip("blade", blade, cloth, 0.0026, 0.0008)


STYLES = {"knit": knit, "tie": shirt}


def make_clothes(figure):
    tailor = Tailor(figure)
    STYLES[tailor.look["style"]](tailor)
    jacket(tailor)
