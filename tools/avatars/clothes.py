"""Blouse and blazer: shells of the body, inflated and cut, with lapels and collar."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import bmesh
import bpy
import materials
import numpy as np
import scipy.sparse as sp
from blender import evaluated, grid_faces, link, make_mesh, smoothstep
from body import V_NECK, v_plane
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from scipy.interpolate import CubicSpline


def make_clothes(figure):
    b, v = figure.b, figure.v0
    faces = [
        [i for i, _ in f]
        for f in b.faces("body")
        if min(v[i, 2] for i, _ in f) > 0.05 and max(v[i, 2] for i, _ in f) < 0.50
    ]
    used = np.unique([i for f in faces for i in f])
    mp = -np.ones(b.n, int)
    mp[used] = np.arange(len(used))
    F = [[int(mp[i]) for i in f] for f in faces]
    base = v[used]
    nb = [set() for _ in used]
    for f in F:
        for i in range(len(f)):
            nb[f[i]].add(f[i - 1])
            nb[f[i - 1]].add(f[i])
    rows = np.repeat(np.arange(len(nb)), [len(x) for x in nb])
    cols = np.concatenate([list(x) for x in nb])
    A = sp.csr_matrix((np.ones(len(rows)), (rows, cols)))
    A = sp.diags(1 / np.asarray(A.sum(1)).ravel()) @ A

    def shell(smooth, off, pad):
        q = base.copy()
        for _ in range(smooth):
            q = 0.4 * q + 0.6 * (A @ q)
        # inflate along normals of the smoothed mesh
        me = bpy.data.meshes.new("tmp")
        me.from_pydata(q.tolist(), [], F)
        me.update()
        n = np.empty(len(q) * 3, np.float32)
        me.vertices.foreach_get("normal", n)
        n = n.reshape(-1, 3)
        bpy.data.meshes.remove(me)
        q = q + n * off
        sh = np.exp(-(((np.abs(q[:, 0]) - 0.160) / 0.038) ** 2)) * smoothstep(0.35, 0.42, q[:, 2])
        q[:, 2] += pad * sh
        q[:, 0] *= 1 + 0.25 * pad / 0.01 * 0.1 * sh
        return q

    def cut(ob, co, no):
        bm = bmesh.new()
        bm.from_mesh(ob.data)
        bmesh.ops.bisect_plane(
            bm, geom=bm.verts[:] + bm.edges[:] + bm.faces[:], plane_co=co, plane_no=no, clear_outer=True
        )
        bm.to_mesh(ob.data)
        bm.free()

    def dense(ob):
        V, N, T = evaluated(ob)
        dg = bpy.context.evaluated_depsgraph_get()
        me = bpy.data.meshes.new_from_object(ob.evaluated_get(dg))
        ob.modifiers.clear()
        ob.data = me
        return V, T

    # inner top (ivory)
    ivory = materials.mat_fabric("ivory", (0.74, 0.71, 0.66), 900.0, 0.75, 0.15)
    arm = set(np.where((base[:, 2] < 0.2) | (np.abs(base[:, 0]) > np.where(base[:, 2] < 0.41, 0.076, 0.105)))[0])
    top = make_mesh("top", shell(3, 0.0065, 0), [f for f in F if not arm & set(f)], ivory, 2)
    dense(top)
    src = top.data.copy()
    for m in (1, -1):  # V neck: each half cut by its own plane
        o = top if m == 1 else link(bpy.data.objects.new("topR", src))
        cut(o, (0, 0, 0), Vector((-m, 0, 0)))
        cut(o, V_NECK, Vector(v_plane(m)))
    # jacket (charcoal navy)
    navy = materials.mat_fabric("navy", (0.010, 0.013, 0.022), 1100.0, 0.75, 0.06)
    jq = shell(14, 0.011, 0.020)
    jac = make_mesh("jacket", jq, F, navy, 2)
    JV, JT = dense(jac)
    bvh = BVHTree.FromPolygons(JV.tolist(), JT.tolist())
    jac.data.materials.clear()
    jac.data.materials.append(navy)
    halves = []
    other_half = jac.data.copy()
    vb, vt = np.array([0.004, -0.15, 0.16]), np.array([0.070, -0.02, 0.462])  # opening edge, bottom and neck side
    for m in (1, -1):
        o = jac if m == 1 else link(bpy.data.objects.new("jacketR", other_half))
        e = (vt - vb) * np.array([m, 1, 1])
        no = np.cross(e, [0, 1, 0]) * -m  # keeps the outer side
        no = Vector(no).normalized()
        if no.x * m > 0:
            no = -no
        cut(o, Vector(vb * np.array([m, 1, 1])), no)
        cut(o, Vector((0, 0, 0.474)), Vector((0, 0, 1)))
        so = o.modifiers.new("solid", "SOLIDIFY")
        so.thickness = 0.003
        so.offset = 1
        halves.append(o)
    figure.jacket = halves

    # lapels + collar
    def on_jacket(x, z, lift):
        hit, nrm, *_ = bvh.ray_cast(Vector((x, -1, z)), Vector((0, 1, 0)))
        if hit is None:
            hit, nrm, *_ = bvh.find_nearest(Vector((x, -0.1, z)))
        return np.array(hit) + np.array(nrm) * lift

    def strip(name, E, O, roll, mat):
        k, w = len(E), 9
        pts = []
        for a, o, r in zip(E, O, roll):
            mid = (a + o) / 2 + r
            for t in np.linspace(0, 1, w):
                pts.append((1 - t) ** 2 * a + 2 * t * (1 - t) * mid + t * t * o)
        ob = make_mesh(name, pts, grid_faces(k, w), mat, 0)
        so = ob.modifiers.new("solid", "SOLIDIFY")
        so.thickness = 0.0032
        so.offset = 0
        bv = ob.modifiers.new("bev", "BEVEL")
        bv.width = 0.0012
        bv.segments = 2
        s2 = ob.modifiers.new("sub", "SUBSURF")
        s2.levels = s2.render_levels = 1
        return ob

    lap = materials.mat_fabric("lapel", (0.011, 0.014, 0.024), 1100.0, 0.72, 0.08)
    for m in (1, -1):
        t = np.linspace(0, 0.86, 34)
        E = [vb + (vt - vb) * x for x in t]
        E = [on_jacket(e[0] * m, e[2], 0.0035) for e in E]
        O, R = [], []
        for x, e in zip(t, E):
            w = np.interp(x, [0, 0.18, 0.45, 0.66, 0.80, 0.86], [0.0, 0.034, 0.062, 0.074, 0.066, 0.030])
            dz = np.interp(x, [0, 0.6, 0.8, 0.86], [-0.005, -0.004, 0.012, 0.020])
            O.append(on_jacket(e[0] + m * w, e[2] + dz, 0.004))
            R.append(np.array([m * 0.002, -0.010 * min(1, w / 0.05), 0.0]))
        strip(f"lapel{m}", E, O, R, lap)
        # collar: from the gorge round the back of the neck
        t = np.linspace(0, 1, 30)
        ge = vb + (vt - vb) * 0.845
        path = np.array(
            [
                on_jacket(ge[0], ge[2], 0.004),
                [0.0665, -0.030, 0.462],
                [0.067, -0.002, 0.476],
                [0.052, 0.026, 0.488],
                [0.026, 0.041, 0.492],
                [0, 0.045, 0.493],
            ]
        )
        outp = np.array(
            [
                on_jacket(ge[0] + 0.060, ge[2] + 0.000, 0.0045),
                on_jacket(0.112, 0.440, 0.006),
                [0.116, 0.000, 0.454],
                [0.088, 0.050, 0.455],
                [0.045, 0.072, 0.452],
                [0, 0.078, 0.450],
            ]
        )
        s = np.linspace(0, 1, 6)
        E = CubicSpline(s, path)(t) * np.array([m, 1, 1])
        O = CubicSpline(s, outp)(t) * np.array([m, 1, 1])
        R = np.tile(np.array([m * 0.004, -0.002, 0.011]), (30, 1))
        strip(f"collar{m}", E, O, R, lap)
