"""The skin that is seen: its mesh, its colours by place, and where hair grows."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import materials
import numpy as np
from blender import make_mesh, smoothstep
from brows import LASHES, lash_line
from scipy.spatial import cKDTree


def make_body(figure):
    b, v, ref = figure.b, figure.v0, figure.ref
    faces = [
        f for f in b.faces("body") if min(ref[i, 2] for i, _ in f) > 0.36 and max(abs(ref[i, 0]) for i, _ in f) < 0.135
    ]
    used = np.unique([i for f in faces for i, _ in f])
    remap = -np.ones(b.n, int)
    remap[used] = np.arange(len(used))
    figure.body_idx = used
    skin = materials.mat_skin(figure.character.skin)
    ob = make_mesh("body", v[used], [[remap[i] for i, _ in f] for f in faces], skin, figure.subdiv)
    uv = ob.data.uv_layers.new(name="UVMap")
    uv.data.foreach_set("uv", np.array([b.vt[t] for f in faces for _, t in f], np.float32).ravel())
    p = v[used]
    ang = np.arctan2(p[:, 0], -(p[:, 1] + 0.03))
    flat = np.stack([0.085 * ang, p[:, 2] + 0.3 * np.clip(p[:, 2] - 0.66, 0, 1), 0 * ang], 1)
    set_attribute(ob, "suv", "FLOAT_VECTOR", flat)
    r = ref[used]
    set_attribute(ob, "ref", "FLOAT_VECTOR", r)
    colour = tone(r, figure.character) * (1 - lined(r, lash_line(LASHES["up"], ref), figure.character.brows))[:, None]
    set_attribute(ob, "tone", "FLOAT_COLOR", np.c_[colour, np.ones(len(r))])
    set_attribute(ob, "shine", "FLOAT", shine(r))
    set_attribute(ob, "beard", "FLOAT", beard(r) * figure.character.skin.get("beard", 0.0))
    look = figure.character.hair
    depth = scalp_depth(r, look.get("hairline", 0.0), look.get("sideburns", 0.0))
    set_attribute(ob, "scalp", "FLOAT", smoothstep(0.000, 0.022, depth))
    figure.body = ob


def spot(p, c, s):
    return np.exp(-(((p - np.array(c)) / np.array(s)) ** 2).sum(1))


def both(p, c, s):
    return spot(p, c, s) + spot(p, (-c[0], c[1], c[2]), s)


def tone(p, who):
    """Colour of the skin by place, on the reference figure."""
    look = who.skin
    col = np.tile(look["tone"], (len(p), 1)).astype(float)
    warm = look.get("redness", 1.0)
    red = (
        0.9 * both(p, (0.043, -0.115, 0.566), (0.022, 0.03, 0.016))
        + 0.9 * spot(p, (0, -0.15, 0.568), (0.013, 0.02, 0.011))
        + 0.5 * both(p, (0.016, -0.135, 0.563), (0.006, 0.02, 0.007))
        + 0.9 * both(p, (0.074, -0.03, 0.585), (0.012, 0.03, 0.03))
        + 0.45 * spot(p, (0, -0.125, 0.508), (0.020, 0.02, 0.012))
        + 0.35 * spot(p, (0, -0.03, 0.45), (0.10, 0.06, 0.03))
    )
    col *= 1 - warm * np.clip(red, 0, 1.1)[:, None] * np.array([0.02, 0.15, 0.14])
    pale = 0.7 * spot(p, (0, -0.12, 0.645), (0.045, 0.04, 0.022)) + 0.3 * spot(
        p, (0, -0.13, 0.605), (0.012, 0.03, 0.02)
    )
    col *= 1 + np.clip(pale, 0, 1)[:, None] * np.array([0.03, 0.045, 0.04])
    under = 0.8 * both(p, (0.026, -0.125, 0.5905), (0.015, 0.02, 0.0055)) * look.get("tired", 1.0)
    lid = both(p, (0.030, -0.128, 0.6125), (0.018, 0.02, 0.006))
    col *= 1 - np.clip(under, 0, 1)[:, None] * np.array([0.11, 0.14, 0.09])
    col *= 1 - np.clip(lid, 0, 1)[:, None] * np.array([0.13, 0.18, 0.16]) * look.get("lids", 1.0)
    corner = both(p, (0.0125, -0.125, 0.601), (0.004, 0.02, 0.004))
    col *= 1 - np.clip(corner, 0, 1)[:, None] * np.array([0.04, 0.20, 0.18])
    brow = both(p, (0.022, -0.13, 0.6235), (0.012, 0.02, 0.0030)) + both(
        p, (0.038, -0.12, 0.6258), (0.011, 0.02, 0.0027)
    )
    col *= 1 - np.clip(brow, 0, 1)[:, None] * 0.30 * who.brows.get("shade", 1.0)
    below = smoothstep(0.50, 0.46, p[:, 2])[:, None]  # the neck is a little darker
    return col * (1 - 0.05 * below)


def lined(p, lids, look):
    """Give how much darker the edges of the upper lids are where lashes are lined; lids: points along the left one."""
    far, _ = cKDTree(lids).query(np.c_[np.abs(p[:, 0]), p[:, 1:]])
    return 0.45 * min(look.get("liner", 0.0), 2.0) * np.exp(-((far / 0.0018) ** 2))


def shine(p):
    s = (
        0.9 * spot(p, (0, -0.13, 0.65), (0.035, 0.04, 0.02))
        + spot(p, (0, -0.15, 0.58), (0.010, 0.03, 0.025))
        + 0.5 * both(p, (0.042, -0.11, 0.583), (0.016, 0.03, 0.009))
        + 0.5 * spot(p, (0, -0.13, 0.507), (0.012, 0.03, 0.008))
    )
    return np.clip(s, 0, 1)


def beard(p):
    """Where a beard would grow."""
    jaw = smoothstep(0.560, 0.535, p[:, 2] - 0.35 * np.clip(np.abs(p[:, 0]) - 0.03, 0, 1)) * smoothstep(
        0.475, 0.50, p[:, 2]
    )
    lip = both(p, (0.012, -0.14, 0.543), (0.014, 0.02, 0.006))
    return np.clip(jaw * smoothstep(0.0, -0.05, p[:, 1]) + 0.6 * lip, 0, 1)


def set_attribute(ob, name, kind, values):
    a = ob.data.attributes.new(name, kind, "POINT")
    key = {"FLOAT": "value", "FLOAT_VECTOR": "vector", "FLOAT_COLOR": "color"}[kind]
    a.data.foreach_set(key, np.asarray(values, np.float32).ravel())


# hairline: height of the hair's edge by angle around the skull (0 = face, 180 = nape)
HL_A = np.radians([0, 20, 38, 52, 66, 80, 92, 108, 122, 140, 180])
HL_Z = np.array([0.670, 0.669, 0.662, 0.646, 0.631, 0.606, 0.618, 0.618, 0.575, 0.548, 0.535])


def ears(p):
    """Tell what belongs to the ears, on the reference figure."""
    return (np.abs(p[:, 0]) > 0.0690) & (p[:, 2] < 0.620) & (p[:, 1] > -0.066) & (p[:, 1] < 0.0)


def scalp_depth(p, recede=0.0, burns=0.0):
    """Metres above the hairline (negative: skin), on the reference figure; temples recede, sideburns reach down."""
    a = np.abs(np.arctan2(p[:, 0], -(p[:, 1] + 0.045)))
    z = (
        np.interp(a, HL_A, HL_Z)
        + recede * np.exp(-(((a - 0.62) / 0.30) ** 2))
        + 0.35 * recede * np.exp(-((a / 0.5) ** 2))
        - burns * np.exp(-(((a - 1.19) / 0.13) ** 2))
    )
    s = np.sign(p[:, 0])
    wob = 0.0016 * np.sin(a * 31 + s) + 0.0012 * np.sin(a * 57 + 1 + 2 * s) + 0.0012 * np.sin(a * 13 + 3 * s)
    return np.where(ears(p), -0.02, p[:, 2] - z - wob)
