"""Thin helpers over Blender's data: meshes, hair curves, what modifiers make of them."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import bpy
import numpy as np


def link(ob):
    bpy.context.scene.collection.objects.link(ob)
    return ob


def make_mesh(name, v, faces, mat=None, subsurf=0, smooth=True):
    me = bpy.data.meshes.new(name)
    me.from_pydata(np.asarray(v).tolist(), [], [list(map(int, f)) for f in faces])
    if smooth:
        me.shade_smooth()
    ob = link(bpy.data.objects.new(name, me))
    if mat:
        me.materials.append(mat)
    if subsurf:
        m = ob.modifiers.new("sub", "SUBSURF")
        m.levels = m.render_levels = subsurf
    return ob


def grid_faces(nu, nv, wrap_u=False):
    f = []
    for i in range(nu if wrap_u else nu - 1):
        for j in range(nv - 1):
            a, b = i * nv + j, ((i + 1) % nu) * nv + j
            f.append((a, b, b + 1, a + 1))
    return f


def make_hair(name, pts, r_root, r_tip, mat, thick=None, melanin=None, tint=None):
    """pts: (strands, points, 3); thick, melanin and tint: one number a strand"""
    n, k, _ = pts.shape
    cu = bpy.data.hair_curves.new(name)
    cu.add_curves([k] * n)
    cu.attributes["position"].data.foreach_set("vector", np.ascontiguousarray(pts, np.float32).ravel())
    rad = cu.attributes.get("radius") or cu.attributes.new("radius", "FLOAT", "POINT")
    t = np.linspace(0, 1, k)
    t = np.clip((t - 0.35) / 0.65, 0, 1)  # full width at first, then to a point
    r = np.tile(r_root * (1 - t) + r_tip * t, (n, 1)) * (np.ones(n) if thick is None else thick)[:, None]
    rad.data.foreach_set("value", r.astype(np.float32).ravel())
    for attribute, values in (("melanin", melanin), ("tint", tint)):
        if values is not None:
            a = cu.attributes.new(attribute, "FLOAT", "CURVE")
            a.data.foreach_set("value", np.asarray(values, np.float32))
    cu.materials.append(mat)
    return link(bpy.data.objects.new(name, cu))


def keep_tree(ob):
    """Let Cycles keep an object's tree of rays from picture to picture, as it does for what is there twice.

    Else it builds one tree of all points again after each move, which takes seconds with a head of hair.
    Volumes alone may see the twin, and there are none: what nothing sees is left out, and would keep no tree.
    """
    twin = link(bpy.data.objects.new(f"{ob.name}_twin", ob.data))
    twin.location = (0, 0, -60)
    for ray in ("camera", "diffuse", "glossy", "transmission", "shadow"):
        setattr(twin, f"visible_{ray}", False)


def move_hair(ob, pts):
    ob.data.attributes["position"].data.foreach_set("vector", np.ascontiguousarray(pts, np.float32).ravel())
    ob.data.update_tag()


def vectors(data, name="vector"):
    """Read a vector of each element of Blender's data: (elements, 3)"""
    v = np.empty(len(data) * 3, np.float32)
    data.foreach_get(name, v)
    return v.reshape(-1, 3)


def strand_points(ob):
    """Give where the points of strands are: (points, 3)"""
    return vectors(ob.data.attributes["position"].data)


def smoothstep(a, b, x):
    t = np.clip((x - a) / (b - a), 0, 1)
    return t * t * (3 - 2 * t)


def evaluated(ob):
    dg = bpy.context.evaluated_depsgraph_get()
    me = ob.evaluated_get(dg).to_mesh()
    v, n = (vectors(me.vertices, name).astype(float) for name in ("co", "normal"))
    me.calc_loop_triangles()
    t = np.empty(len(me.loop_triangles) * 3, np.int32)
    me.loop_triangles.foreach_get("vertices", t)
    return v, n, t.reshape(-1, 3)


def evaluated_attribute(ob, name):
    """Read a vector of each point of the subdivided mesh"""
    dg = bpy.context.evaluated_depsgraph_get()
    return vectors(ob.evaluated_get(dg).to_mesh().attributes[name].data).astype(float)
