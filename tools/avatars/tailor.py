"""Measures of a figure and the cloth that is made for it: shells of the body, strips, cuts."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import bmesh
import bpy
import numpy as np
import scipy.sparse as sp
from blender import evaluated, grid_faces, make_mesh
from mathutils import Vector
from mathutils.bvhtree import BVHTree

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
        side = (np.abs(np.abs(self.base[:, 0]) - 0.070) < 0.012) & (self.base[:, 1] > -0.03) & (self.base[:, 1] < 0.05)
        self.join = self.base[side, 2].max() - 0.001  # where neck and shoulder meet
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

    def shell(self, smooth, off):
        """Smooth and inflate the trunk."""
        q = self.base.copy()
        for _ in range(smooth):
            q = 0.4 * q + 0.6 * (self.mean @ q)
        me = bpy.data.meshes.new("tmp")
        me.from_pydata(q.tolist(), [], self.faces)
        me.update()
        n = np.empty(len(q) * 3, np.float32)
        me.vertices.foreach_get("normal", n)
        bpy.data.meshes.remove(me)
        return q + n.reshape(-1, 3) * off

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


def cut_along(ob, axis, line, no):
    """Cut a mesh along a line that bends in direction `axis`: it is bent straight, cut along, and bent back.

    line: where on that axis it lies, by the other two places of vertices (n, 3).
    """
    for back in (-1, 1):
        co = np.empty(len(ob.data.vertices) * 3, np.float32)
        ob.data.vertices.foreach_get("co", co)
        co = co.reshape(-1, 3).astype(float)
        co[:, axis] += back * line(co)
        ob.data.vertices.foreach_set("co", co.astype(np.float32).ravel())
        if back < 0:
            cut(ob, Vector((0, 0, 0)), no)
    ob.data.update()


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


def neckline(p, heights, axis):
    """Give how high a neckline lies at each point's angle: front, side and back are given."""
    a = np.abs(np.arctan2(p[:, 0], -(p[:, 1] - axis)))
    return np.interp(a, np.radians([0, 25, 55, 90, 130, 180]), heights)


def body_shell(tailor, name, smooth, off, cloth, heights, form=None, waist=0.07):
    """A shell up to the neck, cut along a line around it, low down `waist` wide to each side; gives its surface."""
    x = np.abs(tailor.base[:, 0]) / tailor.scale
    z = tailor.base[:, 2] - tailor.drop[2]
    # Below a jacket it ends where nobody looks: near the arms it would come through.
    side = np.select([z < 0.31, z < 0.37, z < 0.41], [waist, 0.07, 0.095], 0.118)
    arm = set(np.where((z < 0.2) | (x > side))[0])
    faces = [f for f in tailor.faces if not arm & set(f)]
    ob, bvh = tailor.mesh(name, tailor.shell(smooth, off), faces, cloth, 3, form)
    cut_along(ob, 2, lambda co: neckline(co, heights, NECK[1]), Vector((0, 0, 1)))
    tailor.keep(ob)
    return bvh
