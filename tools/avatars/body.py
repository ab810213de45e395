"""The skin that is seen, and where hair grows and cloth covers it."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import materials
import numpy as np
from blender import make_mesh, smoothstep


def make_body(figure):
    b, v = figure.b, figure.v0
    faces = [
        f for f in b.faces("body") if min(v[i, 2] for i, _ in f) > 0.36 and max(abs(v[i, 0]) for i, _ in f) < 0.135
    ]
    hid = under_clothes(v)
    faces = [f for f in faces if not all(hid[i] for i, _ in f)]
    used = np.unique([i for f in faces for i, _ in f])
    remap = -np.ones(b.n, int)
    remap[used] = np.arange(len(used))
    figure.body_idx = used
    ob = make_mesh("body", v[used], [[remap[i] for i, _ in f] for f in faces], materials.mat_skin(), figure.subdiv)
    uv = ob.data.uv_layers.new(name="UVMap")
    uv.data.foreach_set("uv", np.array([b.vt[t] for f in faces for _, t in f], np.float32).ravel())
    p = v[used]
    ang = np.arctan2(p[:, 0], -(p[:, 1] + 0.03))
    set_attribute(
        ob, "suv", "FLOAT_VECTOR", np.stack([0.085 * ang, p[:, 2] + 0.3 * np.clip(p[:, 2] - 0.66, 0, 1), 0 * ang], 1)
    )
    pl = p - np.array([0, 0, figure.dz])
    g = lambda c, s: np.exp(-(((pl - np.array(c)) / np.array(s)) ** 2).sum(1))
    both = lambda c, s: g(c, s) + g((-c[0], c[1], c[2]), s)
    col = np.tile(figure.character.skin, (len(p), 1))
    red = (
        0.9 * both((0.045, -0.115, 0.567), (0.022, 0.03, 0.017))
        + 0.7 * g((0, -0.15, 0.569), (0.014, 0.02, 0.012))
        + 0.6 * both((0.074, -0.03, 0.585), (0.012, 0.03, 0.03))
        + 0.25 * g((0, -0.125, 0.512), (0.02, 0.02, 0.012))
    )
    col = col * (1 - red[:, None] * np.array([0.02, 0.12, 0.11]))
    lid = both((0.030, -0.128, 0.6125), (0.018, 0.02, 0.006)) + 0.8 * both((0.028, -0.125, 0.591), (0.016, 0.02, 0.005))
    col = col * (1 - np.clip(lid, 0, 1)[:, None] * np.array([0.16, 0.20, 0.17]))
    brow = both((0.022, -0.13, 0.6235), (0.010, 0.02, 0.0028)) + both((0.038, -0.12, 0.6258), (0.010, 0.02, 0.0026))
    col = col * (1 - np.clip(brow, 0, 1)[:, None] * 0.35)
    c4 = np.c_[col, np.ones(len(p))]
    set_attribute(ob, "tone", "FLOAT_COLOR", c4)
    set_attribute(
        ob,
        "shine",
        "FLOAT",
        np.clip(g((0, -0.13, 0.65), (0.03, 0.04, 0.02)) + g((0, -0.15, 0.58), (0.012, 0.03, 0.025)), 0, 1),
    )
    set_attribute(ob, "scalp", "FLOAT", smoothstep(-0.002, 0.010, scalp_depth(figure, p)))
    figure.body = ob


V_NECK = np.array([0, -0.092, 0.418])


def v_plane(m):
    """Plane that cuts one half (m = +-1) of the blouse's V neck; points to the open side"""
    no = np.cross([0.066 * m, 0.075, 0.072], [-0.25 * m, 1, -0.3])
    no /= np.linalg.norm(no)
    return no if no[2] > 0 else -no


def under_clothes(p):
    d = np.where(p[:, 0] >= 0, (p - V_NECK) @ v_plane(1), (p - V_NECK) @ v_plane(-1))
    return d < -0.003


def set_attribute(ob, name, kind, values):
    a = ob.data.attributes.new(name, kind, "POINT")
    key = {"FLOAT": "value", "FLOAT_VECTOR": "vector", "FLOAT_COLOR": "color"}[kind]
    a.data.foreach_set(key, np.asarray(values, np.float32).ravel())


# hairline: height of the hair's edge by angle around the skull (0 = face, 180 = nape)
HL_A = np.radians([0, 20, 38, 52, 66, 80, 92, 108, 122, 140, 180])
HL_Z = np.array([0.670, 0.669, 0.662, 0.646, 0.631, 0.606, 0.618, 0.618, 0.575, 0.548, 0.535])


def scalp_depth(figure, p):
    """Metres above the hairline (negative: skin)"""
    p = p - np.array([0, 0, figure.dz])
    c = np.array([0, -0.045])
    a = np.abs(np.arctan2(p[:, 0], -(p[:, 1] - c[1])))
    z = np.interp(a, HL_A, HL_Z)
    wob = 0.0018 * np.sin(a * 31) + 0.0012 * np.sin(a * 57 + 1)
    ear = (np.abs(p[:, 0]) > 0.0705) & (p[:, 2] < 0.622) & (p[:, 1] > -0.06) & (p[:, 1] < 0.0)
    return np.where(ear, -0.02, p[:, 2] - z - wob)
